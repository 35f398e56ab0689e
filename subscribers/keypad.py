"""Names and house numbers on the keys of a telephone (ITU-T E.161: 2 is ABC, 9 is WXYZ). Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from subscribers.folding import fold

_KEYS = {
    letter: key
    for key, letters in {
        "2": "abc", "3": "def", "4": "ghi", "5": "jkl", "6": "mno", "7": "pqrs", "8": "tuv", "9": "wxyz",
    }.items()
    for letter in letters
}  # fmt: skip
_WORD = re.compile(r"[a-z0-9]+")
# As registers shorten names; people spell either way.
_SHORT = {
    "nam": "namesti", "tr": "trida", "nabr": "nabrezi", "sidl": "sidliste", "ul": "ulice",
    "dr": "doktora", "gen": "generala", "sv": "svateho", "kpt": "kapitana", "plk": "plukovnika",
}  # fmt: skip
# As the register writes them: "123", "123/4a", "ev. 7"; letters belong to the number before them.
_HOUSE = re.compile(r"\D*(?P<house>\d+)[a-z]?(?:/(?P<orientation>\d+)[a-z]?)?", re.ASCII | re.IGNORECASE)


def keys_of(name: str) -> str:
    """The keys that spell ``name``: without case, diacritics and whatever is no letter or digit."""
    return "".join(map(_keys, _WORD.findall(fold(name))))


def _keys(word: str) -> str:
    return "".join(_KEYS.get(sign, sign) for sign in word)


def matching(keys: str, names: Iterable[str]) -> list[str]:
    """The names that ``keys`` begin to spell: first those by their beginning, then those by a later word.

    Somebody who lives in *náměstí Republiky* may look for *Republiky*. Both in alphabetical order.
    """
    ranked = [(rank, fold(name), name) for name in names if (rank := _rank(keys, name)) is not None]
    return [name for _, _, name in sorted(ranked)]


def _rank(keys: str, name: str) -> int | None:
    written = _WORD.findall(fold(name))
    whole = [_SHORT.get(word, word) for word in written]
    if not keys:
        return None
    return min((rank for words in (written, whole) if (rank := _place(keys, words)) is not None), default=None)


def _place(keys: str, words: Sequence[str]) -> int | None:
    """0 where the keys spell the beginning, 1 where a later word; None: neither."""
    tails = ("".join(map(_keys, words[first:])) for first in range(len(words)))
    return next((min(first, 1) for first, tail in enumerate(tails) if tail.startswith(keys)), None)


@dataclass(frozen=True)
class Houses:
    """What a typed house number can mean."""

    # Of the register, the likeliest first.
    known: tuple[str, ...]
    # As it was typed; None where it is no house number at all.
    typed: str | None


def houses_of(keys: str, known: Sequence[str]) -> Houses:
    """House numbers of the street that the ``keys`` can mean.

    Nobody has to type a slash or a letter: *214* and *1* both find *214/1*, and *12* finds *12/3*, *12/3a* and *40/12*.
    """
    if re.fullmatch(r"[1-9][0-9]{0,4}", keys) is None:
        return Houses((), None)
    ranked = [(rank, at, house) for at, house in enumerate(known) if (rank := _house_rank(keys, house)) is not None]
    return Houses(tuple(house for _, _, house in sorted(ranked)), keys)


def _house_rank(typed: str, house: str) -> int | None:
    """Exactly so first; then by the number of the street (orientation), then by that of the house."""
    written = _HOUSE.fullmatch(house)
    if written is None:
        return None
    if house == typed:
        return 0
    return 1 if written["orientation"] == typed else 2 if written["house"] == typed else None
