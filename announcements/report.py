"""The truthful report of one announcement: every recipient, every attempt, and totals."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from announcements.control import find_announcement
from announcements.money import NOTHING, SHOWN
from store.states import AnnouncementState, Channel, DeliveryState, Disposition
from store.work import Announcement, Attempt, Delivery, Recipient

# Of what became of one person by several channels, the first of these counts.
BEST_FIRST = (
    DeliveryState.DELIVERED,
    DeliveryState.SENDING,
    DeliveryState.QUEUED,
    DeliveryState.FAILED,
    DeliveryState.EXPIRED,
    DeliveryState.CANCELLED,
)


class AttemptReport(BaseModel):
    id: str
    # The address, as ``DeliveryReport.phone``.
    phone: str
    disposition: Disposition | None
    cause: int | None
    trunk: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    heard_seconds: float
    # None where there is no price, and while it is under way.
    price: Decimal | None = None
    # When a gateway or mail server took the text, and in how many SMS parts it went.
    accepted_at: datetime | None = None
    parts: int | None = None


class DeliveryReport(BaseModel):
    """One recipient on one channel; people who share an address share its attempts.

    ``phone`` is the address: a number, or an e-mail address.
    """

    subscriber: str
    phone: str
    channel: Channel
    state: DeliveryState
    heard_seconds: float
    confirmed: bool
    attempts: list[AttemptReport]


class Totals(BaseModel):
    """Counts are people, except ``lines``, ``attempts``, ``minutes`` (of answered calls) and ``price``.

    Somebody who was told by several channels counts once, by the best that became of it: delivered, if one of them got
    there. ``machine`` counts those whose line ended with an answering machine; no person heard it there. queued +
    sending + delivered + failed + expired + cancelled = people.
    """

    people: int
    lines: int
    delivered: int
    confirmed: int
    machine: int
    failed: int
    expired: int
    cancelled: int
    queued: int
    sending: int
    attempts: int
    minutes: float
    price: Decimal


class ChannelReport(BaseModel):
    """What went by one channel: recipients by what became of them, and what it took; price in the town's currency."""

    channel: Channel
    people: int
    addresses: int
    delivered: int
    attempts: int
    # Of answered calls.
    minutes: float
    # Of SMS that a gateway took.
    parts: int
    price: Decimal


class TrunkReport(BaseModel):
    """What went over one trunk, or one adapter of a text channel; price in the town's currency."""

    trunk: str
    attempts: int
    minutes: float
    price: Decimal
    parts: int = 0


class Report(BaseModel):
    id: int
    title: str
    state: AnnouncementState
    created_at: datetime
    ended_at: datetime | None
    # The announcement that this one corrects.
    corrects: int | None = None
    totals: Totals
    channels: list[ChannelReport] = []
    trunks: list[TrunkReport] = []
    deliveries: list[DeliveryReport]


async def report(session: AsyncSession, announcement_id: int) -> Report:
    """Raises InputError for an unknown id."""
    announcement = await find_announcement(session, announcement_id)
    deliveries = (
        await session.scalars(
            select(Delivery)
            .where(Delivery.announcement_id == announcement_id)
            .order_by(Delivery.id)
            .options(
                selectinload(Delivery.attempts),
                selectinload(Delivery.recipients).joinedload(Recipient.subscriber),
            )
        )
    ).all()
    return Report(
        id=announcement.id,
        title=announcement.title,
        state=announcement.state,
        created_at=announcement.created_at,
        ended_at=announcement.ended_at,
        corrects=announcement.corrects_id,
        totals=_totals(deliveries),
        channels=_channels(deliveries),
        trunks=_trunks([attempt for delivery in deliveries for attempt in delivery.attempts]),
        deliveries=[row for delivery in deliveries for row in _rows(delivery)],
    )


async def summaries(session: AsyncSession) -> list[Announcement]:
    """All announcements, newest first."""
    return list(await session.scalars(select(Announcement).order_by(Announcement.id.desc())))


