"""Control of an announcement that is under way."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from announcements.completion import end_queued
from store.errors import InputError
from store.states import ANNOUNCEMENT_MOVES, LIVE_ANNOUNCEMENT_STATES, AnnouncementState, DeliveryState, move
from store.work import Announcement


async def stop(session: AsyncSession, announcement_id: int, now: datetime) -> Announcement:
    """Start no further call of it, queued retries included; calls in progress end by themselves.

    Raises InputError for an unknown announcement or one that is over.
    """
    announcement = await find_announcement(session, announcement_id)
    await session.refresh(announcement, with_for_update=True)
    if announcement.state not in LIVE_ANNOUNCEMENT_STATES:
        raise InputError(f"announcement {announcement_id} is {announcement.state} already", mend="nothing to stop")
    move(announcement, AnnouncementState.STOPPED, ANNOUNCEMENT_MOVES)
    announcement.ended_at = now
    await end_queued(session, announcement, DeliveryState.CANCELLED, now)
    return announcement


async def find_announcement(session: AsyncSession, announcement_id: int) -> Announcement:
    """Raises InputError for an unknown id."""
    announcement = await session.get(Announcement, announcement_id)
    if announcement is None:
        raise InputError(f"no announcement {announcement_id}", mend="see: hlasatel list")
    return announcement
