"""Somebody missed our call and rings back: what they hear then counts as heard, and nobody rings them about it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.completion import complete_if_done, hold
from announcements.escalation import escalates, stop_rest
from announcements.listening import Told, holds, told_on
from store.states import DELIVERY_MOVES, Channel, DeliveryState, Disposition, move
from store.work import Announcement, Attempt, Delivery

# Where an attempt's trunk is named: the person paid for this one.
RING_BACK = "ring-back"


@dataclass(frozen=True)
class Missed:
    """A delivery that has not been heard."""

    delivery_id: int
    told: Told


@dataclass(frozen=True)
class RingBack:
    """What somebody heard who rang back. ``call_id``: ours, of their call."""

    call_id: str
    number: str
    began_at: datetime
    ended_at: datetime
    heard_seconds: float


async def missed_by(session: AsyncSession, number: str, since: datetime, now: datetime) -> Sequence[Missed]:
    """What this line was rung for in vain, or still waits for, and may be heard now; the newest first."""
    rung = exists().where(Attempt.delivery_id == Delivery.id, Attempt.address == number)
    unheard = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.FAILED)
    rows = (
        await session.execute(
            select(Delivery.id, Announcement)
            .join(Announcement)
            .where(
                Delivery.channel == Channel.VOICE,
                Delivery.state.in_(unheard),
                or_(rung, Delivery.address == number),
                holds(since, now),
            )
            .order_by(Announcement.id.desc())
        )
    ).all()
    told = await told_on(session, [row.Announcement for row in rows], number)
    return [Missed(row.id, one) for row, one in zip(rows, told, strict=True)]


async def heard_by_ringing_back(session: AsyncSession, delivery_id: int, ring_back: RingBack, share: float) -> bool:
    """Record it as an attempt of the delivery, which thereby is delivered. Twice changes nothing.

    ``share``: the part of the message that has to be heard; less changes nothing either, and gives False. Where our own
    call to the person is in progress, its end moves the delivery: the retry policy sees this attempt by then. The
    announcement's row is held, see ``completion``.
    """
    announcement_id = await session.scalar(select(Delivery.announcement_id).where(Delivery.id == delivery_id))
    held = await hold(session, [announcement_id] if announcement_id else [])
    needed = [share * told.seconds for told in await told_on(session, list(held.values()), ring_back.number)]
    if announcement_id is None or ring_back.heard_seconds < max(needed):
        return False
    delivery = await session.get_one(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    attempt = _attempt(delivery_id, ring_back)
    if await session.get(Attempt, attempt.id) is None:
        session.add(attempt)
        _deliver(delivery, ring_back)
        await session.flush()
        if escalates(held[announcement_id]):
            await stop_rest(session, announcement_id, [delivery_id], ring_back.ended_at)
        await complete_if_done(session, held[announcement_id], ring_back.ended_at)
    return True


def _attempt(delivery_id: int, ring_back: RingBack) -> Attempt:
    """Its id is made of the call's and the delivery's, for one call may hear several. No token opens it."""
    return Attempt(
        id=uuid.uuid5(uuid.UUID(ring_back.call_id), str(delivery_id)).hex,
        delivery_id=delivery_id,
        address=ring_back.number,
        trunk=RING_BACK,
        token_hash="",
        started_at=ring_back.began_at,
        answered_at=ring_back.began_at,
        ended_at=ring_back.ended_at,
        disposition=Disposition.ANSWERED,
        heard_seconds=ring_back.heard_seconds,
    )


def _deliver(delivery: Delivery, ring_back: RingBack) -> None:
    if delivery.state is DeliveryState.QUEUED:
        move(delivery, DeliveryState.SENDING, DELIVERY_MOVES)
    elif delivery.state is not DeliveryState.FAILED:
        return
    move(delivery, DeliveryState.DELIVERED, DELIVERY_MOVES)
    delivery.heard_seconds = max(delivery.heard_seconds, ring_back.heard_seconds)
    delivery.ended_at = ring_back.ended_at
