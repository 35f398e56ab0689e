"""How far an announcement has got, and when it will be over as far as its calls up to now tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.windows import Calendar
from store.states import FINAL_DELIVERY_STATES, AnnouncementState, Channel, DeliveryState, Disposition, Priority
from store.work import Announcement, Attempt, Delivery

# The pace is that of the latest calls, so that it follows a trunk that comes or goes.
RECENT_CALLS = 200
# A longer gap between two calls was a pause, a night or a lost trunk, and tells nothing of the pace.
GAP_SECONDS = 120.0
# However badly the first calls went, one in so many ends its delivery.
MOST_CALLS_A_DELIVERY = 10.0


@dataclass(frozen=True)
class Figures:
    """Counts of calls that have ended, and of deliveries by what they wait for."""

    calls: int
    # Deliveries that were called and are over.
    finished: int
    untried: int
    up: int
    # Called before, waiting for another call; the last of them is due at ``last_retry_at``.
    retries: int
    last_retry_at: datetime | None
    # Of the recent calls: how many were made a second, and how long one took from its start; 0 before any ended.
    calls_per_second: float
    call_seconds: float
    priority: Priority
    not_after: datetime | None

    @property
    def calls_a_delivery(self) -> float:
        return min(self.calls / self.finished, MOST_CALLS_A_DELIVERY) if self.finished else MOST_CALLS_A_DELIVERY


def expected_end(figures: Figures, calendar: Calendar, now: datetime) -> datetime | None:
    """When the last call will have ended, if it goes on as until now whenever calls may start.

    None while no call has ended yet.
    """
    waiting = figures.untried + figures.retries + figures.up
    if not waiting or not figures.calls_per_second:
        return None
    busy = timedelta(seconds=waiting * figures.calls_a_delivery / figures.calls_per_second)
    end = max(
        _after(busy, figures.priority, calendar, now),
        _last_retry(figures, now) + timedelta(seconds=figures.call_seconds),
    )
    return end if figures.not_after is None else min(end, max(figures.not_after, now))


def _after(busy: timedelta, priority: Priority, calendar: Calendar, now: datetime) -> datetime:
    """``busy`` from ``now``, not counting the hours in which no call may start."""
    opens = calendar.opens(priority, now)
    while opens is not None:
        closes = calendar.closes(priority, opens)
        if closes is None or opens + busy <= closes:
            return opens + busy
        busy -= closes - opens
        opens = calendar.opens(priority, closes)
    return now + busy


def _last_retry(figures: Figures, now: datetime) -> datetime:
    """Retries that are still to come will be put off as long as the longest one that is known."""
    if figures.last_retry_at is None or figures.last_retry_at <= now:
        return now
    first_tries = figures.untried + figures.up
    if first_tries * (1 - 1 / figures.calls_a_delivery) < 1:
        return figures.last_retry_at
    return figures.last_retry_at + timedelta(seconds=first_tries / figures.calls_per_second)


async def expected_end_of(
    session: AsyncSession, announcement: Announcement, calendar: Calendar, now: datetime
) -> datetime | None:
    """None for one that is not running: nobody knows when it will be resumed, or is over already."""
    if announcement.state is not AnnouncementState.RUNNING:
        return None
    return expected_end(await _figures(session, announcement), calendar, now)


async def _figures(session: AsyncSession, announcement: Announcement) -> Figures:
    counts = await _counts(session, announcement.id)
    recent = await _recent_calls(session, announcement.id)
    per_second, seconds = _pace(recent)
    return Figures(
        calls=await session.scalar(select(func.count()).select_from(_ended_calls(announcement.id).subquery())) or 0,
        finished=counts.finished,
        untried=counts.untried,
        up=counts.up,
        retries=counts.retries,
        last_retry_at=counts.last_retry_at,
        calls_per_second=per_second,
        call_seconds=seconds,
        priority=announcement.priority,
        not_after=announcement.not_after,
    )


async def _counts(session: AsyncSession, announcement_id: int) -> Row[int, int, int, int, datetime | None]:
    tried = exists().where(Attempt.delivery_id == Delivery.id)
    queued, over = Delivery.state == DeliveryState.QUEUED, Delivery.state.in_(FINAL_DELIVERY_STATES)
    query = select(
        func.count().filter(over, tried).label("finished"),
        func.count().filter(queued, ~tried).label("untried"),
        func.count().filter(Delivery.state == DeliveryState.SENDING).label("up"),
        func.count().filter(queued, tried).label("retries"),
        func.max(Delivery.due_at).filter(queued, tried).label("last_retry_at"),
    )
    its_calls = (Delivery.announcement_id == announcement_id, Delivery.channel == Channel.VOICE)
    return (await session.execute(query.where(*its_calls))).one()


def _ended_calls(announcement_id: int) -> Select[datetime, datetime | None]:
    """Not those that we took back ourselves: they were no tries."""
    return (
        select(Attempt.started_at, Attempt.ended_at)
        .join(Delivery, Attempt.delivery_id == Delivery.id)
        .where(
            Delivery.announcement_id == announcement_id,
            Attempt.channel == Channel.VOICE,
            Attempt.disposition != Disposition.WITHDRAWN,
        )
    )


async def _recent_calls(session: AsyncSession, announcement_id: int) -> Sequence[Row[datetime, datetime | None]]:
    latest = _ended_calls(announcement_id).order_by(Attempt.ended_at.desc()).limit(RECENT_CALLS)
    return (await session.execute(latest)).all()


def _pace(calls: Sequence[Row[datetime, datetime | None]]) -> tuple[float, float]:
    """Calls a second, and seconds a call."""
    spans = [(call.started_at, call.ended_at) for call in calls if call.ended_at is not None]
    if not spans:
        return 0.0, 0.0
    lengths = [(until - since).total_seconds() for since, until in spans]
    return len(spans) / max(seconds_at_work(spans), 1.0), sum(lengths) / len(lengths)


def seconds_at_work(spans: Sequence[tuple[datetime, datetime]]) -> float:
    """Of calls by their start and end, of which many are up at once: from the first to the last, less the long gaps."""
    worked, latest = 0.0, min(since for since, _ in spans)
    for since, until in sorted(spans):
        gap = (since - latest).total_seconds()
        begun = since if gap > GAP_SECONDS else latest
        worked += max((until - begun).total_seconds(), 0.0)
        latest = max(latest, until)
    return worked
