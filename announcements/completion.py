"""When an announcement is over: its last delivery has ended, or its window has passed.

Whoever moves deliveries holds their announcement's row first (FOR UPDATE; SQLite has one writer anyway). Else, on
PostgreSQL, the last two deliveries could each see the other one open, and a stop could miss a delivery that is just
going back to the queue.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.states import (
    ANNOUNCEMENT_MOVES,
    LATE_ANNOUNCEMENT_MOVES,
    LIVE_ANNOUNCEMENT_STATES,
    OPEN_DELIVERY_STATES,
    AnnouncementState,
    DeliveryState,
    move,
)
from store.work import Announcement, Delivery

HELD = (
    select(Announcement)
    .where(Announcement.id.in_(bindparam("ids", expanding=True)))
    .order_by(Announcement.id)
    .with_for_update()
)
HAS_OPEN = select(exists().where(Delivery.announcement_id == bindparam("id"), Delivery.state.in_(OPEN_DELIVERY_STATES)))


async def hold(session: AsyncSession, ids: Collection[int]) -> dict[int, Announcement]:
    """Take the announcements' rows, in one order, so that nobody else moves their deliveries meanwhile."""
    if not ids:
        return {}
    return {one.id: one for one in await session.scalars(HELD, {"ids": list(ids)})}


async def complete_if_done(session: AsyncSession, announcement: Announcement, now: datetime) -> None:
    """Move the announcement to *completed* when none of its deliveries is open any more."""
    if announcement.state not in LIVE_ANNOUNCEMENT_STATES:
        return
    await session.flush()
    if not await session.scalar(HAS_OPEN, {"id": announcement.id}):
        move(announcement, AnnouncementState.COMPLETED, ANNOUNCEMENT_MOVES)
        announcement.ended_at = now


async def reopen_if_open(session: AsyncSession, announcement: Announcement) -> None:
    """Move a *completed* announcement back to *running* where a delivery of it is open again."""
    if announcement.state is AnnouncementState.COMPLETED and await session.scalar(HAS_OPEN, {"id": announcement.id}):
        move(announcement, AnnouncementState.RUNNING, LATE_ANNOUNCEMENT_MOVES)
        announcement.ended_at = None


async def expire_overdue(session: AsyncSession, now: datetime) -> None:
    """End the queued deliveries of announcements whose window has passed; calls in progress end by themselves."""
    overdue = await session.scalars(
        select(Announcement)
        .where(Announcement.state.in_(LIVE_ANNOUNCEMENT_STATES), Announcement.not_after <= now)
        .order_by(Announcement.id)
        .with_for_update()
    )
    for announcement in overdue.all():
        await end_queued(session, announcement, DeliveryState.EXPIRED, now)
        await complete_if_done(session, announcement, now)


async def end_queued(session: AsyncSession, announcement: Announcement, state: DeliveryState, now: datetime) -> None:
    """Move all queued deliveries of the announcement to a final state at once."""
    await session.execute(
        update(Delivery)
        .where(Delivery.announcement_id == announcement.id, Delivery.state == DeliveryState.QUEUED)
        .values(state=state, ended_at=now)
    )
