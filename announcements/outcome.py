"""The one idempotent door through which an attempt ends; the retry policy then says what becomes of the delivery."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, selectinload

from announcements.audience import dialable
from announcements.completion import complete_if_done, hold
from announcements.retry import Again, Finished, PastAttempt, RetryPolicy, decide
from announcements.windows import Calendar
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
    # In the town's currency; None on a trunk without a tariff.
    price: Decimal | None = None


@dataclass(frozen=True)
class OutcomeRules:
    """What decides about a delivery after an attempt."""

    retries: RetryPolicy
    # The part of the message that a person has to hear, 0 to 1.
    heard_share: float
    # Numbers that some trunk may dial.
    prefixes: tuple[str, ...]
    calendar: Calendar


async def end_attempts(session: AsyncSession, endings: Mapping[str, Ending], rules: OutcomeRules) -> set[str]:
    """Record the ends of attempts, by their ids, and move their deliveries on.

    Gives the ids recorded here. Those that had ended already, or are not ours, change nothing.
    """
    ids = select(Delivery.announcement_id).join(Attempt).where(Attempt.id.in_(endings)).distinct()
    held = await hold(session, set(await session.scalars(ids)))
    attempts = await _open_attempts(session, endings)
    for attempt in attempts:
        _close(attempt, endings[attempt.id])
    await session.flush()
    ended = {attempt.delivery_id: attempt for attempt in attempts}
    deliveries = await _deliveries(session, ended)
    lines = await _lines(session, deliveries, rules.prefixes)
    for delivery in deliveries:
        decision = _decide(delivery, lines[delivery.id], held[delivery.announcement_id], rules)
        now = ended[delivery.id].ended_at
        assert now is not None
        _apply(delivery, decision, held[delivery.announcement_id], now)
    await _complete(session, deliveries, held)
    return {attempt.id for attempt in attempts}


async def _open_attempts(session: AsyncSession, ids: Collection[str]) -> Sequence[Attempt]:
    """Held, so that what is heard on the phone is in them by now, or waits for us."""
    query = select(Attempt).where(Attempt.id.in_(ids), Attempt.ended_at.is_(None)).order_by(Attempt.id)
    return (await session.scalars(query.with_for_update())).all()


def _close(attempt: Attempt, ending: Ending) -> None:
    attempt.ended_at = ending.ended_at
    attempt.cause = ending.cause
    attempt.price = ending.price
    attempt.disposition = ending.disposition
    if ending.disposition is Disposition.UNKNOWN and attempt.answered_at is not None:
        attempt.disposition = Disposition.ANSWERED  # our FastAGI handler spoke with somebody
    attempt.answered_at = ending.answered_at or attempt.answered_at
    attempt.heard_seconds = max(attempt.heard_seconds, ending.played_seconds)


async def _deliveries(session: AsyncSession, ids: Collection[int]) -> Sequence[Delivery]:
    query = select(Delivery).where(Delivery.id.in_(ids)).options(selectinload(Delivery.attempts))
    return (await session.scalars(query)).all()


def _decide(
    delivery: Delivery, lines: Sequence[str], announcement: Announcement, rules: OutcomeRules
) -> Again | Finished:
    attempts = [attempt for attempt in delivery.attempts if attempt.ended_at is not None]
    spoken = [attempt for attempt in attempts if attempt.disposition is Disposition.ANSWERED]
    delivery.heard_seconds = max((attempt.heard_seconds for attempt in spoken), default=0.0)
    delivery.confirmed = any(attempt.confirmed for attempt in spoken)
    needed = rules.heard_share * announcement.message_seconds
    history = [_past(attempt, needed) for attempt in attempts]
    return decide(
        history,
        lines,
        rules.retries,
        announcement.not_after,
        due_at=delivery.due_at,
        priority=announcement.priority,
        calendar=rules.calendar,
    )


async def _complete(session: AsyncSession, deliveries: Sequence[Delivery], held: Mapping[int, Announcement]) -> None:
    """At the moment when the last of its deliveries ended."""
    for announcement in held.values():
        ends = [d.ended_at for d in deliveries if d.announcement_id == announcement.id and d.ended_at is not None]
        if ends:
            await complete_if_done(session, announcement, max(ends))


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


async def _lines(
    session: AsyncSession, deliveries: Sequence[Delivery], prefixes: Sequence[str]
) -> dict[int, list[str]]:
    """By delivery, the numbers it may ring: a shared line only itself; one person's other numbers too, except those
    that this announcement already rings for somebody else.
    """
    ids = [delivery.id for delivery in deliveries]
    alone = (
        select(Recipient.delivery_id)
        .where(Recipient.delivery_id.in_(ids))
        .group_by(Recipient.delivery_id)
        .having(func.count() == 1)
    )
    other = aliased(Delivery)
    taken = exists().where(
        other.announcement_id == Delivery.announcement_id,
        other.channel == Delivery.channel,
        other.address == Phone.number,
        other.id != Delivery.id,
    )
    rows = await session.execute(
        select(Delivery.id, Phone.number)
        .join(Recipient, Recipient.delivery_id == Delivery.id)
        .join(Phone, Phone.subscriber_id == Recipient.subscriber_id)
        .where(Delivery.id.in_(alone), dialable(Phone.number, prefixes), ~taken)
        .order_by(Phone.position)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for delivery_id, number in rows:
        found[delivery_id].append(number)
    return {delivery.id: found[delivery.id] or [delivery.address] for delivery in deliveries}
