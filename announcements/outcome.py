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
from store.rows import Change, Values, read
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
CLOSE = Change(Attempt, "ended_at", "cause", "price", "disposition", "answered_at", "heard_seconds")
FINISH = Change(Delivery, "state", "ended_at", "heard_seconds", "confirmed")
TRY_AGAIN = Change(Delivery, "state", "due_at", "address", "heard_seconds", "confirmed")


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
    attempts = await read(session, OPEN_ATTEMPTS, {"ids": list(endings)})
    if not attempts:
        return set()
    await CLOSE.make(session, {attempt.id: _closed(attempt, endings[attempt.id]) for attempt in attempts})
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
    deliveries = await read(session, DELIVERIES, ids)
    histories = defaultdict(list)
    for attempt in await read(session, ENDED_ATTEMPTS, ids):
        histories[attempt.delivery_id].append(attempt)
    tried = {attempt.address for attempts in histories.values() for attempt in attempts}
    own = await own_renderings(session, held.values(), tried)
    lines = await _lines(session, [row for row in deliveries if row.channel is Channel.VOICE], rules.ways.voice)
    cases = [
        decided(row, histories[row.id], lines.get(row.id, ()), held[row.announcement_id], rules, own, ended_at[row.id])
        for row in deliveries
    ]
    gone_on = await hand_over(session, cases, rules.ways)
    settled = [(case, _settled(case, gone_on=case.delivery.id in gone_on)) for case in cases]
    over = {case.delivery.id: _over(case, what) for case, what in settled if isinstance(what, Finished)}
    again = {case.delivery.id: _again(case, what) for case, what in settled if isinstance(what, Again)}
    await FINISH.make(session, over)
    await TRY_AGAIN.make(session, again)
    await spare_the_rest(session, cases)


def _settled(case: Case, *, gone_on: bool) -> Again | Finished:
    """What becomes of the delivery. ``gone_on``: its people are told by another channel now."""
    if isinstance(case.decision, Finished):
        return case.decision
    if gone_on:
        return Finished(DeliveryState.FAILED)
    stopped = case.announcement.state not in LIVE_ANNOUNCEMENT_STATES
    return Finished(DeliveryState.CANCELLED) if stopped else case.decision


def _over(case: Case, decision: Finished) -> Values:
    state = next_state(case.delivery.state, decision.state, DELIVERY_MOVES)
    return {"state": state, "ended_at": case.now, **_heard(case)}


def _again(case: Case, decision: Again) -> Values:
    """Due at another time, maybe on another line."""
    state = next_state(case.delivery.state, DeliveryState.QUEUED, DELIVERY_MOVES)
    return {"state": state, "due_at": decision.at, "address": decision.address, **_heard(case)}


def _heard(case: Case) -> Values:
    spoken = [attempt for attempt in case.attempts if attempt.disposition is Disposition.ANSWERED]
    return {
        "heard_seconds": max((attempt.heard_seconds for attempt in spoken), default=0.0),
        "confirmed": any(attempt.confirmed for attempt in spoken),
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
