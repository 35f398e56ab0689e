"""What waits in vain on a channel goes on to the next: the town's hours there, or the person's quiet ones, would let it
go only when the announcement is over. It is handed over at once, however often it was tried: the next may be in time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, false, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.audience import dialable
from announcements.completion import complete_if_done, hold
from announcements.escalation import escalate, escalates
from announcements.text_claim import Way
from announcements.ways import Ways
from announcements.windows import Calendar
from store.database import Store
from store.states import CALLING_STATES, DELIVERY_MOVES, Channel, DeliveryState, next_state
from store.work import Announcement, Delivery

# Every way out that a channel has, with its hours.
WaysOut = Mapping[Channel, Sequence[Way]]
# Deliveries in one transaction; the keeper comes back for the rest.
MOST = 500


async def hand_over_closed(store: Store, out: WaysOut, ways: Ways, now: datetime) -> None:
    """Of the announcements that escalate and have an end."""
    async with store.reading() as session:
        waiting = [one.id for one in await _going(session, now) if await _in_vain(session, one, out, now)]
    for announcement_id in waiting:
        async with store.writing() as session:
            announcement = (await hold(session, [announcement_id]))[announcement_id]
            await _hand_over(session, announcement, out, ways, now)


def stays_closed(announcement: Announcement, calendars: Sequence[Calendar], now: datetime) -> bool:
    """Pure. None of these ways out opens before the announcement's end."""
    end = announcement.not_after
    opening = [calendar.opens(announcement.priority, now) for calendar in calendars]
    return end is not None and bool(opening) and all(at is None or at >= end for at in opening)


async def _going(session: AsyncSession, now: datetime) -> list[Announcement]:
    query = (
        select(Announcement)
        .where(
            Announcement.state.in_(CALLING_STATES),
            Announcement.not_after > now,
            or_(Announcement.not_before.is_(None), Announcement.not_before <= now),
        )
        .order_by(Announcement.id)
    )
    return [one for one in await session.scalars(query) if escalates(one)]


async def _in_vain(session: AsyncSession, announcement: Announcement, out: WaysOut, now: datetime) -> Sequence[int]:
    """Deliveries that wait for an hour which comes too late."""
    closed = [_closed(announcement, channel, ways, now) for channel, ways in out.items()]
    query = (
        select(Delivery.id)
        .where(
            Delivery.announcement_id == announcement.id,
            Delivery.state == DeliveryState.QUEUED,
            or_(Delivery.due_at >= announcement.not_after, *closed),
        )
        .order_by(Delivery.id)
        .limit(MOST)
    )
    return (await session.scalars(query)).all()


def _closed(announcement: Announcement, channel: Channel, ways: Sequence[Way], now: datetime) -> ColumnElement[bool]:
    """The channel's deliveries whose addresses no way serves that opens in time."""
    in_time = [way for way in ways if not stays_closed(announcement, [way.calendar], now)]
    if len(in_time) == len(ways) or not all(way.prefixes for way in in_time):
        return false()
    served = dialable(Delivery.address, [prefix for way in in_time for prefix in way.prefixes])
    return (Delivery.channel == channel) & ~served


async def _hand_over(
    session: AsyncSession, announcement: Announcement, out: WaysOut, ways: Ways, now: datetime
) -> None:
    if announcement.state not in CALLING_STATES:
        return  # stopped or paused meanwhile
    ids = await _in_vain(session, announcement, out, now)
    expired = next_state(DeliveryState.QUEUED, DeliveryState.EXPIRED, DELIVERY_MOVES)
    await session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids))
        .values(state=expired, ended_at=now)
        .execution_options(synchronize_session=False)
    )
    await escalate(session, announcement, ids, ways, now)
    await complete_if_done(session, announcement, now)
