"""Whether a due delivery may go right now: its window, its people's wishes and quiet hours, the hour of the day."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.audience import AudienceRule, wants
from announcements.escalation import escalates
from announcements.windows import Openings, Quiet, earliest
from store.people import Phone, Subscriber
from store.rows import read
from store.states import DeliveryState, Disposition
from store.work import Announcement, Attempt, Delivery, Recipient

WITH_MESSAGE = select(Attempt.delivery_id).where(
    Attempt.delivery_id.in_(bindparam("ids", expanding=True)), Attempt.disposition == Disposition.MACHINE
)


@dataclass(frozen=True)
class Line:
    """What a call of one delivery needs to know of those who are called."""

    # Those on the line who still want it.
    people: tuple[Quiet, ...] = ()
    # Keys that open a loudspeaker system there.
    code: str | None = None
    # A machine there has the message already.
    has_message: bool = False


@dataclass(frozen=True)
class Go:
    pass


@dataclass(frozen=True)
class Later:
    at: datetime


@dataclass(frozen=True)
class Ends:
    state: DeliveryState


def verdict(announcement: Announcement, line: Line, calendar: Openings, now: datetime) -> Go | Later | Ends:
    """Pure. A delivery that nobody wants any more is cancelled; one that cannot go in its window expires.

    With *escalate* it only waits for the end: the next channel may be in time, see ``closing``.
    """
    end = announcement.not_after
    if end is not None and now >= end:
        return Ends(DeliveryState.EXPIRED)
    if not line.people:
        return Ends(DeliveryState.CANCELLED)
    # A loudspeaker has no quiet hours of its own.
    quiet = () if line.code else line.people
    at = earliest(announcement.priority, quiet, now, calendar)
    if end is not None and (at is None or at >= end):
        return Later(end) if escalates(announcement) else Ends(DeliveryState.EXPIRED)
    if at is None:
        return Ends(DeliveryState.EXPIRED)
    return Go() if at <= now else Later(at)


async def lines_of(
    session: AsyncSession, deliveries: Mapping[int, int], held: Mapping[int, Announcement]
) -> Mapping[int, Line]:
    """By delivery; ``deliveries``: their announcements' ids, ``held``: those announcements."""
    people: dict[int, list[Quiet]] = defaultdict(list)
    codes: dict[int, str] = {}
    for announcement in held.values():
        ids = [delivery for delivery, of in deliveries.items() if of == announcement.id]
        topics = tuple(AudienceRule.model_validate(announcement.audience).topics)
        for row in await read(session, _people_on(topics), {"deliveries": ids}):
            people[row.delivery_id].append(Quiet.of(row.quiet_from, row.quiet_to, row.paused_until))
            if row.code:
                codes[row.delivery_id] = row.code
    left = await _with_message(session, deliveries)
    return {one: Line(tuple(people[one]), codes.get(one), one in left) for one in deliveries}


@lru_cache(maxsize=64)
def _people_on(topics: tuple[str, ...]) -> Select[int, time | None, time | None, datetime | None, str | None]:
    """Those on the lines of ``deliveries`` who still want it; built once for each announcement's topics."""
    return (
        select(
            Recipient.delivery_id,
            Subscriber.quiet_from,
            Subscriber.quiet_to,
            Subscriber.paused_until,
            func.max(Phone.code).label("code"),
        )
        .join(Subscriber, Recipient.subscriber_id == Subscriber.id)
        .join(Delivery, Delivery.id == Recipient.delivery_id)
        .join(Phone, (Phone.subscriber_id == Subscriber.id) & (Phone.number == Delivery.address), isouter=True)
        .where(Recipient.delivery_id.in_(bindparam("deliveries", expanding=True)), wants(topics))
        .group_by(
            Recipient.delivery_id,
            Recipient.subscriber_id,
            Subscriber.quiet_from,
            Subscriber.quiet_to,
            Subscriber.paused_until,
        )
    )


async def _with_message(session: AsyncSession, ids: Collection[int]) -> set[int]:
    """Where a machine has the message: it gets it only once, however often it answers."""
    return set(await session.scalars(WITH_MESSAGE, {"ids": list(ids)}))
