"""The one idempotent door through which an attempt ends; the retry policy then says what becomes of the delivery."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CursorResult, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from announcements.audience import dialable
from announcements.completion import complete_if_done
from announcements.retry import Again, Finished, PastAttempt, RetryPolicy, decide
from store.people import Phone
from store.states import (
    DELIVERY_MOVES,
    LIVE_ANNOUNCEMENT_STATES,
    DeliveryState,
    Disposition,
    move,
)
from store.work import Announcement, Attempt, Delivery, Recipient


@dataclass(frozen=True)
class Ending:
    """How a call ended, as the dialer saw it."""

    disposition: Disposition
    ended_at: datetime
    cause: int | None = None
    answered_at: datetime | None = None
    # What the dialplan itself played of the message (to a machine, or when the service was away).
    played_seconds: float = 0.0


@dataclass(frozen=True)
class OutcomeRules:
    """What decides about a delivery after an attempt."""

    retries: RetryPolicy
    # The part of the message that a person has to hear, 0 to 1.
    heard_share: float
    # Numbers that some trunk may dial.
    prefixes: tuple[str, ...]


async def end_attempt(session: AsyncSession, attempt_id: str, ending: Ending, rules: OutcomeRules) -> bool:
    """Record the end of an attempt and move its delivery on.

    True when this call recorded it; False when it had ended already or is not ours, and nothing was changed.
    """
    if not await _close(session, attempt_id, ending):
        return False
    delivery = (
        await session.scalars(
            select(Delivery)
            .join(Attempt)
            .where(Attempt.id == attempt_id)
            .options(
                joinedload(Delivery.announcement),
                selectinload(Delivery.attempts),
                selectinload(Delivery.recipients),
            )
        )
    ).one()
    await _settle(session, delivery, ending.ended_at, rules)
    return True


async def _close(session: AsyncSession, attempt_id: str, ending: Ending) -> bool:
    """End the attempt row; the condition on ended_at makes whatever comes twice or late do nothing."""
    attempt = await session.get(Attempt, attempt_id)
    if attempt is None:
        return False
    disposition = ending.disposition
    if disposition is Disposition.UNKNOWN and attempt.answered_at is not None:
        disposition = Disposition.ANSWERED  # our FastAGI handler spoke with somebody
    closed = await session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.ended_at.is_(None))
        .values(
            ended_at=ending.ended_at,
            disposition=disposition,
            cause=ending.cause,
            answered_at=ending.answered_at or attempt.answered_at,
            heard_seconds=max(attempt.heard_seconds, ending.played_seconds),
        )
    )
    assert isinstance(closed, CursorResult)
    return closed.rowcount == 1


async def _settle(session: AsyncSession, delivery: Delivery, now: datetime, rules: OutcomeRules) -> None:
    announcement = delivery.announcement
    attempts = [attempt for attempt in delivery.attempts if attempt.ended_at is not None]
    spoken = [attempt for attempt in attempts if attempt.disposition is Disposition.ANSWERED]
    delivery.heard_seconds = max((attempt.heard_seconds for attempt in spoken), default=0.0)
    delivery.confirmed = any(attempt.confirmed for attempt in spoken)
    needed = rules.heard_share * announcement.message_seconds
    history = [_past(attempt, needed) for attempt in attempts]
    decision = decide(history, await _lines(session, delivery, rules.prefixes), rules.retries, announcement.not_after)
    _apply(delivery, decision, announcement, now)
    await complete_if_done(session, announcement, now)


def _past(attempt: Attempt, needed_seconds: float) -> PastAttempt:
    assert attempt.ended_at is not None
    assert attempt.disposition is not None
    heard = attempt.confirmed or attempt.heard_seconds >= needed_seconds
    return PastAttempt(
        address=attempt.address,
        disposition=attempt.disposition,
        ended_at=attempt.ended_at,
        heard_enough=heard and attempt.disposition is Disposition.ANSWERED,
    )


def _apply(delivery: Delivery, decision: Again | Finished, announcement: Announcement, now: datetime) -> None:
    if isinstance(decision, Finished):
        move(delivery, decision.state, DELIVERY_MOVES)
        delivery.ended_at = now
    elif announcement.state not in LIVE_ANNOUNCEMENT_STATES:  # stopped meanwhile
        move(delivery, DeliveryState.CANCELLED, DELIVERY_MOVES)
        delivery.ended_at = now
    else:
        move(delivery, DeliveryState.QUEUED, DELIVERY_MOVES)
        delivery.due_at = decision.at
        delivery.address = decision.address


async def _lines(session: AsyncSession, delivery: Delivery, prefixes: Sequence[str]) -> list[str]:
    """The numbers this delivery may ring: a shared line only itself; one person's other numbers too, except
    those that this announcement already rings for somebody else.
    """
    if len(delivery.recipients) != 1:
        return [delivery.address]
    taken = select(Delivery.address).where(
        Delivery.announcement_id == delivery.announcement_id,
        Delivery.channel == delivery.channel,
        Delivery.id != delivery.id,
    )
    numbers = await session.scalars(
        select(Phone.number)
        .join(Recipient, Recipient.subscriber_id == Phone.subscriber_id)
        .where(Recipient.delivery_id == delivery.id, dialable(Phone.number, prefixes), Phone.number.not_in(taken))
        .order_by(Phone.position)
    )
    return list(numbers) or [delivery.address]
