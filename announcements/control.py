"""Control of an announcement that is under way: pause, resume, stop."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.completion import end_queued
from store.errors import InputError
from store.states import (
    ANNOUNCEMENT_MOVES,
    CALLING_STATES,
    LIVE_ANNOUNCEMENT_STATES,
    AnnouncementState,
    DeliveryState,
    move,
)
from store.work import CALL_IN_PROGRESS, Announcement, Attempt, Delivery


async def pause(session: AsyncSession, announcement_id: int) -> Announcement:
    """Start no further call of it for now; calls in progress end by themselves, and nothing loses its place or tries.

    Raises InputError for an unknown announcement, one that is over and one that is paused already.
    """
    announcement = await hold_announcement(session, announcement_id)
    if announcement.state not in CALLING_STATES:
        raise _is_already(announcement, "nothing to pause")
    move(announcement, AnnouncementState.PAUSED, ANNOUNCEMENT_MOVES)
    return announcement


async def resume(session: AsyncSession, announcement_id: int, now: datetime) -> Announcement:
    """Go on where it was paused.

    Raises InputError for an unknown announcement and one that is not paused.
    """
    announcement = await hold_announcement(session, announcement_id)
    if announcement.state is not AnnouncementState.PAUSED:
        raise _is_already(announcement, "only a paused one can be resumed")
    waits = announcement.not_before is not None and announcement.not_before > now
    move(announcement, AnnouncementState.SCHEDULED if waits else AnnouncementState.RUNNING, ANNOUNCEMENT_MOVES)
    return announcement


async def stop(session: AsyncSession, announcement_id: int, now: datetime, *, cut: bool = False) -> Announcement:
    """Start no further call of it, queued retries included; calls in progress end by themselves, or are ``cut``.

    Calls of one that is stopped already can still be cut. Raises InputError for an unknown announcement or one that
    is over.
    """
    announcement = await hold_announcement(session, announcement_id)
    if announcement.state in LIVE_ANNOUNCEMENT_STATES:
        move(announcement, AnnouncementState.STOPPED, ANNOUNCEMENT_MOVES)
        announcement.ended_at = now
        await end_queued(session, announcement, DeliveryState.CANCELLED, now)
    elif not cut or announcement.state is not AnnouncementState.STOPPED:
        raise _is_already(announcement, "nothing to stop")
    if cut:
        announcement.cut_at = now
    return announcement


async def attempts_to_cut(session: AsyncSession) -> Sequence[str]:
    """Ids of the calls in progress that staff want hung up: whoever holds the link to Asterisk does it."""
    query = (
        select(Attempt.id)
        .join(Delivery, Attempt.delivery_id == Delivery.id)
        .join(Announcement, Delivery.announcement_id == Announcement.id)
        .where(CALL_IN_PROGRESS, Announcement.cut_at.is_not(None))
        .order_by(Attempt.id)
    )
    return (await session.scalars(query)).all()


async def find_announcement(session: AsyncSession, announcement_id: int) -> Announcement:
    """Raises InputError for an unknown id."""
    announcement = await session.get(Announcement, announcement_id)
    if announcement is None:
        raise InputError(f"no announcement {announcement_id}", mend="see: hlasatel list")
    return announcement


async def hold_announcement(session: AsyncSession, announcement_id: int) -> Announcement:
    """As it is now, and nobody else moves its deliveries meanwhile. Raises InputError for an unknown id."""
    announcement = await find_announcement(session, announcement_id)
    await session.refresh(announcement, with_for_update=True)
    return announcement


def _is_already(announcement: Announcement, mend: str) -> InputError:
    return InputError(f"announcement {announcement.id} is {announcement.state} already", mend=mend)
