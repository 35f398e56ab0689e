"""Texts with ``{placeholders}``: what each person hears in their place is a piece of its own."""

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from store.errors import InputError

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# What stands for a placeholder. Of several words each is a piece of its own, so that what is made of few words in many
# ways, as a phone number of its digits, is spoken without an engine.
Value = str | tuple[str, ...]
BEGINNING = re.compile(r"(?:^|[.!?]\s+)$")


class Filled(NamedTuple):
    """``cuts``: indices of ``text`` where a value begins or ends, rising."""

    text: str
    cuts: tuple[int, ...] = ()


def placeholders(template: str) -> frozenset[str]:
    """The names that ``template`` has in braces."""
    return frozenset(PLACEHOLDER.findall(template))


def check_placeholders(template: str, known: Collection[str]) -> None:
    """Raise InputError for a placeholder that nobody has a value for."""
    for name in sorted(placeholders(template) - set(known)):
        offered = ", ".join(f"{{{one}}}" for one in sorted(known)) or "none here"
        raise InputError(f"the text has the placeholder {{{name}}}", mend=f"the known ones are: {offered}")


def filled(template: str, values: Mapping[str, Value]) -> Filled:
    """``template`` with each placeholder replaced by its value, which begins large where a sentence does.

    Raises InputError for one without a value.
    """
    check_placeholders(template, values)
    text, cuts, at = "", list[int](), 0
    for found in PLACEHOLDER.finditer(template):
        text, value = text + template[at : found.start()], values[found[1]]
        for place, piece in enumerate((value,) if isinstance(value, str) else value):
            text += " " if place else ""
            words = large(piece) if begins(text) else piece
            cuts += [len(text), len(text) + len(words)]
            text += words
        at = found.end()
    return Filled(text + template[at:], tuple(cuts))


def begins(before: str) -> bool:
    """Whether a sentence begins after this text."""
    return BEGINNING.search(before) is not None


def large(words: str) -> str:
    return words[:1].upper() + words[1:]
