"""Entries in the store, read and written many at a time with few statements."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.base import Base
from store.people import (
    Phone,
    Subscriber,
    SubscriberChannel,
    SubscriberGroup,
    SubscriberPackage,
    SubscriberPackageChannel,
    SubscriberTopic,
)
from store.states import Channel
from subscribers.fields import street_number
from subscribers.folding import fold
from subscribers.person import Entry
from subscribers.phones import PhoneNumber
from subscribers.quiet import Hours

_CHILDREN = (
    Phone,
    SubscriberChannel,
    SubscriberTopic,
    SubscriberPackageChannel,
    SubscriberPackage,
    SubscriberGroup,
)
# Both databases allow about 32 000 values in one statement; this is far below.
_BATCH = 1000


@dataclass(frozen=True)
class Stored:
    entry: Entry
    left: bool


async def read_entries(session: AsyncSession, *where: ColumnElement[bool]) -> dict[int, Stored]:
    """By subscriber id, in the order of registration; ``where`` speaks of Subscriber."""
    query = select(*Subscriber.__table__.columns).where(*where).order_by(Subscriber.id)
    people = (await session.execute(query)).all()
    if not people:
        return {}
    children = {table: await _read_children(session, table, where) for table in _CHILDREN}
    return {
        person.id: Stored(
            Entry(
                name=person.name,
                phones=tuple(PhoneNumber(row.number, row.kind, row.code) for row in children[Phone][person.id]),
                email=person.email,
                birth_year=person.birth_year,
                town_part_id=person.town_part_id,
                street_id=person.street_id,
                house_number=person.house_number,
                topics=frozenset(r.topic for r in children[SubscriberTopic][person.id] if not r.refused),
                refused=frozenset(r.topic for r in children[SubscriberTopic][person.id] if r.refused),
                packages=frozenset(row.package for row in children[SubscriberPackage][person.id]),
                groups=frozenset(row.name for row in children[SubscriberGroup][person.id]),
                channels=tuple(row.channel for row in children[SubscriberChannel][person.id]),
                package_channels=_by_package(children[SubscriberPackageChannel][person.id]),
                language=person.language,
                quiet=_hours(person.quiet_from, person.quiet_to),
                paused_until=person.paused_until,
                pace=person.pace,
            ),
            left=person.left_at is not None,
        )
        for person in people
    }


def _by_package(rows: Sequence[Any]) -> tuple[tuple[int, tuple[Channel, ...]], ...]:
    found: dict[int, tuple[Channel, ...]] = defaultdict(tuple)
    for row in rows:
        found[row.package] += (row.channel,)
    return tuple(sorted(found.items()))


def _hours(since: time | None, until: time | None) -> Hours | None:
    return None if since is None or until is None else (since, until)


async def _read_children(
    session: AsyncSession, table: type[Base], where: Sequence[ColumnElement[bool]]
) -> dict[int, list[Any]]:
    """Rows of one table by subscriber id, in their order of preference where there is one."""
    columns = table.__table__.columns
    query = select(*columns).where(columns.subscriber_id.in_(select(Subscriber.id).where(*where)))
    found: dict[int, list[Any]] = defaultdict(list)
    for row in await session.execute(query.order_by(columns.get("position", columns.subscriber_id))):
        found[row.subscriber_id].append(row)
    return found


async def add_entries(session: AsyncSession, entries: Sequence[Entry], now: datetime) -> list[int]:
    """Write new subscribers; returns their ids in the order given."""
    if not entries:
        return []
    rows = [_row(entry) | {"created_at": now} for entry in entries]
    query = insert(Subscriber).returning(Subscriber.id, sort_by_parameter_order=True)
    ids = list(await session.scalars(query, rows))
    await _write_children(session, dict(zip(ids, entries, strict=True)))
    return ids


async def replace_entries(session: AsyncSession, entries: Mapping[int, Entry]) -> None:
    """Make subscribers, by their id, what these entries say; one who had left is back."""
    if not entries:
        return
    await session.execute(
        update(Subscriber), [_row(entry) | {"id": id_, "left_at": None} for id_, entry in entries.items()]
    )
    ids = list(entries)
    for table in _CHILDREN:
        for start in range(0, len(ids), _BATCH):
            owners = table.subscriber_id.in_(ids[start : start + _BATCH])
            await session.execute(delete(table).where(owners))
    await _write_children(session, entries)


async def _write_children(session: AsyncSession, entries: Mapping[int, Entry]) -> None:
    rows: dict[type[Base], list[dict[str, Any]]] = defaultdict(list)
    for subscriber_id, entry in entries.items():
        for table, row in _child_rows(entry):
            rows[table].append(row | {"subscriber_id": subscriber_id})
    for table, written in rows.items():
        await session.execute(insert(table), written)


def _row(entry: Entry) -> dict[str, Any]:
    quiet_from, quiet_to = entry.quiet or (None, None)
    return {
        "name": entry.name,
        "folded_name": fold(entry.name),
        "email": entry.email,
        "birth_year": entry.birth_year,
        "language": entry.language,
        "town_part_id": entry.town_part_id,
        "street_id": entry.street_id,
        "house_number": entry.house_number,
        "street_number": street_number(entry.house_number) if entry.house_number else None,
        "quiet_from": quiet_from,
        "quiet_to": quiet_to,
        "paused_until": entry.paused_until,
        "pace": entry.pace,
    }


def _child_rows(entry: Entry) -> Iterator[tuple[type[Base], dict[str, Any]]]:
    for position, phone in enumerate(entry.phones):
        yield Phone, {"number": phone.number, "kind": phone.kind, "position": position, "code": phone.code}
    for position, channel in enumerate(entry.channels):
        yield SubscriberChannel, {"channel": channel, "position": position}
    for topic in sorted(entry.topics | entry.refused):
        yield SubscriberTopic, {"topic": topic, "refused": topic in entry.refused}
    for package in sorted(entry.packages):
        yield SubscriberPackage, {"package": package}
    for package, channels in entry.package_channels:
        for position, channel in enumerate(channels if package in entry.packages else ()):
            yield SubscriberPackageChannel, {"package": package, "channel": channel, "position": position}
    for group in sorted(entry.groups):
        yield SubscriberGroup, {"name": group}
