"""Numbers by their parts: whatever number a caller types is joined of pieces that are spoken ahead. Pure."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from tts.czech.letters import spelled
from tts.normaliser import normalise

# Stands before whatever shall be a piece of its own; nobody hears it.
JOINT = "\u200b"
# Beyond it nobody follows but digit by digit.
MOST = 9999
SIGNS = re.compile(r"ev\.|\d+|/|[^\W\d_]+", re.IGNORECASE)

Word = Callable[[str], str]


def number(written: str, language: str, word: Word) -> str:
    """A house number as registers write it ("123/4a", "ev. 7"), a year, a count. ``word``: a wording of ``[words]``."""
    return " ".join(f"{JOINT}{part}" for sign in SIGNS.findall(written) for part in _parts(sign, language, word))


def _parts(sign: str, language: str, word: Word) -> Iterator[str]:
    if sign == "/":
        yield word("stroke")
    elif sign.lower() == "ev.":
        yield word("house_ev")
    elif not sign.isdecimal():
        yield from (_letter(letter, language) for letter in sign)
    elif sign.startswith("0") or int(sign) > MOST:
        yield from (word(f"digit_{digit}") for digit in sign)
    else:
        count = int(sign)
        places = (count // 1000 * 1000, count // 100 % 10 * 100, count % 100)
        yield from (_cardinal(one, language) for one in places if one)


@lru_cache
def _cardinal(count: int, language: str) -> str:
    return normalise(str(count), language).rstrip(".")


def _letter(letter: str, language: str) -> str:
    return spelled(letter) if language == "cs" else letter.upper()
