"""What gateways and mail servers tell of our texts: taken, and how it ended, be it early, late, twice or never."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.completion import complete_if_done, hold
from announcements.decision import OutcomeRules
from announcements.late import learn_late
from announcements.outcome import Ending, end_attempts
from announcements.resend import GOT_THERE, revises
from announcements.ways import Ways
from store.rows import Change, Values
from store.states import LATE_MOVES, Channel, DeliveryState, move
from store.work import Attempt, Delivery

ACCEPT = Change(Attempt, "accepted_at", "message_id", where=Attempt.accepted_at.is_(None))
REVISE = Change(Attempt, "disposition", "ended_at", "cause")


@dataclass(frozen=True)
class Acceptance:
    """A gateway took the text. ``message_id`` is its own name for it."""

    at: datetime
    message_id: str | None = None


async def accept_texts(session: AsyncSession, accepted: Mapping[str, Acceptance]) -> None:
    """Record it, by the attempts' ids. A report may have come before: of an ended attempt only what was missing."""
    rows = {key: {"accepted_at": one.at, "message_id": one.message_id} for key, one in sorted(accepted.items())}
    await ACCEPT.make(session, rows)


async def leave_text(session: AsyncSession, attempt_id: str, message_id: str) -> None:
    """It is about to be handed over under this name: from now on nobody can say that it is still here."""
    open_yet = (Attempt.id == attempt_id) & Attempt.ended_at.is_(None)
    await session.execute(update(Attempt).where(open_yet).values(message_id=message_id))


async def end_texts(session: AsyncSession, endings: Mapping[str, Ending], rules: OutcomeRules) -> set[str]:
    """Record how texts ended, by their attempts' ids, and move their deliveries on.

    Of an attempt that had ended already, what is known better now takes the place of what was thought (``revises``);
    all else changes nothing. Gives the ids of attempts that changed.
    """
    ended = await end_attempts(session, endings, rules)
    late = {attempt_id: ending for attempt_id, ending in endings.items() if attempt_id not in ended}
    return ended | await _revise(session, late, rules.ways) if late else ended


async def _revise(session: AsyncSession, endings: Mapping[str, Ending], ways: Ways) -> set[str]:
    """The announcements' rows are held already, by ``end_attempts``."""
    query = select(Attempt.id, Attempt.delivery_id, Attempt.disposition).where(
        Attempt.id.in_(endings), Attempt.ended_at.is_not(None), Attempt.channel != Channel.VOICE
    )
    rows = [
        row
        for row in await session.execute(query)
        if row.disposition is not None and revises(endings[row.id].disposition, row.disposition)
    ]
    await REVISE.make(session, {row.id: _revised(endings[row.id]) for row in rows})
    if rows:
        await _move_on(session, {row.delivery_id for row in rows}, ways, max(one.ended_at for one in endings.values()))
    return {row.id for row in rows}


def _revised(ending: Ending) -> Values:
    return {"disposition": ending.disposition, "ended_at": ending.ended_at, "cause": ending.cause}


async def _move_on(session: AsyncSession, delivery_ids: Collection[int], ways: Ways, now: datetime) -> None:
    """What a delivery became by its end is put right; one that is being sent again comes right by itself."""
    got_there = exists().where(Attempt.delivery_id == Delivery.id, Attempt.disposition.in_(GOT_THERE))
    query = select(Delivery, got_there).where(Delivery.id.in_(delivery_ids)).order_by(Delivery.id)
    query = query.execution_options(populate_existing=True)
    moved: dict[int, list[Delivery]] = defaultdict(list)
    for delivery, is_there in (await session.execute(query)).all():
        state = DeliveryState.DELIVERED if is_there else DeliveryState.FAILED
        if state in LATE_MOVES[delivery.state]:
            move(delivery, state, LATE_MOVES)
            delivery.ended_at = now
            moved[delivery.announcement_id].append(delivery)
    await session.flush()
    for announcement in (await hold(session, moved)).values():
        await learn_late(session, announcement, moved[announcement.id], ways, now)
        await complete_if_done(session, announcement, now)
