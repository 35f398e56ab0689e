"""E-mail: how a message looks, who carries it, links to leave by, and what comes back."""
