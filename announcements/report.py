"""The truthful report of one announcement: every recipient, every attempt, and totals."""

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


class AttemptReport(BaseModel):
    id: str
    phone: str
    disposition: Disposition | None
    cause: int | None
    trunk: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    heard_seconds: float
    # None on a trunk without a price, and while the call lasts.
    price: Decimal | None = None


class DeliveryReport(BaseModel):
    """One recipient; people who share a line share its attempts."""

    subscriber: str
    phone: str
    channel: Channel
    state: DeliveryState
    heard_seconds: float
    confirmed: bool
    attempts: list[AttemptReport]


class Totals(BaseModel):
    """Counts are recipients, except ``lines``, ``attempts`` (calls), ``minutes`` (of answered calls) and ``price``.

    ``machine`` counts recipients whose line ended with an answering machine; they are among ``failed``, for no
    person heard it. queued + sending + delivered + failed + expired + cancelled = people.
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


class TrunkReport(BaseModel):
    """What went over one trunk; price in the town's currency."""

    trunk: str
    attempts: int
    minutes: float
    price: Decimal


class Report(BaseModel):
    id: int
    title: str
    state: AnnouncementState
    created_at: datetime
    ended_at: datetime | None
    # The announcement that this one corrects.
    corrects: int | None = None
    totals: Totals
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
    )


def _totals(deliveries: Sequence[Delivery]) -> Totals:
    attempts = [attempt for delivery in deliveries for attempt in delivery.attempts]

    def people(wanted: Iterable[Delivery]) -> int:
        return sum(len(delivery.recipients) for delivery in wanted)

    by_state = {
        state.value: people(delivery for delivery in deliveries if delivery.state is state) for state in DeliveryState
    }
    return Totals(
        people=people(deliveries),
        lines=len(deliveries),
        confirmed=people(delivery for delivery in deliveries if delivery.confirmed),
        machine=people(delivery for delivery in deliveries if _ended_with_machine(delivery)),
        attempts=len(attempts),
        minutes=_minutes(attempts),
        price=_price(attempts),
        **by_state,
    )


def _trunks(attempts: Sequence[Attempt]) -> list[TrunkReport]:
    by_trunk: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        by_trunk.setdefault(attempt.trunk, []).append(attempt)
    return [
        TrunkReport(trunk=trunk, attempts=len(its), minutes=_minutes(its), price=_price(its))
        for trunk, its in sorted(by_trunk.items())
    ]


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
