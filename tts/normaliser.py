"""Written text to spoken words: a pure function made of small rules, a table of them for each language.

A rule changes only what it is sure of; the rest goes to the engine as it is written, and is reported.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tts.czech.rules import RULES as CZECH
from tts.lexicon import NO_LEXICON, Lexicon
from tts.words.english import RULES as ENGLISH
from tts.words.german import RULES as GERMAN
from tts.words.markup import plain_line
from tts.words.rule import Doubt, Piece, Rule, read_line
from tts.words.slovak import RULES as SLOVAK

# Change it when any text is read otherwise.
VERSION = "2"

RULES: Mapping[str, tuple[Rule, ...]] = {"cs": CZECH, "sk": SLOVAK, "en": ENGLISH, "de": GERMAN}


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
    line = plain_line(text)
    rules = RULES.get(language, ())
    found = read_line(line.text, (*lexicon.rules, *rules))
    changes, unsure = [], [] if rules else [Unsure(0, text, f"there are no rules for the language “{language}”")]
    for start, end, rule, answer in found:
        place, written = line.places[start], line.written(text, start, end)
        if isinstance(answer, Doubt):
            unsure.append(Unsure(place, written, answer.reason))
        elif written.strip() not in ("", answer.strip()):
            changes.append(Change(place, written.strip(), answer.strip(), rule))
    return Normalised(_tidied("".join(_spoken(line.text, found))), tuple(changes), tuple(unsure))


def version(lexicon: Lexicon = NO_LEXICON) -> str:
    """Part of every library key: it differs wherever some text may be read otherwise."""
    return f"{VERSION}-{lexicon.digest}" if lexicon.digest else VERSION


def _spoken(line: str, found: list[Piece]) -> Iterator[str]:
    at = 0
    for piece in found:
        yield line[at : piece.start]
        yield line[piece.start : piece.end] if isinstance(piece.answer, Doubt) else piece.answer
        at = piece.end
    yield line[at:]


def _tidied(words: str) -> str:
    """One space between words, none before a stop, and a stop at the end."""
    line = re.sub(r" +([,.;:!?])", r"\1", " ".join(words.split()))
    return line if not line or line[-1] in ".!?:;," else f"{line}."
