"""Names without case and diacritics, for look-ups."""

import unicodedata

# What NFKD leaves as it is though people type it in ASCII.
_PLAIN = str.maketrans(
    {
        "ł": "l", "đ": "d", "ð": "d", "ø": "o", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th",
        "–": "-", "—": "-", "−": "-", "‐": "-", "’": "'", "‘": "'", "‚": "'", "„": '"', "“": '"', "”": '"',
    }
)  # fmt: skip


def fold(text: str) -> str:
    """``text`` without case and diacritics, its spaces collapsed; folding twice changes nothing."""
    bare = "".join(c for c in _decomposed(_decomposed(text).casefold()) if not unicodedata.combining(c))
    return " ".join(_decomposed(bare.translate(_PLAIN)).split())


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFKD", text)
