"""What a text becomes on the air: its alphabet, and the parts that are paid for. Pure.

3GPP TS 23.038: 160 letters of the GSM alphabet or 70 of UCS-2 in one message, 153 or 67 in each part of a longer one.
Of the Czech letters the GSM alphabet has only é and É.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from smsutil import is_valid_gsm, split

ESCAPE = "\x1b"
# What decomposing (NFKD) leaves as it is; smsutil's alphabet lacks them all.
LIKENESSES = str.maketrans(
    {
        "„": '"', "“": '"', "”": '"', "«": '"', "»": '"', "‚": "'", "‘": "'", "’": "'", "`": "'", "´": "'", "′": "'",
        "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "•": "-", "·": "-",
        "…": "...", "×": "x", "÷": ":", "°": "", "№": "c.", "†": "+", "‰": " promile",
        "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ħ": "h", "ı": "i", "œ": "oe", "Œ": "OE", "þ": "th", "ð": "d",
        "\t": " ", "\u00a0": " ", "\u2028": "\n", "\u2029": "\n",
        "\u200b": "", "\u200d": "", "\ufeff": "", "\u00ad": "", ESCAPE: "",
    }
)  # fmt: skip


class Diacritics(StrEnum):
    """What becomes of letters that the GSM alphabet has not."""

    # “Příští” goes as “Pristi”: fewer parts, and every phone shows it.
    STRIP = "strip"
    # The whole message goes as UCS-2.
    KEEP = "keep"


class Alphabet(StrEnum):
    GSM = "gsm"
    UCS2 = "ucs2"


@dataclass(frozen=True)
class Encoded:
    """``text`` is what the phone shows."""

    text: str
    alphabet: Alphabet
    parts: int


def encode(text: str, diacritics: Diacritics) -> Encoded:
    """A text that cannot be brought to the GSM alphabet (Ukrainian, a smiley) goes as UCS-2, whatever was chosen."""
    clean = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).replace(ESCAPE, "")
    if diacritics is Diacritics.STRIP and is_valid_gsm(stripped := without_diacritics(clean)):
        clean = stripped
    alphabet = Alphabet.GSM if is_valid_gsm(clean) else Alphabet.UCS2
    return Encoded(clean, alphabet, len(split(clean).parts))


def pieces(encoded: Encoded) -> list[str]:
    """What each part holds, for carriers that want them apart."""
    return [part.content for part in split(encoded.text).parts]


def without_diacritics(text: str) -> str:
    """Letters of the GSM alphabet stay, the others lose their marks; what has no likeness stays too."""
    return "".join(map(_plain, text))


@lru_cache(maxsize=4096)
def _plain(letter: str) -> str:
    if is_valid_gsm(letter) and letter != ESCAPE:
        return letter
    like = letter.translate(LIKENESSES)
    if like != letter:
        return like
    return "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part)) or letter
