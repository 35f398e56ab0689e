"""Personal parts of a text: ``{osloveni}``, ``{jmeno}``, ``{ulice}``, ``{cislo}``, ``{cast}``.

What is not known of somebody, or differs between those who share a line, is worded so that nobody notices: „ve vaší
ulici“. Nobody is ever addressed by a name that may be wrong.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from store.states import Pace
from tts.czech.vocative import address
from tts.template import Filled, begins, check_placeholders, filled, large

PLACEHOLDERS = frozenset({"osloveni", "jmeno", "ulice", "cislo", "cast"})
# Where a sentence would begin with the name of somebody we do not call by name.
GREETINGS: Mapping[str, str] = {"cs": "Dobrý den", "sk": "Dobrý deň", "de": "Guten Tag", "en": "Good day"}
STREETS: Mapping[str, str] = {"cs": "vaše ulice", "sk": "vaša ulica", "de": "Ihre Straße", "en": "your street"}
PARTS: Mapping[str, str] = {"cs": "vaše část obce", "sk": "vaša časť obce", "de": "Ihr Ortsteil", "en": "your district"}
BEGINS = r"(?:^|(?<=[.!?]\s)|(?<=\n))"
LABEL = r"(?:číslo popisné |č\. ?p\. ?|čp\. ?|číslo |č\. ?)?"


@dataclass(frozen=True)
class Addressee:
    """What a text may say of one person; empty where it is not known."""

    name: str
    street: str = ""
    number: str = ""
    part: str = ""
    pace: Pace = Pace.NORMAL


@dataclass(frozen=True)
class Wording:
    """A text with placeholders only for what is known of its addressees, and that; equal ones sound the same."""

    template: str
    values: tuple[tuple[str, str], ...] = ()
    pace: Pace = Pace.NORMAL

    def filled(self) -> Filled:
        return filled(self.template, dict(self.values))


def check_personal(template: str) -> None:
    """Raise InputError for a placeholder that we know nothing for."""
    check_placeholders(template, PLACEHOLDERS)


def worded(template: str, people: Sequence[Addressee], language: str, usual: Pace = Pace.NORMAL) -> Wording:
    """What these people, who share a line or an address, are told; nobody: what can be told to anybody.

    Slowly, if one of them needs it.
    """
    values = _shared([_values(one, language) for one in people])
    written = template
    for name in sorted(PLACEHOLDERS - values.keys()):
        for pattern, neutral in _wordings(language)[name]:
            written = re.sub(pattern, partial(_fitting, neutral), written)
    used = tuple((name, values[name]) for name in sorted(values) if f"{{{name}}}" in written)
    slow = Pace.SLOW in (usual, *(one.pace for one in people))
    return Wording(written.strip(), used, Pace.SLOW if slow else Pace.NORMAL)


def personal_text(template: str, people: Sequence[Addressee], language: str) -> str:
    """``template`` as these people are written it."""
    return worded(template, people, language).filled().text


def _values(one: Addressee, language: str) -> Mapping[str, str]:
    told = {
        "osloveni": address(one.name, language),
        "jmeno": one.name,
        "ulice": one.street,
        "cislo": one.number,
        "cast": one.part,
    }
    return {name: value for name, value in told.items() if value}


def _shared(all_values: Sequence[Mapping[str, str]]) -> dict[str, str]:
    if not all_values:
        return {}
    first, *others = all_values
    return {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}


def _fitting(neutral: str, match: re.Match[str]) -> str:
    """With a capital letter where a sentence begins."""
    words = match.expand(neutral)
    return large(words) if match[0][:1].isupper() or begins(match.string[: match.start()]) else words


def _wordings(language: str) -> Mapping[str, Sequence[tuple[str, str]]]:
    """In this order: a placeholder with the words around that belong to it, and what is said for them."""
    return {
        "osloveni": _nameless(r"\{osloveni\}", language),
        "jmeno": _nameless(r"\{jmeno\}", language),
        "ulice": [
            (r"\b(?:ve? )?(vaší|naší) (?:ulici|ul\.) \{ulice\}", r"ve \1 ulici"),
            (r"\b[Vv] (?:ulici|ul\.) \{ulice\}", "ve vaší ulici"),
            (r"\b(?:[Uu]lice|ul\.) \{ulice\}|\{ulice\}", STREETS.get(language, STREETS["en"])),
        ],
        "cislo": [
            (rf"\b[Vv] domě {LABEL}\{{cislo\}}", "ve vašem domě"),
            (rf"\b[Dd]ům {LABEL}\{{cislo\}}", "váš dům"),
            (rf"\b[Dd]omu {LABEL}\{{cislo\}}", "vašeho domu"),
            (rf",? ?\b{LABEL}\{{cislo\}}| ?\{{cislo\}}", ""),
        ],
        "cast": [
            (r"\b[Vv] (?:místní )?části (?:obce |města )?\{cast\}", "ve vaší části obce"),
            (r"\{cast\}", PARTS.get(language, PARTS["en"])),
        ],
    }


def _nameless(name: str, language: str) -> Sequence[tuple[str, str]]:
    return [
        (rf"\b[Vv]ážen\w+ {name}", "Vážení občané"),
        (rf",\s*{name}", ""),
        (rf"{BEGINS}{name}(?=\s*[,.!?])", GREETINGS.get(language, GREETINGS["en"])),
        (rf" ?{name}", ""),
    ]
