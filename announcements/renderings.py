"""Which renderings announcements need: the library keeps those, whatever its size."""

from sqlalchemy import exists, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from store.staff import SavedDraft
from store.states import LIVE_ANNOUNCEMENT_STATES, DraftState
from store.work import Announcement, Attempt, Delivery


async def needed_renderings(session: AsyncSession) -> frozenset[str]:
    """Keys of what drafts and announcements play that wait, or have not ended, or whose last calls have not."""
    in_progress = exists().where(
        Attempt.delivery_id == Delivery.id, Delivery.announcement_id == Announcement.id, Attempt.ended_at.is_(None)
    )
    live = Announcement.state.in_(LIVE_ANNOUNCEMENT_STATES)
    played = select(Announcement.rendering).where(or_(live, in_progress))
    drafted = select(SavedDraft.rendering).where(SavedDraft.state == DraftState.DRAFTED)
    return frozenset(await session.scalars(union(played, drafted)))
