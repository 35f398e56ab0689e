"""Import of a town's address register: the CSV that RÚIAN publishes for each municipality.

Its form: https://vdp.cuzk.cz/vymenny_format/csv/ad-csv-struktura.pdf (semicolons, Windows-1250).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.errors import BadCell, InputError, RowsError
from store.people import Address, Street, TownPart
from subscribers.fields import one_line
from subscribers.folding import fold
from subscribers.sheet import Row, read_sheet
from subscribers.turns import take_turn

CODE = "Kód ADM"
PART = "Název části obce"
STREET = "Název ulice"
BUILDING = "Typ SO"
HOUSE = "Číslo domovní"
ORIENTATION = "Číslo orientační"
SIGN = "Znak čísla orientačního"
COLUMNS = (CODE, PART, STREET, BUILDING, HOUSE, ORIENTATION, SIGN)

_LARGEST_CODE = 2**31 - 1  # what an integer column of PostgreSQL holds
_HOUSE_PREFIXES = {"c.p.": "", "c.ev.": "ev. "}


@dataclass(frozen=True)
class PlacesImported:
    """What an import did. Places that the file does not name stay as they are."""

    town_parts: int
    streets: int
    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True)
class Place:
    """One address place as the file tells it; ``street`` is empty where houses have none."""

    code: int
    town_part: str
    street: str
    house_number: str


async def import_places(session: AsyncSession, data: bytes, file: str) -> PlacesImported:
    """Take all rows or none; the same file again changes nothing. ``file`` is the name for errors.

    Counts: new town parts and streets; addresses added, changed and unchanged.
    Raises RowsError that names every bad value.
    """
    places = read_places(data, file)
    await take_turn(session)
    parts, new_parts = await _named(session, TownPart, (place.town_part for place in places))
    streets, new_streets = await _named(session, Street, (place.street for place in places if place.street))
    added, changed = await _put_addresses(session, places, parts, streets)
    return PlacesImported(new_parts, new_streets, added, changed, len(places) - added - changed)


def read_places(data: bytes, file: str) -> list[Place]:
    """Raises RowsError that names every bad value."""
    sheet = read_sheet(data, file, {column: column for column in COLUMNS}, COLUMNS, more=True)
    places: dict[int, Place] = {}
    bad = list(sheet.bad)
    for row in sheet.rows:
        place = _place(row, bad)
        if place is not None and place.code in places:
            bad.append(BadCell(row.line, CODE, f"{place.code} is there twice"))
        elif place is not None:
            places[place.code] = place
    if bad:
        raise RowsError(file, sorted(bad, key=lambda cell: cell.line))
    if not places:
        raise InputError(f"{file} has no address in it")
    return list(places.values())


def _place(row: Row, bad: list[BadCell]) -> Place | None:
    refused = [BadCell(row.line, column, reason) for column, reason in _problems(row.cells)]
    bad.extend(refused)
    if refused:
        return None
    cells = row.cells
    street = one_line(cells[STREET], STREET) if cells[STREET] else ""
    return Place(int(cells[CODE]), one_line(cells[PART], PART), street, _house_number(cells))


def _problems(cells: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    if not re.fullmatch(r"[0-9]{1,10}", cells[CODE]) or not 1 <= int(cells[CODE]) <= _LARGEST_CODE:
        yield CODE, f"{cells[CODE]!r} is not a code of an address"
    for column in (PART, STREET) if cells[STREET] else (PART,):
        try:
            one_line(cells[column], column)
        except InputError as error:
            yield column, str(error)
    if _building(cells) not in _HOUSE_PREFIXES:
        yield BUILDING, f"{cells[BUILDING]!r} is neither č.p. nor č.ev."
    if not re.fullmatch(r"[1-9][0-9]{0,4}", cells[HOUSE]):
        yield HOUSE, f"{cells[HOUSE]!r} is not a number"
    if not re.fullmatch(r"([1-9][0-9]{0,4})?", cells[ORIENTATION]):
        yield ORIENTATION, f"{cells[ORIENTATION]!r} is not a number"
    if not re.fullmatch(r"[a-zA-Z]?", cells[SIGN]) or (cells[SIGN] and not cells[ORIENTATION]):
        yield SIGN, f"{cells[SIGN]!r} is not one letter after a number"


def _building(cells: Mapping[str, str]) -> str:
    return fold(cells[BUILDING]).replace(" ", "")


def _house_number(cells: Mapping[str, str]) -> str:
    """As people write it: ``123``, ``123/4a``, ``ev. 7``."""
    house = _HOUSE_PREFIXES[_building(cells)] + cells[HOUSE]
    return f"{house}/{cells[ORIENTATION]}{cells[SIGN]}" if cells[ORIENTATION] else house


async def _named(
    session: AsyncSession, table: type[TownPart] | type[Street], names: Iterable[str]
) -> tuple[dict[str, int], int]:
    """Ids by folded name, of a table that has all ``names`` in it now; and how many are new.

    A name that differs in case or diacritics only is the same place and keeps its first spelling.
    """
    wanted = {fold(name): name for name in reversed(list(names))}
    known = select(table.folded, table.id)
    stored = {row.folded: row.id for row in await session.execute(known)}
    new = [{"name": name, "folded": folded} for folded, name in wanted.items() if folded not in stored]
    if new:
        await session.execute(insert(table), new)
        stored = {row.folded: row.id for row in await session.execute(known)}
    return stored, len(new)


async def _put_addresses(
    session: AsyncSession, places: list[Place], parts: Mapping[str, int], streets: Mapping[str, int]
) -> tuple[int, int]:
    query = select(Address.code, Address.town_part_id, Address.street_id, Address.house_number)
    stored = {row.code: tuple(row) for row in await session.execute(query)}
    rows: list[dict[str, Any]] = [
        {
            "code": place.code,
            "town_part_id": parts[fold(place.town_part)],
            "street_id": streets[fold(place.street)] if place.street else None,
            "house_number": place.house_number,
        }
        for place in places
    ]
    new = [row for row in rows if row["code"] not in stored]
    changed = [row for row in rows if row["code"] in stored and stored[row["code"]] != tuple(row.values())]
    if new:
        await session.execute(insert(Address), new)
    if changed:
        await session.execute(update(Address), changed)
    return len(new), len(changed)
