"""Who is on a phone line."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.people import Phone, Subscriber


async def people_on(session: AsyncSession, number: str) -> list[int]:
    """Ids of the subscribers with this number (E.164) who have not left, the one who came first first."""
    found = await session.scalars(
        select(Subscriber.id)
        .join(Phone)
        .where(Phone.number == number, Phone.code.is_(None), Subscriber.left_at.is_(None))
        .order_by(Subscriber.id)
        .distinct()
    )
    return list(found)
