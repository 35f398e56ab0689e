"""Whom a text goes to, as far as it may say something of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.personal import Addressee
from store.people import Street, Subscriber, TownPart
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
