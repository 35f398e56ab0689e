"""A clock that ran ahead and has been put right: what it had set for later would wait for an hour that is far off now.

A text or call that is put off waits from a moment of that clock, so it comes forward to wait as long from now; what was
never tried goes when its announcement does, and hours that are closed put it off anew.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.completion import hold
from announcements.due import PUT
from store.callers import Callback
from store.states import LIVE_ANNOUNCEMENT_STATES, CallbackState, DeliveryState, Disposition
from store.work import Announcement, Attempt, Delivery

# Clocks are set by less than this all the time, and so long nobody minds to wait.
SLACK = timedelta(minutes=1)
# One that was withdrawn has taken its old place again.
LAST_TRY = select(func.max(Attempt.ended_at)).where(
    Attempt.delivery_id == Delivery.id, Attempt.disposition != Disposition.WITHDRAWN
)
WAITING = select(Delivery.id, Delivery.due_at, LAST_TRY.scalar_subquery().label("tried_at")).where(
    Delivery.announcement_id == bindparam("announcement_id"),
    Delivery.state == DeliveryState.QUEUED,
    Delivery.due_at > bindparam("ahead"),
)


async def bring_forward(session: AsyncSession, now: datetime) -> int:
    """All that a clock ahead of ``now`` has put off; how many that were."""
    ahead = now + SLACK
    touched = await hold(session, await _touched(session, ahead))
    moved = sum([await _bring(session, announcement, ahead, now) for announcement in touched.values()])
    return moved + await _bring_callbacks(session, ahead, now)


async def _touched(session: AsyncSession, ahead: datetime) -> Sequence[int]:
    """Announcements that are not over, made or tried at a moment that is still to come."""
    tried = exists().where(
        Delivery.announcement_id == Announcement.id, _tried(Attempt.delivery_id == Delivery.id, ahead)
    )
    query = select(Announcement.id).where(
        Announcement.state.in_(LIVE_ANNOUNCEMENT_STATES), or_(Announcement.created_at > ahead, tried)
    )
    return (await session.scalars(query)).all()


def _tried(its: ColumnElement[bool], ahead: datetime) -> ColumnElement[bool]:
    """``its``: which attempts."""
    return exists().where(its, Attempt.ended_at > ahead)


async def _bring(session: AsyncSession, announcement: Announcement, ahead: datetime, now: datetime) -> int:
    begins = max(announcement.not_before or now, now)
    rows = await session.execute(WAITING, {"announcement_id": announcement.id, "ahead": ahead})
    new = [(row.id, row.due_at, _due(row.due_at, row.tried_at, begins, now)) for row in rows]
    earlier = {number: {"due_at": due_at} for number, old, due_at in new if due_at < old}
    await PUT.make(session, earlier)
    return len(earlier)


def _due(due_at: datetime, tried_at: datetime | None, begins: datetime, now: datetime) -> datetime:
    """Pure. When a delivery is due by the right clock; one that came forward before keeps its moment."""
    if tried_at is None:
        return begins
    return now + (due_at - tried_at) if now + SLACK < tried_at <= due_at else due_at


async def _bring_callbacks(session: AsyncSession, ahead: datetime, now: datetime) -> int:
    tried = _tried(Attempt.callback_id == Callback.id, ahead)
    waits = (Callback.state == CallbackState.QUEUED, Callback.due_at > ahead, or_(Callback.created_at > ahead, tried))
    found = (await session.scalars(select(Callback).where(*waits))).all()
    for callback in found:
        callback.due_at = now
    return len(found)
