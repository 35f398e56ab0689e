"""Which renderings announcements play: to all, and to single lines; the library keeps those, whatever its size."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Row, exists, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from store.staff import SavedDraft
from store.states import LIVE_ANNOUNCEMENT_STATES, DraftState
from store.work import Announcement, Attempt, Delivery, LineRendering

# Announcement's id and line: rendering's key and its length, seconds.
Own = Mapping[tuple[int, str], Row[int, str, str, float]]


async def needed_renderings(session: AsyncSession) -> frozenset[str]:
    """Keys of what drafts and announcements play that wait, or have not ended, or whose last calls have not."""
    in_progress = exists().where(
        Attempt.delivery_id == Delivery.id, Delivery.announcement_id == Announcement.id, Attempt.ended_at.is_(None)
    )
    playing = or_(Announcement.state.in_(LIVE_ANNOUNCEMENT_STATES), in_progress)
    of_all = select(Announcement.rendering).where(playing)
    of_lines = select(LineRendering.rendering).join(Announcement).where(playing)
    drafted = select(SavedDraft.rendering).where(SavedDraft.state == DraftState.DRAFTED)
    return frozenset(await session.scalars(union(of_all, of_lines, drafted)))


async def own_renderings(session: AsyncSession, announcements: Iterable[Announcement], lines: Collection[str]) -> Own:
    """What these lines hear of these announcements that is not what all hear."""
    personal = [one.id for one in announcements if one.personal]
    if not personal:
        return {}
    own = LineRendering
    query = select(own.announcement_id, own.address, own.rendering, own.message_seconds).where(
        own.announcement_id.in_(personal), own.address.in_(lines)
    )
    return {(row.announcement_id, row.address): row for row in await session.execute(query)}
