"""Whom a text goes to, as far as it may say something of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from announcements.personal import Addressee
from store.people import Street, Subscriber, TownPart
from store.states import Pace
from store.work import Recipient

Key = TypeVar("Key", int, str)
Column = ColumnElement[Key] | InstrumentedAttribute[Key]


async def addressees(session: AsyncSession, delivery_ids: Collection[int]) -> Mapping[int, Sequence[Addressee]]:
    """The recipients of each delivery."""
    query = _people(Recipient.delivery_id, Recipient.subscriber_id)
    return await _by_key(session, query.where(Recipient.delivery_id.in_(delivery_ids)))


async def people_at(
    session: AsyncSession, reached: Select[int, str], *, slow_only: bool = False
) -> Mapping[str, Sequence[Addressee]]:
    """Those of ``reached`` (subscriber, address), by address. ``slow_only``: who wants slow speech."""
    at = reached.subquery()
    query = _people(at.c.address, at.c.subscriber_id)
    return await _by_key(session, query.where(Subscriber.pace == Pace.SLOW) if slow_only else query)


def _people(key: Column[Key], subscriber_id: Column[int]) -> Select[Key, str, str | None, str | None, str | None, Pace]:
    """Who stands behind each ``key``."""
    return (
        select(
            key.label("key"),
            Subscriber.name,
            Street.name.label("street"),
            Subscriber.house_number,
            TownPart.name.label("part"),
            Subscriber.pace,
        )
        .join(Subscriber, Subscriber.id == subscriber_id)
        .join(Street, Street.id == Subscriber.street_id, isouter=True)
        .join(TownPart, TownPart.id == Subscriber.town_part_id, isouter=True)
        .order_by(key, Subscriber.id)
    )


async def _by_key(
    session: AsyncSession, query: Select[Key, str, str | None, str | None, str | None, Pace]
) -> dict[Key, list[Addressee]]:
    found: dict[Key, list[Addressee]] = defaultdict(list)
    for row in await session.execute(query):
        one = Addressee(row.name, row.street or "", row.house_number or "", row.part or "", row.pace)
        found[row.key].append(one)
    return found
