"""What is due: the deliveries that a trunk could call now, crisis first, then by age."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from announcements.audience import dialable
from store.states import CALLING_STATES, Channel, DeliveryState, Disposition, Priority
from store.work import Announcement, Attempt, Delivery

# Delivery's id, announcement's id, line, since when.
Due = Row[int, int, str, datetime]


@dataclass(frozen=True)
class Wish:
    """What a dispatcher could call now: at most ``most`` deliveries, none less urgent than ``least``."""

    trunk: str
    prefixes: tuple[str, ...]
    most: int = 1
    least: Priority = Priority.NORMAL
    # Priorities whose window is closed at this hour: theirs keep their places till it opens.
    closed: frozenset[Priority] = frozenset()
    # Another trunk could take a delivery that this one has just answered with congestion.
    spare: bool = False


async def find_due(session: AsyncSession, wish: Wish, now: datetime, among: Collection[int] | None = None) -> list[Due]:
    """The first deliveries that may go now, one a line; ``among``: only of these announcements."""
    by_line: dict[str, Due] = {}
    for priority in Priority:  # one by one: what waits for its retry in a higher one is then never read
        if priority > wish.least or len(by_line) >= wish.most:
            break
        if priority in wish.closed:
            continue
        rows = await session.execute(_due_of(priority, wish, now, among))
        for row in rows.all():
            by_line.setdefault(row.address, row)
    return list(by_line.values())[: wish.most]


def _due_of(
    priority: Priority, wish: Wish, now: datetime, among: Collection[int] | None
) -> Select[int, int, str, datetime]:
    line_in_use = exists().where(Attempt.address == Delivery.address, Attempt.ended_at.is_(None))
    calling = select(Announcement.id).where(Announcement.state.in_(CALLING_STATES))
    query = (
        select(Delivery.id, Delivery.announcement_id, Delivery.address, Delivery.due_at)
        .where(
            Delivery.channel == Channel.VOICE,
            Delivery.state == DeliveryState.QUEUED,
            Delivery.priority == priority,
            Delivery.due_at <= now,
            Delivery.announcement_id.in_(calling),
            dialable(Delivery.address, wish.prefixes),
            ~line_in_use,
        )
        .order_by(Delivery.due_at, Delivery.id)
        .limit(wish.most)
    )
    if wish.spare:
        query = query.where(~_congested_on(wish.trunk))
    return query if among is None else query.where(Delivery.announcement_id.in_(among))


def _congested_on(trunk: str) -> ColumnElement[bool]:
    """The delivery's last attempt was this trunk's, and ended with congestion."""
    last = aliased(Attempt)
    later = exists().where(
        last.delivery_id == Attempt.delivery_id,
        last.started_at > Attempt.started_at,
        last.disposition != Disposition.WITHDRAWN,
    )
    return exists().where(
        Attempt.delivery_id == Delivery.id,
        Attempt.trunk == trunk,
        Attempt.disposition == Disposition.CONGESTION,
        ~later,
    )
