"""Templates of requests: what stands in {braces} is put in once, so that a text with braces of its own stays a text."""

import re
from collections.abc import Mapping
from typing import Any

PLACEHOLDERS = frozenset(
    {"to", "text", "sender", "reference", "username", "password", "report_url", "unicode", "parts"}
)
PLACE = re.compile(r"\{([a-z_]+)\}")


def placeholders(template: Any) -> set[str]:
    """All names in it, however deep."""
    if isinstance(template, str):
        return set(PLACE.findall(template))
    if isinstance(template, Mapping):
        return {name for part in template.values() for name in placeholders(part)}
    if isinstance(template, list | tuple):
        return {name for part in template for name in placeholders(part)}
    return set()


def fill(template: str, values: Mapping[str, str]) -> str:
    return PLACE.sub(lambda place: values[place[1]], template)


def filled(template: Any, values: Mapping[str, str]) -> Any:
    """The same shape, its strings filled. An entry that is one empty value alone is left out: a gateway would rather
    have no sender than an empty one.
    """
    if isinstance(template, str):
        return fill(template, values)
    if isinstance(template, Mapping):
        return {key: filled(part, values) for key, part in template.items() if not _is_empty(part, values)}
    if isinstance(template, list | tuple):
        return [filled(part, values) for part in template]
    return template


def _is_empty(template: Any, values: Mapping[str, str]) -> bool:
    place = PLACE.fullmatch(template) if isinstance(template, str) else None
    return place is not None and not values[place[1]]
