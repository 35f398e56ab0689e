"""Whom a text goes to, as far as it may say something of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.personal import Addressee
from store.people import Street, Subscriber, TownPart
from store.states import Pace
from store.work import Recipient


async def addressees(session: AsyncSession, delivery_ids: Collection[int]) -> Mapping[int, Sequence[Addressee]]:
    """The recipients of each delivery."""
    query = (
        select(
            Recipient.delivery_id,
            Subscriber.name,
            Street.name.label("street"),
            Subscriber.house_number,
            TownPart.name.label("part"),
        )
        .join(Subscriber, Subscriber.id == Recipient.subscriber_id)
        .join(Street, Street.id == Subscriber.street_id, isouter=True)
        .join(TownPart, TownPart.id == Subscriber.town_part_id, isouter=True)
        .where(Recipient.delivery_id.in_(delivery_ids))
        .order_by(Recipient.delivery_id, Subscriber.id)
    )
    found: dict[int, list[Addressee]] = defaultdict(list)
    for row in await session.execute(query):
        found[row.delivery_id].append(Addressee(row.name, row.street or "", row.house_number or "", row.part or ""))
    return found


async def people_at(
    session: AsyncSession, reached: Select[int, str], *, slow_only: bool = False
) -> Mapping[str, Sequence[Addressee]]:
    """Those of ``reached`` (subscriber, address), by address. ``slow_only``: who wants slow speech."""
    at = reached.subquery()
    query = (
        select(
            at.c.address,
            Subscriber.name,
            Street.name.label("street"),
            Subscriber.house_number,
            TownPart.name.label("part"),
            Subscriber.pace,
        )
        .join(Subscriber, Subscriber.id == at.c.subscriber_id)
        .join(Street, Street.id == Subscriber.street_id, isouter=True)
        .join(TownPart, TownPart.id == Subscriber.town_part_id, isouter=True)
        .order_by(at.c.address, Subscriber.id)
    )
    if slow_only:
        query = query.where(Subscriber.pace == Pace.SLOW)
    found: dict[str, list[Addressee]] = defaultdict(list)
    for row in await session.execute(query):
        one = Addressee(row.name, row.street or "", row.house_number or "", row.part or "", row.pace)
        found[row.address].append(one)
    return found
