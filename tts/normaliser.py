"""Written text to spoken words."""

VERSION = "1"


def normalise(text: str, language: str = "cs") -> str:
    """``text`` as it is to be spoken."""
    return " ".join(text.split())
