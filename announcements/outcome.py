"""The one idempotent door through which an attempt ends; the retry policy then says what becomes of the delivery."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from sqlalchemy import BindParameter, Row, Select, bindparam, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from announcements.audience import dialable
from announcements.callbacks import end_callback_calls
from announcements.completion import complete_if_done
from announcements.decision import Case, DeliveryRow, OutcomeRules, decided
from announcements.escalation import hand_over, spare_the_rest
from announcements.renderings import own_renderings
from announcements.retry import Again, Finished
from store.people import Phone
from store.rows import ITS, setting, write
from store.states import (
    DELIVERY_MOVES,
    LIVE_ANNOUNCEMENT_STATES,
    Channel,
    DeliveryState,
    Disposition,
    next_state,
)
from store.work import Announcement, Attempt, Delivery, Recipient

# Built once, for building a query costs more than running it.
IDS: BindParameter[str | int] = bindparam("ids", expanding=True)
ANNOUNCEMENTS_OF = (
    select(Announcement)
    .where(Announcement.id.in_(select(Delivery.announcement_id).join(Attempt).where(Attempt.id.in_(IDS))))
    .order_by(Announcement.id)
    .with_for_update()
)
# Held, so that what is heard on the phone is in them by now, or waits for us.
OPEN_ATTEMPTS = (
    select(Attempt.id, Attempt.delivery_id, Attempt.callback_id, Attempt.answered_at, Attempt.heard_seconds)
    .where(Attempt.id.in_(IDS), Attempt.ended_at.is_(None))
    .order_by(Attempt.id)
    .with_for_update()
)
DELIVERIES = select(
    Delivery.id, Delivery.announcement_id, Delivery.address, Delivery.state, Delivery.due_at, Delivery.channel
).where(Delivery.id.in_(IDS))
ENDED_ATTEMPTS = (
    select(
        Attempt.delivery_id,
        Attempt.address,
        Attempt.trunk,
        Attempt.disposition,
        Attempt.ended_at,
        Attempt.heard_seconds,
        Attempt.confirmed,
        Attempt.accepted_at,
    )
    .where(Attempt.delivery_id.in_(IDS), Attempt.ended_at.is_not(None))
    .order_by(Attempt.started_at)
)
CLOSE = setting(Attempt, "ended_at", "cause", "price", "disposition", "answered_at", "heard_seconds")
MOVE = setting(Delivery, "state", "due_at", "address", "ended_at", "heard_seconds", "confirmed")
Values = dict[str, object]


@dataclass(frozen=True)
class Ending:
    """How an attempt ended, as whoever sent it saw it."""

    disposition: Disposition
    ended_at: datetime
    # The raw number of whoever told: Q.850 of a call, the status of a report or a mail server.
    cause: int | None = None
    answered_at: datetime | None = None
    # What the dialplan itself played of the message (to a machine, or when the service was away).
    played_seconds: float = 0.0
    # In the town's currency; None where there is no price.
    price: Decimal | None = None


async def end_attempts(session: AsyncSession, endings: Mapping[str, Ending], rules: OutcomeRules) -> set[str]:
    """Record the ends of attempts, by their ids, and move their deliveries and call-backs on.

    Gives the ids recorded here. Those that had ended already, or are not ours, change nothing.
    """
    held = {one.id: one for one in await session.scalars(ANNOUNCEMENTS_OF, {"ids": list(endings)})}
    attempts = (await session.execute(OPEN_ATTEMPTS, {"ids": list(endings)})).all()
    if not attempts:
        return set()
    await write(session, CLOSE, [_closed(attempt, endings[attempt.id]) for attempt in attempts])
    await end_callback_calls(session, {a.callback_id: endings[a.id].ended_at for a in attempts if a.callback_id})
    if ended_at := {a.delivery_id: endings[a.id].ended_at for a in attempts if a.delivery_id}:
        await _move(session, ended_at, held, rules)
        for announcement in held.values():
            await complete_if_done(session, announcement, max(ended_at.values()))
    return {attempt.id for attempt in attempts}


def _closed(attempt: Row[str, int | None, int | None, datetime | None, float], ending: Ending) -> Values:
    """What becomes of the attempt's row."""
    disposition = ending.disposition
    if disposition is Disposition.UNKNOWN and attempt.answered_at is not None:
        disposition = Disposition.ANSWERED  # our FastAGI handler spoke with somebody
    return {
        ITS: attempt.id,
        "ended_at": ending.ended_at,
        "cause": ending.cause,
        "price": ending.price,
        "disposition": disposition,
        "answered_at": ending.answered_at or attempt.answered_at,
        "heard_seconds": max(attempt.heard_seconds, ending.played_seconds),
    }


