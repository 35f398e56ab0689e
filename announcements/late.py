"""What is learnt of a text after its end: it did get there, or came back; to escalate, that still counts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.completion import reopen_if_open
from announcements.escalation import IN_VAIN, escalate, escalates, stop_rest
from announcements.ways import Ways
from store.states import LIVE_ANNOUNCEMENT_STATES, AnnouncementState, DeliveryState
from store.work import Announcement, Delivery

# An announcement that named no end goes on so long after it was complete, for those whose message came back.
STILL_NEWS = timedelta(days=1)


async def learn_late(
    session: AsyncSession, announcement: Announcement, deliveries: Sequence[Delivery], ways: Ways, now: datetime
) -> None:
    """What did get there stops the rest; who did not get it goes on to the next channel, even if all was complete."""
    if not escalates(announcement):
        return
    if there := [one.id for one in deliveries if one.state is DeliveryState.DELIVERED]:
        await stop_rest(session, announcement.id, there, now)
    in_vain = [one.id for one in deliveries if one.state in IN_VAIN]
    if in_vain and goes_on_late(announcement, now) and not await _is_corrected(session, announcement):
        await escalate(session, announcement, in_vain, ways, now)
        await reopen_if_open(session, announcement)


def goes_on_late(announcement: Announcement, now: datetime) -> bool:
    """Pure. Whether what comes back now still matters: it is news for a while after the end, unless it was stopped."""
    if announcement.not_after is not None and now >= announcement.not_after:
        return False
    if announcement.state is not AnnouncementState.COMPLETED:
        return announcement.state in LIVE_ANNOUNCEMENT_STATES
    ended_at = announcement.ended_at
    return announcement.not_after is not None or (ended_at is not None and now < ended_at + STILL_NEWS)


async def _is_corrected(session: AsyncSession, announcement: Announcement) -> bool:
    """Then nobody is told the original any more."""
    corrections = select(exists().where(Announcement.corrects_id == announcement.id))
    return bool(await session.scalar(corrections))
