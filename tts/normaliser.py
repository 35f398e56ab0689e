"""Written text to spoken words: a pure function made of small rules, a table of them for each language.

A rule changes only what it is sure of; the rest goes to the engine as it is written, and is reported.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tts.czech.rules import RULES as CZECH
from tts.lexicon import NO_LEXICON, Lexicon
from tts.words.english import RULES as ENGLISH
from tts.words.german import RULES as GERMAN
from tts.words.markup import plain_line
from tts.words.rule import Doubt, Piece, Rule, read_line
from tts.words.slovak import RULES as SLOVAK
from tts.words.traced import Traced

# Change it when any text is read otherwise.
VERSION = "3"

RULES: Mapping[str, tuple[Rule, ...]] = {"cs": CZECH, "sk": SLOVAK, "en": ENGLISH, "de": GERMAN}


MARKS = ".!?:;,"
LEADING_MARKS = re.compile(rf"\s*[{MARKS}]+")


@dataclass(frozen=True)
class Change:
    """One written piece that is spoken otherwise. ``place``: index of its first letter in the given text, from 0."""

    place: int
    written: str
    spoken: str
    rule: str


@dataclass(frozen=True)
class Unsure:
    """One piece left as it is written, for staff to put into the lexicon; ``place`` as in Change."""

    place: int
    written: str
    reason: str


@dataclass(frozen=True)
class Normalised:
    """What is spoken, and how it came from what was written."""

    words: str
    changes: tuple[Change, ...]
    unsure: tuple[Unsure, ...]


def normalise(text: str, language: str = "cs", lexicon: Lexicon = NO_LEXICON) -> str:
    """``text`` as it is to be spoken."""
    return normalised(text, language, lexicon).words


def normalised(text: str, language: str = "cs", lexicon: Lexicon = NO_LEXICON) -> Normalised:
    """``text`` as it is to be spoken, with what each rule changed and what none was sure of.

    ``lexicon`` is asked first. A language without rules gets only its markup dropped.
    """
    line, found = _read(text, language, lexicon)
    rules = RULES.get(language, ())
    changes, unsure = [], [] if rules else [Unsure(0, text, f"there are no rules for the language “{language}”")]
    for start, end, rule, answer in found:
        place, written = line.places[start], line.written(text, start, end)
        if isinstance(answer, Doubt):
            unsure.append(Unsure(place, written, answer.reason))
        elif written.strip() not in ("", answer.strip()):
            changes.append(Change(place, written.strip(), answer.strip(), rule))
    return Normalised(
        _stopped(_closed_up("".join(spoken for _, spoken in _spoken(line.text, found)))), tuple(changes), tuple(unsure)
    )


def version(lexicon: Lexicon = NO_LEXICON) -> str:
    """Part of every library key: it differs wherever some text may be read otherwise."""
    return f"{VERSION}-{lexicon.digest}" if lexicon.digest else VERSION


def normalised_pieces(text: str, cuts: Sequence[int], language: str, lexicon: Lexicon = NO_LEXICON) -> list[str]:
    """As ``normalise``, cut at the indices ``cuts`` of ``text``, which rise.

    What a rule reads at once is never cut, nor is a word; a mark goes to the piece that it ends.
    """
    line, found = _read(text, language, lexicon)
    parts = [""] * (len(cuts) + 1)
    for at, spoken in _spoken(line.text, found):
        parts[bisect_right(cuts, line.places[at])] += spoken
    pieces = [_closed_up(part) for part in _rejoined(parts)]
    return [*pieces[:-1], _stopped(pieces[-1])]


def _read(text: str, language: str, lexicon: Lexicon) -> tuple[Traced, list[Piece]]:
    line = plain_line(text)
    return line, read_line(line.text, (*lexicon.rules, *RULES.get(language, ())))


def _rejoined(parts: Sequence[str]) -> list[str]:
    """Without those that have nothing to say, and with what belongs to the one before them in its place."""
    pieces = [""]
    for part in parts:
        mark = LEADING_MARKS.match(part)
        pieces[-1] += mark[0].strip() if mark else ""
        rest = part[mark.end() :] if mark else part
        torn = pieces[-1][-1:].isalnum() and rest[:1].isalnum()
        if torn or not any(letter.isalnum() for letter in rest) or not pieces[-1].strip():
            pieces[-1] += rest
        else:
            pieces.append(rest)
    return pieces


def _spoken(line: str, found: list[Piece]) -> Iterator[tuple[int, str]]:
    """What is said, in its order, with the index of the letter of ``line`` that it is said for."""
    at = 0
    for piece in found:
        yield from enumerate(line[at : piece.start], at)
        yield piece.start, line[piece.start : piece.end] if isinstance(piece.answer, Doubt) else piece.answer
        at = piece.end
    yield from enumerate(line[at:], at)


def _closed_up(words: str) -> str:
    """One space between words, none before a mark."""
    return re.sub(rf" +([{MARKS}])", r"\1", " ".join(words.split()))


def _stopped(words: str) -> str:
    return words if not words or words[-1] in MARKS else f"{words}."
