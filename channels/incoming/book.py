"""What a message may speak of: the town's streets, parts, topics and packages, by the many ways people write them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz, process

from channels.incoming.tokens import Token
from channels.incoming.words import FILLERS
from subscribers.folding import fold

# Likeness (rapidfuzz.fuzz.ratio, 0 to 100) of a name that is taken for what was meant, if the next one is this much
# further off; and the least likeness of one that is worth asking about.
ACCEPTED = 85
MARGIN = 10
WORTH_ASKING = 60
MOST_OPTIONS = 3
# Words in one name: "náměstí Tomáše Garrigua Masaryka", "Výpadky a zprávy z města".
LONGEST = 6

# Each word of a name in its shortest common form, so that "náměstí T. G. Masaryka" is "nam TGM".
_SHORT = {
    "namesti": "nam", "nabrezi": "nabr", "trida": "tr", "sidliste": "sidl", "ulice": "", "ul": "", "ulici": "",
    "obec": "", "obce": "", "cast": "", "casti": "",
    "generala": "gen", "doktora": "dr", "profesora": "prof", "marsala": "mar", "kapitana": "kpt", "plukovnika": "plk",
    "svateho": "sv", "svate": "sv", "svatych": "sv", "tgm": "tgmasaryka", "tomase": "t", "garrigua": "g",
    "garrigue": "g", "velka": "vel", "mala": "mal",
    "horni": "hor", "dolni": "dol",
}  # fmt: skip
# A street may be told without these.
_KINDS_OF_STREET = frozenset({"nam", "nabr", "tr", "sidl"})
KIND_WORDS = _KINDS_OF_STREET | frozenset(word for word, short in _SHORT.items() if short in _KINDS_OF_STREET)
_WORDS = re.compile(r"[a-z]+|[0-9]+")
_ENDING = re.compile(r"(?:ami|emi|ou|em|ech|ach|ich|[aeiouy])$")
_SHORTEST_STEM = 3


def plain(folded: str) -> str:
    """A folded name as it is compared: its words in their short form, nothing between them."""
    return "".join(_SHORT.get(word, word) for word in _WORDS.findall(folded))


def stem(folded: str) -> str:
    """A word without its ending: "vodu", "vody" and "voda" are one. Too short a rest is no stem."""
    bare = _ENDING.sub("", folded)
    return bare if len(bare) >= _SHORTEST_STEM else folded


@dataclass(frozen=True)
class Found:
    """A name of the book and how like it the words were (100: the same)."""

    name: str
    likeness: float


class Names:
    """Names of one kind, found by words; every name may be written in several ways."""

    def __init__(self, names: Iterable[str], ways: Iterable[tuple[str, str]] = ()) -> None:
        """``ways``: (another way of writing, name). A way that is somebody's name or two names' way is left out."""
        self._by_way = {plain(fold(name)): name for name in names}
        others: dict[str, set[str]] = {}
        for way, name in ways:
            others.setdefault(plain(fold(way)), set()).add(name)
        for way, meant in others.items():
            if way and way not in self._by_way and len(meant) == 1:
                self._by_way[way] = meant.pop()

    def exact(self, tokens: Sequence[Token]) -> str | None:
        return self._by_way.get(_joined(tokens))

    def nearest(self, tokens: Sequence[Token], least: float = WORTH_ASKING) -> list[Found]:
        """The names most like these words, each once, the most like first."""
        near = process.extract(
            _joined(tokens), self._by_way.keys(), scorer=fuzz.ratio, limit=2 * MOST_OPTIONS, score_cutoff=least
        )
        best: dict[str, Found] = {}
        for way, likeness, _ in near:
            best.setdefault(self._by_way[way], Found(self._by_way[way], likeness))
        return list(best.values())[: MOST_OPTIONS + 1]

    def accepted(self, tokens: Sequence[Token]) -> Found | None:
        """The one that was meant beyond doubt."""
        if name := self.exact(tokens):
            return Found(name, 100)
        found = self.nearest(tokens, ACCEPTED - MARGIN)
        if not found or found[0].likeness < ACCEPTED:
            return None
        clear = len(found) == 1 or found[0].likeness - found[1].likeness >= MARGIN
        return found[0] if clear else None


def _joined(tokens: Sequence[Token]) -> str:
    return plain(" ".join(token.folded for token in tokens))


@dataclass(frozen=True)
class Book:
    """``topics`` are (number or None, code, name); ``packages`` (number, name)."""

    town: str
    streets: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    topics: tuple[tuple[int | None, str, str], ...] = ()
    packages: tuple[tuple[int, str], ...] = ()

    @cached_property
    def street_names(self) -> Names:
        return Names(self.streets, (way for street in self.streets for way in _bare_streets(street)))

    @cached_property
    def part_names(self) -> Names:
        return Names(self.parts)

    @cached_property
    def town_names(self) -> Names:
        return Names([self.town] if self.town else [])

    @cached_property
    def topic_names(self) -> Names:
        """Topics are found as codes, packages as their numbers written "B2"."""
        named = [(name, code) for _, code, name in self.topics]
        ways = [*named, *((word, code) for name, code in named for word in _stems(name))]
        ways += [(stem(code), code) for _, code, _ in self.topics]
        ways += [(way, f"B{number}") for number, name in self.packages for way in (name, *_stems(name))]
        return Names([code for _, code, _ in self.topics], ways)

    @cached_property
    def topic_numbers(self) -> Mapping[int, str]:
        return {number: code for number, code, _ in self.topics if number is not None}

    @cached_property
    def package_numbers(self) -> frozenset[int]:
        return frozenset(number for number, _ in self.packages)


def _bare_streets(street: str) -> list[tuple[str, str]]:
    """ "Republiky" for "nám. Republiky"."""
    words = [_SHORT.get(word, word) for word in _WORDS.findall(fold(street))]
    return [(" ".join(words[1:]), street)] if len(words) > 1 and words[0] in _KINDS_OF_STREET else []


def _stems(name: str) -> list[str]:
    """The telling words of a topic's name; a word that several topics have tells nothing, see Names."""
    words = _WORDS.findall(fold(name))
    return [stem(word) for word in words if len(word) > _SHORTEST_STEM and word not in FILLERS]
