"""What somebody may listen to who calls the town's number: the announcements that hold now, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.audience import AudienceRule, concerned
from store.states import AnnouncementState
from store.work import Announcement

# Stopped ones were wrong, or a correction took their place.
HEARD_IN = (AnnouncementState.RUNNING, AnnouncementState.PAUSED, AnnouncementState.COMPLETED)


@dataclass(frozen=True)
class Told:
    """One announcement to listen to."""

    announcement_id: int
    # Key in the renderings library.
    rendering: str
    language: str
    at: datetime


async def announcements_for(session: AsyncSession, people: Sequence[int], since: datetime, now: datetime) -> list[Told]:
    """Those that concern one of these subscribers by place and topics; for a stranger (nobody) all public ones.

    ``since``: older ones do not hold any more, unless they say themselves how long.
    """
    found = await session.scalars(select(Announcement).where(holds(since, now)).order_by(Announcement.id.desc()))
    chosen = [one for one in found if await _is_for(session, one, people, now)]
    return [Told(one.id, one.rendering, one.language, one.not_before or one.created_at) for one in chosen]


async def listened_renderings(session: AsyncSession, since: datetime, now: datetime) -> frozenset[str]:
    """Keys of what somebody may still listen to."""
    return frozenset(await session.scalars(select(Announcement.rendering).where(holds(since, now)).distinct()))


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