def _rows(delivery: Delivery) -> Iterable[DeliveryReport]:
    attempts = [_attempt(attempt) for attempt in delivery.attempts]
    for recipient in delivery.recipients:
        yield DeliveryReport(
            subscriber=recipient.subscriber.name,
            phone=delivery.address,
            channel=delivery.channel,
            state=delivery.state,
            heard_seconds=round(delivery.heard_seconds, 1),
            confirmed=delivery.confirmed,
            attempts=attempts,
        )


def _attempt(attempt: Attempt) -> AttemptReport:
    return AttemptReport(
        id=attempt.id,
        phone=attempt.address,
        disposition=attempt.disposition,
        cause=attempt.cause,
        trunk=attempt.trunk,
        started_at=attempt.started_at,
        answered_at=attempt.answered_at,
        ended_at=attempt.ended_at,
        heard_seconds=round(attempt.heard_seconds, 1),
        price=attempt.price,
        accepted_at=attempt.accepted_at,
        parts=attempt.parts,
    )


def _totals(deliveries: Sequence[Delivery]) -> Totals:
    attempts = [attempt for delivery in deliveries for attempt in delivery.attempts]
    by_state = Counter(_best_states(deliveries).values())
    return Totals(
        people=by_state.total(),
        lines=sum(delivery.channel is Channel.VOICE for delivery in deliveries),
        confirmed=_people(delivery for delivery in deliveries if delivery.confirmed),
        machine=_people(delivery for delivery in deliveries if _ended_with_machine(delivery)),
        attempts=len(attempts),
        minutes=_minutes(attempts),
        price=_price(attempts),
        **{state.value: by_state[state] for state in DeliveryState},
    )


def _best_states(deliveries: Iterable[Delivery]) -> dict[int, DeliveryState]:
    """By subscriber, the best of what became of their deliveries."""
    best: dict[int, DeliveryState] = {}
    for delivery in deliveries:
        for recipient in delivery.recipients:
            before = best.get(recipient.subscriber_id, delivery.state)
            best[recipient.subscriber_id] = min(before, delivery.state, key=BEST_FIRST.index)
    return best


def _people(deliveries: Iterable[Delivery]) -> int:
    return len({recipient.subscriber_id for delivery in deliveries for recipient in delivery.recipients})


def _channels(deliveries: Sequence[Delivery]) -> list[ChannelReport]:
    by_channel = {channel: [one for one in deliveries if one.channel is channel] for channel in Channel}
    return [_channel(channel, its) for channel, its in by_channel.items() if its]


def _channel(channel: Channel, deliveries: Sequence[Delivery]) -> ChannelReport:
    attempts = [attempt for delivery in deliveries for attempt in delivery.attempts]
    return ChannelReport(
        channel=channel,
        people=_people(deliveries),
        addresses=len(deliveries),
        delivered=_people(one for one in deliveries if one.state is DeliveryState.DELIVERED),
        attempts=len(attempts),
        minutes=_minutes(attempts),
        parts=_parts(attempts),
        price=_price(attempts),
    )


def _trunks(attempts: Sequence[Attempt]) -> list[TrunkReport]:
    by_trunk: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        by_trunk.setdefault(attempt.trunk, []).append(attempt)
    return [
        TrunkReport(trunk=trunk, attempts=len(its), minutes=_minutes(its), price=_price(its), parts=_parts(its))
        for trunk, its in sorted(by_trunk.items())
    ]


def _parts(attempts: Iterable[Attempt]) -> int:
    return sum(attempt.parts or 0 for attempt in attempts)


def _minutes(attempts: Iterable[Attempt]) -> float:
    return round(sum(map(_seconds_up, attempts)) / 60, 1)


def _price(attempts: Iterable[Attempt]) -> Decimal:
    return sum((attempt.price for attempt in attempts if attempt.price), NOTHING).quantize(SHOWN)


def _ended_with_machine(delivery: Delivery) -> bool:
    return delivery.state is DeliveryState.FAILED and any(
        attempt.disposition is Disposition.MACHINE for attempt in delivery.attempts
    )


def _seconds_up(attempt: Attempt) -> float:
    if attempt.answered_at is None or attempt.ended_at is None:
        return 0.0
    return (attempt.ended_at - attempt.answered_at).total_seconds()
