"""Topics and packages in the tokens: ``T1``, ``1``, ``B2``, ``1-3``, or their names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from channels.incoming.book import LONGEST, Book, stem
from channels.incoming.intents import Wishes
from channels.incoming.tokens import Kind, Token, word_set
from channels.incoming.words import FILLERS

_EVERYTHING = word_set("vse vsechno vsechna vsechny all everything")
_PACKAGE_WORDS = word_set("b balik balicek balicky baliku bal package")
_TOPIC_WORDS = word_set("t tema temata topic")
_CODE = re.compile(r"(?P<letter>[tb]?)\.?(?P<first>[0-9]+)(?:[-–][tb]?(?P<last>[0-9]+))?")


@dataclass
class Reading:
    """What was wanted, what the town does not offer, and the tokens that are no wish at all."""

    topics: dict[str, None] = field(default_factory=dict)
    packages: dict[int, None] = field(default_factory=dict)
    everything: bool = False
    unknown: list[str] = field(default_factory=list)
    rest: list[Token] = field(default_factory=list)

    @property
    def wishes(self) -> Wishes:
        return Wishes(tuple(self.topics), tuple(self.packages), self.everything)


def read_codes(tokens: Sequence[Token], book: Book) -> Reading:
    """Only what can be nothing else: ``T1`` and ``B2``. The rest is all other tokens, kept apart where one stood."""
    reading = Reading()
    apart = False
    for token in tokens:
        if token.kind is Kind.CODE:
            _take_code(token, "", book, reading)
        else:
            reading.rest.append(replace(token, after_stop=True) if apart else token)
        apart = token.kind is Kind.CODE
    return reading


def read_wishes(tokens: Sequence[Token], book: Book) -> Reading:
    """Numbers and names, too."""
    reading = Reading()
    at, letter = 0, ""
    while at < len(tokens):
        token = tokens[at]
        length, code = _name_at(tokens, at, book)
        if code:
            _take(code, reading)
        elif token.kind is not Kind.WORD:
            _take_code(token, letter, book, reading)
        elif token.folded in _EVERYTHING:
            reading.everything = True
        elif token.folded not in FILLERS | _PACKAGE_WORDS | _TOPIC_WORDS:
            reading.rest.append(token)
        letter = _letter_after(token, letter)
        at += max(length, 1)
    return reading


def _letter_after(token: Token, letter: str) -> str:
    """ "balíček 1, 2": the word counts for all numbers that follow it."""
    if token.folded in _PACKAGE_WORDS:
        return "b"
    if token.folded in _TOPIC_WORDS:
        return "t"
    return letter if token.kind is not Kind.WORD or token.folded in FILLERS else ""


def _name_at(tokens: Sequence[Token], at: int, book: Book) -> tuple[int, str]:
    """The longest name that begins here: how many tokens, and what it is; (0, "") where none does."""
    words = 0
    while at + words < len(tokens) and tokens[at + words].kind is Kind.WORD and words < LONGEST:
        words += 1
    for length in range(words, 0, -1):
        if name := book.topic_names.exact(tokens[at : at + length]):
            return length, name
    if not words or tokens[at].folded in FILLERS:
        return 0, ""
    stemmed = Token(Kind.WORD, tokens[at].written, stem(tokens[at].folded))
    if name := book.topic_names.exact([stemmed]):
        return 1, name
    for length in range(words, 0, -1):
        if found := book.topic_names.accepted(tokens[at : at + length]):
            return length, found.name
    return 0, ""


def _take(name: str, reading: Reading) -> None:
    """A topic's code, or a package written "B2" (codes have no capitals)."""
    if name.startswith("B"):
        reading.packages[int(name[1:])] = None
    else:
        reading.topics[name] = None


def _take_code(token: Token, letter: str, book: Book, reading: Reading) -> None:
    written = _CODE.fullmatch(token.folded)
    if written is None:
        reading.unknown.append(token.written)
        return
    letter = written["letter"] or letter
    first = int(written["first"][:4])
    last = int(written["last"] or first)
    for number in range(first, max(last, first) + 1):
        if letter == "b" and number in book.package_numbers:
            reading.packages[number] = None
        elif letter != "b" and number in book.topic_numbers:
            reading.topics[book.topic_numbers[number]] = None
        else:
            reading.unknown.append(token.written)
            return
