"""Claim due deliveries for calls: check that they may go, and commit their attempts before anything rings."""

import hashlib
import secrets
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from sqlalchemy import Row, bindparam, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.allowance import allowance
from announcements.callbacks import PRIORITIES, count_due_callbacks, due_callbacks
from announcements.completion import complete_if_done
from announcements.due import PUT, Due, Wish, calling, find_due
from announcements.eligibility import Ends, Go, Later, Line, lines_of, verdict
from announcements.money import Budget
from announcements.renderings import own_renderings
from announcements.windows import Calendar, Openings
from store.callers import Callback
from store.database import Store
from store.rows import Values, add, adding
from store.states import (
    ANNOUNCEMENT_MOVES,
    CALLBACK_MOVES,
    DELIVERY_MOVES,
    AnnouncementState,
    CallbackState,
    DeliveryState,
    Priority,
    move,
    next_state,
)
from store.work import Announcement, Attempt, Delivery

BEGIN = adding(Attempt)
START = (
    update(Delivery)
    .where(Delivery.id.in_(bindparam("ids", expanding=True)))
    .values(state=bindparam("sending"))
    .execution_options(synchronize_session=False)
)


@dataclass(frozen=True)
class Terms:
    """What bounds the calls of a trunk besides its lines and pace."""

    calendar: Calendar
    budget: Budget
    cap_stops_crisis: bool = False


@dataclass(frozen=True)
class Claimed:
    """A committed attempt that has to be originated now."""

    attempt_id: str
    # What the call has to show to our FastAGI server; only its hash is stored.
    token: str
    address: str
    # Key of the message in the renderings library; None: a call-back, which has a conversation of its own.
    rendering: str | None
    priority: Priority
    due_at: datetime
    # Keys that open the loudspeaker system on this line; None: people are called.
    code: str | None = None
    # A machine that answers gets the message; not if it has it already.
    leave_message: bool = True


async def claim(store: Store, wish: Wish, terms: Terms, now: datetime) -> list[Claimed]:
    """Due calls that the trunk may dial: a crisis first, then call-backs, then by priority and age; empty: none is due.

    Deliveries that may no longer go are expired or cancelled on the way, those that may not go at this hour are put
    off. The announcements' rows are held, see ``completion``.
    """
    while True:
        try:
            async with store.writing() as session:
                allowed = await _allowed(session, wish, terms, now)
                if allowed is None:
                    return []
                running = await calling(session, allowed, held=True)
                due = await find_due(session, allowed, now, running)
                crisis = [r.address for r in due if running[r.announcement_id].priority is Priority.CRISIS]
                callbacks = await due_callbacks(session, allowed, crisis, now)
                called_back = await _start_callbacks(session, wish.trunk, callbacks, now)
                due = _beside(due, callbacks, allowed.most)
                held = {row.announcement_id: running[row.announcement_id] for row in due}
                claimed = called_back + await _claim(session, wish.trunk, due, held, terms.calendar, now)
                if claimed or not due:
                    return claimed
        except IntegrityError:
            # Another dispatcher has just put a call on one of the lines; the partial unique index kept ours off.
            continue


def _beside(due: Sequence[Due], callbacks: Sequence[Callback], most: int) -> list[Due]:
    """What there is room for beside the call-backs; a crisis, which comes first, always has it."""
    numbers = {callback.number for callback in callbacks}
    return [row for row in due if row.address not in numbers][: most - len(callbacks)]


async def due_now(store: Store, wish: Wish, terms: Terms, now: datetime) -> int:
    """How many deliveries and call-backs a claim would look at, at most ``wish.most`` of each."""
    async with store.reading() as session:
        allowed = await _allowed(session, wish, terms, now)
        if allowed is None:
            return 0
        due = await find_due(session, allowed, now, await calling(session, allowed))
        return len(due) + await count_due_callbacks(session, allowed, now)


async def _allowed(session: AsyncSession, wish: Wish, terms: Terms, now: datetime) -> Wish | None:
    """What of the wish the kill switch, the day's cap and the hour leave."""
    closed = frozenset(priority for priority in Priority if not terms.calendar.open(priority, now))
    left = await allowance(session, wish.trunk, terms.budget, wish.most, now, cap_stops_crisis=terms.cap_stops_crisis)
    return None if left is None else replace(wish, most=left.most, least=min(wish.least, left.least), closed=closed)


