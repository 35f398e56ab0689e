"""What somebody may listen to who calls the town's number: the announcements that hold now, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, and_, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.audience import AudienceRule, concerned
from announcements.renderings import own_renderings
from store.states import AnnouncementState
from store.work import Announcement, LineRendering

# Stopped ones were wrong, or a correction took their place.
HEARD_IN = (AnnouncementState.RUNNING, AnnouncementState.PAUSED, AnnouncementState.COMPLETED)


@dataclass(frozen=True)
class Told:
    """One announcement to listen to."""

    announcement_id: int
    # Key in the renderings library, and its length.
    rendering: str
    seconds: float
    at: datetime


async def announcements_for(
    session: AsyncSession, people: Sequence[int], since: datetime, now: datetime, *, line: str = ""
) -> list[Told]:
    """Those that concern one of these subscribers by place and topics; for a stranger (nobody) all public ones.

    ``line``: E.164; what was made for it alone is told there instead of what all hear.

    ``since``: older ones do not hold any more, unless they say themselves how long.
    """
    found = await session.scalars(select(Announcement).where(holds(since, now)).order_by(Announcement.id.desc()))
    chosen = [one for one in found if await _is_for(session, one, people, now)]
    return await told_on(session, chosen, line)


async def told_on(session: AsyncSession, announcements: Sequence[Announcement], line: str) -> list[Told]:
    """Each as that line (E.164) hears it."""
    own = await own_renderings(session, announcements, [line])
    return [_told(one, own.get((one.id, line))) for one in announcements]


def _told(announcement: Announcement, own: Row[int, str, str, float] | None) -> Told:
    at = announcement.not_before or announcement.created_at
    if own is None:
        return Told(announcement.id, announcement.rendering, announcement.message_seconds, at)
    return Told(announcement.id, own.rendering, own.message_seconds, at)


async def listened_renderings(session: AsyncSession, since: datetime, now: datetime) -> frozenset[str]:
    """Keys of what somebody may still listen to."""
    of_all = select(Announcement.rendering).where(holds(since, now))
    of_lines = select(LineRendering.rendering).join(Announcement).where(holds(since, now))
    return frozenset(await session.scalars(union(of_all, of_lines)))


def holds(since: datetime, now: datetime) -> ColumnElement[bool]:
    """The announcement has begun, was not taken back, and its window has not ended."""
    return and_(
        Announcement.state.in_(HEARD_IN),
        or_(Announcement.not_before.is_(None), Announcement.not_before <= now),
        or_(Announcement.not_after > now, and_(Announcement.not_after.is_(None), Announcement.created_at > since)),
    )


def listened_since(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


async def _is_for(session: AsyncSession, announcement: Announcement, people: Sequence[int], now: datetime) -> bool:
    """A correction is for all whom its topics and places concern: whoever listens to it has called to know."""
    rule = AudienceRule.model_validate(announcement.audience).model_copy(update={"corrects": ()})
    if not people:
        return not rule.groups
    concerns = concerned(rule, now).subquery()
    return await session.scalar(select(concerns.c.id).where(concerns.c.id.in_(people)).limit(1)) is not None
