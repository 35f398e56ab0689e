"""Abbreviations, titles, and web and e-mail addresses as spoken Czech words."""

import re
from collections.abc import Iterable
from re import Match

from tts import czech
from tts.sentence import UPPER, full_stop

PREPOSITIONS = "|".join((*czech.GENITIVE_PREPOSITIONS, *czech.LOCATIVE_PREPOSITIONS))


def _any_of(written: Iterable[str]) -> str:
    """A pattern of abbreviations, longest first, with or without spaces between their parts."""
    longest_first = sorted(written, key=len, reverse=True)
    return "|".join(
        re.escape(form).replace(r"\ ", " ?") + ("" if form.endswith(".") else r"\b") for form in longest_first
    )


def _squeezed(written: str) -> str:
    return written.replace(" ", "").lower()


BENT = {_squeezed(form): cases for form, cases in czech.BENT.items()}
LEADING = {_squeezed(form): words for form, words in czech.LEADING.items()}
CLOSING = {_squeezed(form): words for form, words in czech.CLOSING.items()}

BENT_FORM = re.compile(rf"\b(?:({PREPOSITIONS}) )?(?<!\w)({_any_of(czech.BENT)})", re.IGNORECASE)
LEADING_FORM = re.compile(rf"(?<!\w)({_any_of(czech.LEADING)})", re.IGNORECASE)
CLOSING_FORM = re.compile(rf"(?<!\w)({_any_of(czech.CLOSING)})")
TITLE_FORM = re.compile(rf"(?<!\w)({_any_of(czech.TITLES)})")
WOMAN = re.compile(rf"\s*(?:[^\W\d_]+\. ?)*(?:{UPPER}\w+ ){{0,2}}{UPPER}\w+á\b")

ADDRESS = re.compile(
    r"\b(?:https?://[\w./-]*[\w/]|[\w.-]+@[\w-]+(?:\.[\w-]+)+|www\.[\w-]+(?:\.[\w-]+)+(?:/[\w/.-]*[\w/])?)"
)


def speak_shorthand(text: str) -> str:
    """``ul.``, ``č. p.``, ``Ing.``, ``atd.`` … as words."""
    text = TITLE_FORM.sub(_title, BENT_FORM.sub(_bent, text))
    text = LEADING_FORM.sub(lambda match: f"{LEADING[_squeezed(match[1])]} ", text)
    return CLOSING_FORM.sub(lambda match: CLOSING[_squeezed(match[1])] + full_stop(match), text)


def _bent(match: Match[str]) -> str:
    nominative, genitive, locative = BENT[_squeezed(match[2])]
    preposition = match[1] or ""
    words = nominative
    if preposition.lower() in czech.GENITIVE_PREPOSITIONS:
        words = genitive
    elif preposition.lower() in czech.LOCATIVE_PREPOSITIONS:
        words = locative
    return f"{preposition} {words} ".lstrip()


def _title(match: Match[str]) -> str:
    man, woman = czech.TITLES[match[1]]
    return f"{woman if WOMAN.match(match.string, match.end()) else man} "


def speak_addresses(text: str) -> str:
    """``info@mesto.cz`` and ``www.mesto.cz``, sign by sign."""
    return ADDRESS.sub(_address, text)


def _address(match: Match[str]) -> str:
    written = match[0].partition("://")[2] or match[0]
    parts = re.findall(r"[^\W\d_]+|\d+|[@._/-]", written.rstrip("/"))
    return " ".join(czech.ADDRESS_SIGNS.get(part) or czech.ADDRESS_PARTS.get(part.lower()) or part for part in parts)
