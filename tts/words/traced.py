"""A text whose every letter remembers its place in what a person wrote."""

from collections.abc import Callable, Sequence
from re import Match, Pattern
from typing import NamedTuple


class Traced(NamedTuple):
    """``places``: for each letter of ``text`` its index in the written text."""

    text: str
    places: Sequence[int]

    def replaced(self, pattern: Pattern[str], by: str | Callable[[Match[str]], str]) -> "Traced":
        """Every match made ``by``, whose letters stand where the match began."""
        return self._rebuilt(pattern, lambda match: _new(self, match, by if isinstance(by, str) else by(match)))

    def stripped(self, pattern: Pattern[str]) -> "Traced":
        """Every match cut down to its group ``kept``."""
        return self._rebuilt(pattern, lambda match: self._cut(*match.span("kept")))

    def written(self, source: str, start: int, end: int) -> str:
        """What ``source`` has where this text has the letters from ``start`` to ``end``; never empty spans."""
        return source[self.places[start] : self.places[end - 1] + 1]

    def _rebuilt(self, pattern: Pattern[str], change: "Callable[[Match[str]], Traced]") -> "Traced":
        parts, at = [], 0
        for match in pattern.finditer(self.text):
            parts += [self._cut(at, match.start()), change(match)]
            at = match.end()
        if not parts:
            return self
        parts.append(self._cut(at, len(self.text)))
        return Traced("".join(part.text for part in parts), [place for part in parts for place in part.places])

    def _cut(self, start: int, end: int) -> "Traced":
        return Traced(self.text[start:end], self.places[start:end])


def traced(text: str) -> Traced:
    return Traced(text, range(len(text)))


def _new(old: Traced, match: Match[str], text: str) -> Traced:
    place = old.places[min(match.start(), len(old.places) - 1)] if text else 0
    return Traced(text, [place] * len(text))
