"""Town parts and streets: found by what people write, and ranges of house numbers in a street."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.errors import InputError
from store.people import Address, Street, TownPart
from subscribers.fields import one_line
from subscribers.names import NameBook

_IMPORT_FIRST = "import the town's address register: hlasatel places import FILE"
# "5", "1-20", "5-", "-20"; an en dash serves too.
_RANGE = re.compile(r"(?P<only>[0-9]{1,5})|(?P<first>[0-9]{1,5})?\s*[-–]\s*(?P<last>[0-9]{1,5})?")


class StreetRange(NamedTuple):
    """Numbers ``first`` to ``last`` of a street, both included; None where that end is open."""

    name: str
    first: int | None
    last: int | None


def parse_street_range(text: str) -> StreetRange:
    """Read ``Tyršova``, ``Tyršova:5``, ``Tyršova:1-20``, ``Tyršova:5-`` or ``Tyršova:-20``.

    Raises InputError for anything else. The street's name is not looked up here.
    """
    name, colon, numbers = one_line(text, "street").partition(":")
    written = _RANGE.fullmatch(numbers.strip()) if colon else None
    street = one_line(name, "street")
    if not colon:
        return StreetRange(street, None, None)
    if written is None or not any(written.groups()):
        raise _bad_range(text, "has no range of numbers after the colon")
    return _street_range(text, street, written["only"] or written["first"], written["only"] or written["last"])


def _street_range(text: str, street: str, first: str | None, last: str | None) -> StreetRange:
    start, end = (None if number is None else int(number) for number in (first, last))
    if 0 in (start, end):
        raise _bad_range(text, "begins or ends with number 0")
    if start is not None and end is not None and start > end:
        raise _bad_range(text, "ends before it begins")
    return StreetRange(street, start, end)


def _bad_range(text: str, reason: str) -> InputError:
    return InputError(f"street {text!r} {reason}", mend="write Tyršova, Tyršova:5, Tyršova:1-20 or Tyršova:5-")


async def find_town_part(session: AsyncSession, name: str) -> TownPart:
    """Raises UnknownName with the nearest names."""
    return (await town_parts(session)).find(name)


async def find_street(session: AsyncSession, name: str) -> Street:
    """Raises UnknownName with the nearest names."""
    return (await streets(session)).find(name)


async def town_parts(session: AsyncSession) -> NameBook[TownPart]:
    parts = await session.scalars(select(TownPart))
    return NameBook("town part", ((part.name, part) for part in parts), mend=_IMPORT_FIRST)


async def streets(session: AsyncSession) -> NameBook[Street]:
    known = await session.scalars(select(Street))
    return NameBook("street", ((street.name, street) for street in known), mend=_IMPORT_FIRST)


async def parts_by_size(session: AsyncSession) -> Sequence[TownPart]:
    """Those with the most addresses first, so that most people hear theirs soon when they are told one by one."""
    size = func.count(Address.code)
    query = select(TownPart).join(Address, isouter=True).group_by(TownPart.id).order_by(size.desc(), TownPart.folded)
    return (await session.scalars(query)).all()


async def streets_in(session: AsyncSession, town_part_id: int) -> Sequence[Street]:
    """Streets with an address in this part; none where its houses are numbered without streets."""
    there = select(Address.street_id).where(Address.town_part_id == town_part_id)
    return (await session.scalars(select(Street).where(Street.id.in_(there)).order_by(Street.folded))).all()


async def house_numbers_in(session: AsyncSession, town_part_id: int, street_id: int | None) -> Sequence[str]:
    """Of a street, or (None) of the houses of the part that stand in none; in the order of the register."""
    query = select(Address.house_number).where(Address.town_part_id == town_part_id)
    query = query.where(Address.street_id.is_(None) if street_id is None else Address.street_id == street_id)
    return (await session.scalars(query.order_by(Address.code))).all()
