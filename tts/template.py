"""Texts with ``{placeholders}``: what each person hears in their place is a piece of its own."""

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from store.errors import InputError

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


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


def filled(template: str, values: Mapping[str, str]) -> Filled:
    """``template`` with each placeholder replaced by its value. Raises InputError for one without a value."""
    check_placeholders(template, values)
    text, cuts, at = "", list[int](), 0
    for found in PLACEHOLDER.finditer(template):
        text += template[at : found.start()]
        cuts += [len(text), len(text) + len(values[found[1]])]
        text, at = text + values[found[1]], found.end()
    return Filled(text + template[at:], tuple(cuts))
