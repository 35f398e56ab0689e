"""A book of known names: found without regard to case and diacritics, or refused with the nearest ones."""

from collections.abc import Iterable
from typing import Generic, TypeVar

from rapidfuzz import fuzz, process

from store.errors import UnknownName
from subscribers.fields import one_line
from subscribers.folding import fold

NEAREST = 3
# Below this likeness (0 to 100, rapidfuzz.fuzz.ratio) a suggestion would only confuse.
LEAST_LIKENESS = 60

Thing = TypeVar("Thing")


class NameBook(Generic[Thing]):
    """Things by their names; one thing may have several names."""

    def __init__(self, kind: str, things: Iterable[tuple[str, Thing]], *, mend: str) -> None:
        """``kind`` is the noun for errors; ``mend`` is what to do where nothing known is near.

        Of two things with names that fold alike, the later is found.
        """
        self._kind = kind
        self._mend = mend
        self._things: dict[str, Thing] = {}
        self._names: dict[str, str] = {}
        for name, thing in things:
            folded = fold(name)
            self._things[folded] = thing
            self._names[folded] = name

    def find(self, name: str) -> Thing:
        """Raises UnknownName with the nearest names."""
        folded = fold(one_line(name, self._kind))
        if folded in self._things:
            return self._things[folded]
        near = process.extract(
            folded, self._names.keys(), scorer=fuzz.ratio, limit=NEAREST, score_cutoff=LEAST_LIKENESS
        )
        raise UnknownName(self._kind, name, [self._names[match[0]] for match in near], mend=self._mend)
