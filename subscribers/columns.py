"""Columns of the subscribers' CSV: their headings, and how several values share one cell.

In a cell, values are separated by a comma, a semicolon or ``|``. The one that is the file's own delimiter
stands inside quotes, as CSV demands; ``|`` never needs them. A topic with ``!`` before it is refused. Among channels
``2: sms email`` says that package 2 comes by these.
"""

import re
from collections.abc import Iterable

from subscribers.fields import SEPARATORS

NAME = "name"
PHONE = "phone"
CODE = "code"
EMAIL = "email"
BIRTH_YEAR = "birth_year"
TOWN_PART = "town_part"
STREET = "street"
HOUSE_NUMBER = "house_number"
TOPICS = "topics"
PACKAGES = "packages"
GROUPS = "groups"
CHANNELS = "channels"
LANGUAGE = "language"
QUIET = "quiet"
PAUSED_UNTIL = "paused_until"
PACE = "pace"

# Column -> Czech heading, which an export writes; the column's own name is the English one.
CZECH = {
    NAME: "jmeno",
    PHONE: "telefon",
    CODE: "kod",
    EMAIL: "email",
    BIRTH_YEAR: "rok_narozeni",
    TOWN_PART: "cast_obce",
    STREET: "ulice",
    HOUSE_NUMBER: "cislo",
    TOPICS: "temata",
    PACKAGES: "balicky",
    GROUPS: "skupiny",
    CHANNELS: "kanaly",
    LANGUAGE: "jazyk",
    QUIET: "ticho",
    PAUSED_UNTIL: "pauza_do",
    PACE: "tempo",
}
HEADINGS = {heading: column for column, czech in CZECH.items() for heading in (column, czech)}
REFUSED = "!"

# A spreadsheet takes a cell with such a beginning for a formula (OWASP: CSV injection).
_FORMULA = re.compile(r"'*[=+\-@]")


def split(cell: str) -> tuple[str, ...]:
    return tuple(value.strip() for value in re.split(f"[{SEPARATORS}]", cell) if value.strip())


def join(values: Iterable[str]) -> str:
    return ", ".join(values)


def guard(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguard(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
