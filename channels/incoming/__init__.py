"""Text messages that people send: their grammar, the store of what came, who acts on it, and what is answered."""
