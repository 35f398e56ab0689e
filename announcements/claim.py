"""Claim the next due delivery for one call: check that it may go, and commit the attempt before anything rings."""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.audience import AudienceRule, dialable, wants
from announcements.completion import complete_if_done
from store.database import Store
from store.people import Subscriber
from store.states import (
    ANNOUNCEMENT_MOVES,
    DELIVERY_MOVES,
    LIVE_ANNOUNCEMENT_STATES,
    AnnouncementState,
    Channel,
    DeliveryState,
    move,
)
from store.work import Announcement, Attempt, Delivery, Recipient


@dataclass(frozen=True)
class Claimed:
    """A committed attempt that has to be originated now."""

    attempt_id: str
    # What the call has to show to our FastAGI server; only its hash is stored.
    token: str
    address: str
    # Key of the message in the renderings library.
    rendering: str


async def claim(store: Store, trunk: str, prefixes: Sequence[str], now: datetime) -> Claimed | None:
    """The next due voice delivery that ``trunk`` may dial, crisis first, then by age; None when nothing is due.

    Deliveries that may no longer go are expired or cancelled on the way. The announcement's row is held, see
    ``completion``.
    """
    due = _due(prefixes, now)
    while True:
        try:
            async with store.writing() as session:
                announcement_id = await session.scalar(due.with_only_columns(Delivery.announcement_id))
                if announcement_id is None:
                    return None
                announcement = await session.get_one(Announcement, announcement_id, with_for_update=True)
                delivery = await session.scalar(due.where(Delivery.announcement_id == announcement_id))
                if delivery is None:
                    continue  # another dispatcher was quicker
                claimed = await _take(session, delivery, announcement, trunk, now)
        except IntegrityError:
            # Another dispatcher has just put a call on that line; the partial unique index kept ours off.
            continue
        if claimed is not None:
            return claimed


async def _take(
    session: AsyncSession, delivery: Delivery, announcement: Announcement, trunk: str, now: datetime
) -> Claimed | None:
    """Start an attempt, or end a delivery that may no longer go."""
    barred = await _barred(session, delivery, announcement, now)
    if barred is None:
        return _start_attempt(session, delivery, announcement, trunk, now)
    move(delivery, barred, DELIVERY_MOVES)
    delivery.ended_at = now
    await complete_if_done(session, announcement, now)
    return None


def _due(prefixes: Sequence[str], now: datetime) -> Select[Delivery]:
    """The first delivery that may go now."""
    line_in_use = exists().where(Attempt.address == Delivery.address, Attempt.ended_at.is_(None))
    return (
        select(Delivery)
        .join(Announcement)
        .where(
            Delivery.channel == Channel.VOICE,
            Delivery.state == DeliveryState.QUEUED,
            Delivery.due_at <= now,
            Announcement.state.in_(LIVE_ANNOUNCEMENT_STATES),
            dialable(Delivery.address, prefixes),
            ~line_in_use,
        )
        .order_by(Delivery.priority, Delivery.due_at, Delivery.id)
        .limit(1)
    )


async def _barred(
    session: AsyncSession, delivery: Delivery, announcement: Announcement, now: datetime
) -> DeliveryState | None:
    """The final state of a delivery that may no longer go, None when it may."""
    if announcement.not_after is not None and now >= announcement.not_after:
        return DeliveryState.EXPIRED
    topics = AudienceRule.model_validate(announcement.audience).topics
    still_wanted = await session.scalar(
        select(Subscriber.id)
        .join(Recipient, Recipient.subscriber_id == Subscriber.id)
        .where(Recipient.delivery_id == delivery.id, wants(topics))
        .limit(1)
    )
    return None if still_wanted is not None else DeliveryState.CANCELLED


def _start_attempt(
    session: AsyncSession, delivery: Delivery, announcement: Announcement, trunk: str, now: datetime
) -> Claimed:
    claimed = Claimed(
        attempt_id=uuid.uuid4().hex,
        token=secrets.token_hex(16),
        address=delivery.address,
        rendering=announcement.rendering,
    )
    session.add(
        Attempt(
            id=claimed.attempt_id,
            delivery_id=delivery.id,
            address=claimed.address,
            trunk=trunk,
            token_hash=token_hash(claimed.token),
            started_at=now,
        )
    )
    move(delivery, DeliveryState.SENDING, DELIVERY_MOVES)
    if announcement.state is AnnouncementState.SCHEDULED:
        move(announcement, AnnouncementState.RUNNING, ANNOUNCEMENT_MOVES)
    return claimed


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
