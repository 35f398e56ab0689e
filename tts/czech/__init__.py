"""How written Czech is read: tables and the rules that use them, in the order of ``rules.RULES``."""
