"""The one idempotent door through which an attempt ends; the retry policy then says what becomes of the delivery."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

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
    announcement = await session.scalar(
        select(Announcement)
        .join(Delivery)
        .join(Attempt)
        .where(Attempt.id == attempt_id)
        .with_for_update(of=Announcement)
    )
    if announcement is None or not await _close(session, attempt_id, ending):
        return False
    delivery = (
        await session.scalars(
            select(Delivery)
            .join(Attempt)
            .where(Attempt.id == attempt_id)
            .options(selectinload(Delivery.attempts), selectinload(Delivery.recipients))
        )
    ).one()
    await _settle(session, delivery, announcement, ending.ended_at, rules)
    return True


async def _close(session: AsyncSession, attempt_id: str, ending: Ending) -> bool:
    """End the attempt's row, unless it has ended; what was heard on the phone is in it by now, or waits for us."""
    attempt = await session.get_one(Attempt, attempt_id, with_for_update=True)
    if attempt.ended_at is not None:
        return False
    attempt.ended_at = ending.ended_at
    attempt.cause = ending.cause
    attempt.disposition = ending.disposition
    if ending.disposition is Disposition.UNKNOWN and attempt.answered_at is not None:
        attempt.disposition = Disposition.ANSWERED  # our FastAGI handler spoke with somebody
    attempt.answered_at = ending.answered_at or attempt.answered_at
    attempt.heard_seconds = max(attempt.heard_seconds, ending.played_seconds)
    return True


async def _settle(
    session: AsyncSession, delivery: Delivery, announcement: Announcement, now: datetime, rules: OutcomeRules
) -> None:
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
