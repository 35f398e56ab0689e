"""A message in pieces: words, numbers and codes, without the punctuation between them."""

import re
from dataclasses import dataclass
from enum import StrEnum

from subscribers.folding import fold

# More than any registration has; a letter is not cut into pieces.
MOST_TOKENS = 60
# A phone number or an e-mail address says nothing here: the sender's number is the one registered.
_NOT_FOR_US = re.compile(r"\S+@\S+|\+?\b(?:420|00420)?[ ]?[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}\b")
# "REGISTRUJJan": the blank was forgotten.
_GLUED = re.compile(r"^(\s*(?:od)?registruj)(?!te\b|eme\b|te\s)(?=[^\W\d_]{3})", re.IGNORECASE)
_PIECE = re.compile(
    r"""
    (?P<range>(?<![\w/])[tTbB]?[0-9]{1,2}\s?[-–]\s?[tTbB]?[0-9]{1,2}(?![\w/]))
  | (?P<code>(?<!\w)[tTbB]\.?[ ]?[0-9]{1,2}(?![\w/]))
  | (?P<number>[0-9]+(?:[a-zA-Z](?!\w))?(?:\s?/\s?[0-9]+(?:[a-zA-Z](?!\w))?)?)
  | (?P<word>[^\W\d_]+(?:['’-][^\W\d_]+)*)
  | (?P<stop>[,;\n\r|()])
    """,
    re.VERBOSE,
)


def word_set(text: str) -> frozenset[str]:
    """Folded words, with blanks between them."""
    return frozenset(text.split())


class Kind(StrEnum):
    WORD = "word"
    NUMBER = "number"
    CODE = "code"
    RANGE = "range"


@dataclass(frozen=True)
class Token:
    """``after_stop``: a comma, a bracket or a new line stands before it."""

    kind: Kind
    written: str
    folded: str
    after_stop: bool = False


def tokenise(text: str) -> list[Token]:
    tokens: list[Token] = []
    stopped = False
    for piece in _PIECE.finditer(_NOT_FOR_US.sub(" ", _GLUED.sub(r"\1 ", text))):
        kind = piece.lastgroup or ""
        if kind == "stop":
            stopped = True
            continue
        tokens.append(Token(Kind(kind), piece[0], re.sub(r"\s", "", fold(piece[0])), stopped))
        stopped = False
    return tokens[:MOST_TOKENS]
