"""Claim due deliveries for calls: check that they may go, and commit their attempts before anything rings."""

import hashlib
import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.audience import AudienceRule, dialable, wants
from announcements.completion import complete_if_done, hold
from store.database import Store
from store.people import Subscriber
from store.states import (
    ANNOUNCEMENT_MOVES,
    CALLING_STATES,
    DELIVERY_MOVES,
    AnnouncementState,
    Channel,
    DeliveryState,
    Priority,
    move,
    next_state,
)
from store.work import Announcement, Attempt, Delivery, Recipient

Due = Row[int, int, str]


@dataclass(frozen=True)
class Wish:
    """What a dispatcher could call now: at most ``most`` deliveries, none less urgent than ``least``."""

    trunk: str
    prefixes: tuple[str, ...]
    most: int = 1
    least: Priority = Priority.NORMAL


@dataclass(frozen=True)
class Claimed:
    """A committed attempt that has to be originated now."""

    attempt_id: str
    # What the call has to show to our FastAGI server; only its hash is stored.
    token: str
    address: str
    # Key of the message in the renderings library.
    rendering: str
    priority: Priority
    # Keys that open the loudspeaker system on this line; None: people are called.
    code: str | None = None


async def claim(store: Store, wish: Wish, now: datetime) -> list[Claimed]:
    """Due voice deliveries that the trunk may dial, crisis first, then by age; empty when nothing is due.

    Deliveries that may no longer go are expired or cancelled on the way. The announcements' rows are held, see
    ``completion``.
    """
    while True:
        try:
            async with store.writing() as session:
                held = await hold(session, {row.announcement_id for row in await _due(session, wish, now)})
                due = await _due(session, wish, now, held)
                claimed = await _claim(session, wish.trunk, due, held, now)
                if claimed or not due:
                    return claimed
        except IntegrityError:
            # Another dispatcher has just put a call on one of the lines; the partial unique index kept ours off.
            continue


async def due_now(store: Store, wish: Wish, now: datetime) -> int:
    """How many deliveries a claim would find, at most ``wish.most``."""
    async with store.reading() as session:
        return len(await _due(session, wish, now))


async def _due(
    session: AsyncSession, wish: Wish, now: datetime, among: Mapping[int, Announcement] | None = None
) -> list[Due]:
    """The first deliveries that may go now, one a line."""
    by_line: dict[str, Due] = {}
    for priority in Priority:  # one by one: what waits for its retry in a higher one is then never read
        if priority > wish.least or len(by_line) >= wish.most:
            break
        rows = await session.execute(_due_of(priority, wish, now, among))
        for row in rows.all():
            by_line.setdefault(row.address, row)
    return list(by_line.values())[: wish.most]


def _due_of(
    priority: Priority, wish: Wish, now: datetime, among: Mapping[int, Announcement] | None
) -> Select[int, int, str]:
    line_in_use = exists().where(Attempt.address == Delivery.address, Attempt.ended_at.is_(None))
    calling = select(Announcement.id).where(Announcement.state.in_(CALLING_STATES))
    query = (
        select(Delivery.id, Delivery.announcement_id, Delivery.address)
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
    return query if among is None else query.where(Delivery.announcement_id.in_(among))


async def _claim(
    session: AsyncSession, trunk: str, due: Sequence[Due], held: Mapping[int, Announcement], now: datetime
) -> list[Claimed]:
    """Start an attempt for each delivery that may go, end those that may not."""
    wanted = await _wanted(session, due, held)
    late = [row.id for row in due if _overdue(held[row.announcement_id], now)]
    await _end(session, late, DeliveryState.EXPIRED, now)
    await _end(
        session, [row.id for row in due if row.id not in wanted and row.id not in late], DeliveryState.CANCELLED, now
    )
    going = [row for row in due if row.id in wanted and row.id not in late]
    if len(going) < len(due):
        for announcement in held.values():
            await complete_if_done(session, announcement, now)
    return await _start(session, trunk, going, held, now)


def _overdue(announcement: Announcement, now: datetime) -> bool:
    return announcement.not_after is not None and now >= announcement.not_after


async def _wanted(session: AsyncSession, due: Sequence[Due], held: Mapping[int, Announcement]) -> set[int]:
    """Those of the deliveries that somebody on the line still wants."""
    found: set[int] = set()
    for announcement in held.values():
        topics = AudienceRule.model_validate(announcement.audience).topics
        ids = [row.id for row in due if row.announcement_id == announcement.id]
        query = (
            select(Recipient.delivery_id)
            .join(Subscriber, Recipient.subscriber_id == Subscriber.id)
            .where(Recipient.delivery_id.in_(ids), wants(topics))
        )
        found.update(await session.scalars(query))
    return found


async def _end(session: AsyncSession, ids: Sequence[int], state: DeliveryState, now: datetime) -> None:
    if ids:
        ended = next_state(DeliveryState.QUEUED, state, DELIVERY_MOVES)
        await session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(state=ended, ended_at=now))


async def _start(
    session: AsyncSession, trunk: str, going: Sequence[Due], held: Mapping[int, Announcement], now: datetime
) -> list[Claimed]:
    if not going:
        return []
    claimed = [_claimed(row, held[row.announcement_id]) for row in going]
    await session.execute(insert(Attempt), list(_attempts(claimed, going, trunk, now)))
    sending = next_state(DeliveryState.QUEUED, DeliveryState.SENDING, DELIVERY_MOVES)
    await session.execute(update(Delivery).where(Delivery.id.in_([row.id for row in going])).values(state=sending))
    for announcement in {held[row.announcement_id] for row in going}:
        if announcement.state is AnnouncementState.SCHEDULED:
            move(announcement, AnnouncementState.RUNNING, ANNOUNCEMENT_MOVES)
    return claimed


def _claimed(row: Due, announcement: Announcement) -> Claimed:
    return Claimed(
        attempt_id=uuid.uuid4().hex,
        token=secrets.token_hex(16),
        address=row.address,
        rendering=announcement.rendering,
        priority=announcement.priority,
    )


def _attempts(
    claimed: Sequence[Claimed], going: Sequence[Due], trunk: str, now: datetime
) -> Iterable[Mapping[str, object]]:
    for one, row in zip(claimed, going, strict=True):
        yield {
            "id": one.attempt_id,
            "delivery_id": row.id,
            "address": one.address,
            "trunk": trunk,
            "token_hash": token_hash(one.token),
            "started_at": now,
        }


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
