"""A rule reads one kind of written thing. Rules read a line in turn, and each piece of it is read once.

No rule sees what another one said: all look at the line as it was written, so their order only says which of two rules
that want the same piece gets it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from re import Match, Pattern
from typing import NamedTuple


@dataclass(frozen=True)
class Doubt:
    """A rule's answer: nobody can be sure how this is read, so it stays as it is written."""

    reason: str


@dataclass(frozen=True)
class Rule:
    """``read`` answers with words, with a Doubt, or with None where the match is not its kind after all."""

    name: str
    pattern: Pattern[str]
    read: Callable[[Match[str]], str | Doubt | None]


class Piece(NamedTuple):
    """Letters ``start`` to ``end`` of a line, and what ``rule`` answered."""

    start: int
    end: int
    rule: str
    answer: str | Doubt


def read_line(line: str, rules: Iterable[Rule]) -> list[Piece]:
    """Pieces of ``line`` that rules answered for, from left to right; they never overlap."""
    taken = bytearray(len(line))
    return sorted(piece for rule in rules for piece in _taken_by(rule, line, taken))


def _taken_by(rule: Rule, line: str, taken: bytearray) -> Iterator[Piece]:
    at = 0
    while match := rule.pattern.search(line, at):
        start, end = match.span()
        if any(taken[start:end]):
            at = taken.find(0, start) if taken[start] else start + 1
            if at < 0:
                return
            continue
        at = end
        answer = rule.read(match)
        if answer is not None:
            taken[start:end] = b"\1" * (end - start)
            yield Piece(start, end, rule.name, answer)


def any_of(written: Iterable[str]) -> str:
    """A pattern of abbreviations, longest first; spaces between their parts may be missing."""
    longest_first = sorted(written, key=len, reverse=True)
    return "|".join(
        re.escape(form).replace(r"\ ", " ?") + ("" if form.endswith(".") else r"(?!\w)") for form in longest_first
    )


def squeezed(written: str) -> str:
    """The key of an abbreviation in a table: however it was spaced and capitalised."""
    return written.replace(" ", "").lower()
