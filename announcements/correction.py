"""A correction or all-clear: for those who heard the original; those who still wait for it get only the new one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.audience import AudienceRule, build_rule
from announcements.control import find_announcement, hold_announcement, stop
from store.errors import InputError
from store.states import LIVE_ANNOUNCEMENT_STATES
from store.work import Announcement


async def correction_rule(
    session: AsyncSession, corrects: int, *, topics: Sequence[str] = (), packages: Sequence[str] = ()
) -> AudienceRule:
    """The rule of a correction of announcement ``corrects``, about the original's topics unless others are given.

    Raises InputError for an announcement that is unknown or was corrected before, UnknownName for a topic or package.
    """
    original = await find_announcement(session, corrects)
    await _refuse_second(session, original)
    if topics or packages:
        rule = await build_rule(session, topics=topics, packages=packages)
    else:
        rule = AudienceRule(topics=AudienceRule.model_validate(original.audience).topics)
    # Who missed a correction believes what came before it: so all of the chain counts, the latest first.
    return rule.model_copy(update={"corrects": (corrects, *AudienceRule.model_validate(original.audience).corrects)})


async def hold_original(session: AsyncSession, rule: AudienceRule) -> Announcement | None:
    """The announcement that a correction is about to replace, held; None for an announcement that corrects nothing.

    Raises InputError where somebody else has corrected it meanwhile.
    """
    if not rule.corrects:
        return None
    original = await hold_announcement(session, rule.corrects[0])
    await _refuse_second(session, original)
    return original


async def replace_original(session: AsyncSession, original: Announcement, now: datetime) -> None:
    """Nobody is called with the original any more; a call of it in progress goes on, and the new one comes after it."""
    if original.state in LIVE_ANNOUNCEMENT_STATES:
        await stop(session, original.id, now)


async def _refuse_second(session: AsyncSession, original: Announcement) -> None:
    """Two corrections of one announcement would contradict each other in some people's ears."""
    correction = await session.scalar(select(Announcement.id).where(Announcement.corrects_id == original.id))
    if correction is not None:
        raise InputError(
            f"announcement {original.id} was corrected already by {correction}",
            mend=f"correct that one: --corrects {correction}",
        )