async def _move(
    session: AsyncSession, ended_at: Mapping[int, datetime], held: Mapping[int, Announcement], rules: OutcomeRules
) -> None:
    """Put the deliveries where the policies say."""
    ids = {"ids": list(ended_at)}
    deliveries = (await session.execute(DELIVERIES, ids)).all()
    histories = defaultdict(list)
    for attempt in await session.execute(ENDED_ATTEMPTS, ids):
        histories[attempt.delivery_id].append(attempt)
    tried = {attempt.address for attempts in histories.values() for attempt in attempts}
    own = await own_renderings(session, held.values(), tried)
    lines = await _lines(session, [row for row in deliveries if row.channel is Channel.VOICE], rules.ways.voice)
    cases = [
        decided(row, histories[row.id], lines.get(row.id, ()), held[row.announcement_id], rules, own, ended_at[row.id])
        for row in deliveries
    ]
    gone_on = await hand_over(session, cases, rules.ways)
    moves = [_moved(case, gone_on=case.delivery.id in gone_on) for case in cases]
    await write(session, MOVE, moves)
    await spare_the_rest(session, cases)


def _moved(case: Case, *, gone_on: bool) -> Values:
    """What becomes of the delivery's row. ``gone_on``: its people are told by another channel now."""
    spoken = [attempt for attempt in case.attempts if attempt.disposition is Disposition.ANSWERED]
    over = gone_on and isinstance(case.decision, Again)
    decision = Finished(DeliveryState.FAILED) if over else case.decision
    return {
        ITS: case.delivery.id,
        "heard_seconds": max((attempt.heard_seconds for attempt in spoken), default=0.0),
        "confirmed": any(attempt.confirmed for attempt in spoken),
        **_next(case.delivery, decision, case.announcement, case.now),
    }


def _next(delivery: DeliveryRow, decision: Again | Finished, announcement: Announcement, now: datetime) -> Values:
    """State, due time and line of the delivery from now on."""
    if isinstance(decision, Again) and announcement.state in LIVE_ANNOUNCEMENT_STATES:
        state, due_at, line, ended_at = DeliveryState.QUEUED, decision.at, decision.address, None
    else:  # over, or stopped meanwhile
        final = decision.state if isinstance(decision, Finished) else DeliveryState.CANCELLED
        state, due_at, line, ended_at = final, delivery.due_at, delivery.address, now
    return {
        "state": next_state(delivery.state, state, DELIVERY_MOVES),
        "due_at": due_at,
        "address": line,
        "ended_at": ended_at,
    }


async def _lines(
    session: AsyncSession, deliveries: Sequence[DeliveryRow], prefixes: Sequence[str]
) -> dict[int, list[str]]:
    """By delivery, the numbers it may ring: a shared line only itself; one person's other numbers too, except those
    that this announcement already rings for somebody else.
    """
    if not deliveries:
        return {}
    rows = await session.execute(_numbers_of(tuple(prefixes)), {"ids": [delivery.id for delivery in deliveries]})
    found: dict[int, list[str]] = defaultdict(list)
    for delivery_id, number in rows:
        found[delivery_id].append(number)
    return {delivery.id: found[delivery.id] or [delivery.address] for delivery in deliveries}


@lru_cache(maxsize=64)
def _numbers_of(prefixes: tuple[str, ...]) -> Select[int, str]:
    alone = (
        select(Recipient.delivery_id)
        .where(Recipient.delivery_id.in_(IDS))
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
    return (
        select(Delivery.id, Phone.number)
        .join(Recipient, Recipient.delivery_id == Delivery.id)
        .join(Phone, Phone.subscriber_id == Recipient.subscriber_id)
        .where(Delivery.id.in_(alone), dialable(Phone.number, prefixes), ~taken)
        .order_by(Phone.position)
    )