async def _claim(
    session: AsyncSession,
    trunk: str,
    due: Sequence[Due],
    held: Mapping[int, Announcement],
    calendar: Calendar,
    now: datetime,
) -> list[Claimed]:
    """Start an attempt for each delivery that may go, put off or end the others."""
    going, lines = await sift(session, due, held, calendar, now)
    return await _start(session, trunk, going, lines, held, now)


async def sift(
    session: AsyncSession,
    due: Sequence[Due],
    held: Mapping[int, Announcement],
    calendar: Openings,
    now: datetime,
) -> tuple[list[Due], Mapping[int, Line]]:
    """Those that may go, with what is known of the people there; the others are put off or ended."""
    lines = await lines_of(session, {row.id: row.announcement_id for row in due}, held)
    # Most people have no hours of their own, and so share one.
    verdict_of = cache(lambda announcement, line: verdict(announcement, line, calendar, now))
    going: list[Due] = []
    later: dict[int, Values] = {}
    ended: dict[DeliveryState, list[int]] = defaultdict(list)
    for row in due:
        match verdict_of(held[row.announcement_id], lines[row.id]):
            case Go():
                going.append(row)
            case Later(at):
                later[row.id] = {"due_at": at}
            case Ends(state):
                ended[state].append(row.id)
    await PUT.make(session, later)
    await _end(session, ended, held, now)
    return going, lines


async def _start_callbacks(
    session: AsyncSession, trunk: str, callbacks: Sequence[Callback], now: datetime
) -> list[Claimed]:
    started = []
    for callback in callbacks:
        move(callback, CallbackState.CALLING, CALLBACK_MOVES)
        claimed = Claimed(*_names(), callback.number, None, PRIORITIES[callback.purpose], callback.due_at)
        session.add(Attempt(callback_id=callback.id, **_of(claimed, trunk, now)))
        started.append(claimed)
    await session.flush()
    return started


async def _end(
    session: AsyncSession, ended: Mapping[DeliveryState, Sequence[int]], held: Mapping[int, Announcement], now: datetime
) -> None:
    for state, ids in ended.items():
        final = next_state(DeliveryState.QUEUED, state, DELIVERY_MOVES)
        await session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(state=final, ended_at=now))
    if ended:
        for announcement in held.values():
            await complete_if_done(session, announcement, now)


async def _start(
    session: AsyncSession,
    trunk: str,
    going: Sequence[Due],
    lines: Mapping[int, Line],
    held: Mapping[int, Announcement],
    now: datetime,
) -> list[Claimed]:
    if not going:
        return []
    own = await own_renderings(session, held.values(), {row.address for row in going})
    claimed = [
        _claimed(row, held[row.announcement_id], lines[row.id], own.get((row.announcement_id, row.address)))
        for row in going
    ]
    await add(session, BEGIN, list(_attempts(claimed, going, trunk, now)))
    await begin(session, going, held)
    return claimed


async def begin(session: AsyncSession, going: Sequence[Due], held: Mapping[int, Announcement]) -> None:
    """Their deliveries are being sent from now on."""
    sending = next_state(DeliveryState.QUEUED, DeliveryState.SENDING, DELIVERY_MOVES)
    await session.execute(START, {"ids": [row.id for row in going], "sending": sending})
    for announcement in {held[row.announcement_id] for row in going}:
        if announcement.state is AnnouncementState.SCHEDULED:
            move(announcement, AnnouncementState.RUNNING, ANNOUNCEMENT_MOVES)


def _claimed(row: Due, announcement: Announcement, line: Line, own: Row[int, str, str, float] | None) -> Claimed:
    attempt_id, token = _names()
    return Claimed(
        attempt_id=attempt_id,
        token=token,
        address=row.address,
        rendering=own.rendering if own else announcement.rendering,
        priority=announcement.priority,
        due_at=row.due_at,
        code=line.code,
        leave_message=not line.has_message,
    )


def _attempts(
    claimed: Sequence[Claimed], going: Sequence[Due], trunk: str, now: datetime
) -> Iterable[Mapping[str, object]]:
    for one, row in zip(claimed, going, strict=True):
        yield {"delivery_id": row.id, **_of(one, trunk, now)}


def _of(claimed: Claimed, trunk: str, now: datetime) -> Mapping[str, object]:
    return {
        "id": claimed.attempt_id,
        "address": claimed.address,
        "trunk": trunk,
        "token_hash": token_hash(claimed.token),
        "started_at": now,
    }


def _names() -> tuple[str, str]:
    """A new attempt's id and token."""
    return uuid.uuid4().hex, secrets.token_hex(16)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
