"""The history of a run, joined with the phones' own record; ``tests.promises`` says what must hold of it.

A history is append-only, a line of JSON for each event. What the store has committed it tells itself (``of_store``);
that an Originate was sent, or Asterisk killed, is written the moment it happens, by whoever saw it (``append``).
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from announcements.windows import Calendar
from lab.landlines import LandlineCall
from store.database import Store
from store.states import (
    LIVE_ANNOUNCEMENT_STATES,
    AnnouncementState,
    DeliveryState,
    Disposition,
    Priority,
)
from store.work import Attempt, Delivery
from tests.people import CALENDAR

# Between a look at the clock and the commit or the call that follows it, on a busy machine.
SLACK = timedelta(seconds=1.5)


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)

    at: datetime


class Accepted(_Event):
    """A delivery was written; ``at`` is the announcement's launch."""

    what: Literal["accepted"] = "accepted"
    delivery: int
    priority: Priority
    phone: str
    due_at: datetime
    not_after: datetime | None = None


class Claimed(_Event):
    what: Literal["claimed"] = "claimed"
    attempt: str
    delivery: int
    phone: str
    trunk: str


class Originated(_Event):
    what: Literal["originated"] = "originated"
    attempt: str


class Outcome(_Event):
    what: Literal["outcome"] = "outcome"
    attempt: str
    disposition: Disposition
    # A person heard enough, or confirmed.
    heard: bool = False


class Stands(_Event):
    """How a delivery stands at the end of the history; ``waits``: queued, and its announcement still goes on."""

    what: Literal["stands"] = "stands"
    delivery: int
    state: DeliveryState
    waits: bool = False


class AsteriskDied(_Event):
    what: Literal["asterisk died"] = "asterisk died"


Event = Accepted | Claimed | Originated | Outcome | Stands | AsteriskDied
EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="what")])


def append(file: Path, event: Event) -> None:
    """One write to the end of the file, so that a process may die right after it, and several may write."""
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, event.model_dump_json().encode() + b"\n")
    finally:
        os.close(handle)


def read(file: Path) -> list[Event]:
    return [EVENT.validate_json(line) for line in file.read_text(encoding="utf-8").splitlines()]


async def of_store(store: Store, heard_share: float, now: datetime) -> list[Event]:
    """What the store has committed. ``heard_share``: the part of a message that counts as heard."""
    query = select(Delivery).options(joinedload(Delivery.announcement), selectinload(Delivery.attempts))
    async with store.reading() as session:
        deliveries = (await session.scalars(query.order_by(Delivery.id))).all()
    return [event for delivery in deliveries for event in _of_delivery(delivery, heard_share, now)]


def _of_delivery(delivery: Delivery, heard_share: float, now: datetime) -> Iterator[Event]:
    announcement = delivery.announcement
    first = delivery.attempts[0].address if delivery.attempts else delivery.address
    yield Accepted(
        at=announcement.created_at,
        delivery=delivery.id,
        priority=delivery.priority,
        phone=first,
        due_at=max(announcement.created_at, announcement.not_before or announcement.created_at),
        not_after=announcement.not_after,
    )
    for attempt in delivery.attempts:
        yield from _of_attempt(attempt, heard_share * announcement.message_seconds)
    waits = delivery.state is DeliveryState.QUEUED and _goes_on(announcement.state, announcement.not_after, now)
    yield Stands(at=now, delivery=delivery.id, state=delivery.state, waits=waits)


def _goes_on(state: AnnouncementState, not_after: datetime | None, now: datetime) -> bool:
    return state in LIVE_ANNOUNCEMENT_STATES and (not_after is None or now < not_after + SLACK)


def _of_attempt(attempt: Attempt, needed_seconds: float) -> Iterator[Event]:
    yield Claimed(
        at=attempt.started_at,
        attempt=attempt.id,
        delivery=attempt.delivery_id,
        phone=attempt.address,
        trunk=attempt.trunk,
    )
    if attempt.ended_at is not None and attempt.disposition is not None:
        enough = attempt.confirmed or attempt.heard_seconds >= needed_seconds
        heard = enough and attempt.disposition is Disposition.ANSWERED
        yield Outcome(at=attempt.ended_at, attempt=attempt.id, disposition=attempt.disposition, heard=heard)


@dataclass(frozen=True)
class Caps:
    """Of one trunk."""

    lines: int
    calls_per_second: float


@dataclass(frozen=True)
class Rung:
    """A call that a phone got, and the attempt it belongs to."""

    call: LandlineCall
    claimed: Claimed | None


class History:
    """All events of a run and the phones' own record of it, joined.

    ``needed_seconds``: so long up is heard. ``calendar``: the town's hours in that run.
    """

    def __init__(
        self,
        events: Iterable[Event],
        calls: Iterable[LandlineCall],
        caps: Mapping[str, Caps],
        needed_seconds: float,
        calendar: Calendar = CALENDAR,
    ) -> None:
        self.events = sorted(events, key=lambda event: event.at)
        self.calls = sorted(calls, key=lambda call: call.started_at)
        self.caps = caps
        self.needed = timedelta(seconds=needed_seconds)
        self.calendar = calendar
        self.accepted = {event.delivery: event for event in self.events if isinstance(event, Accepted)}
        self.claimed = {event.attempt: event for event in self.events if isinstance(event, Claimed)}
        self.ended = [event for event in self.events if isinstance(event, Outcome)]
        self.outcomes = {event.attempt: event for event in self.ended}
        self.stands = {event.delivery: event for event in self.events if isinstance(event, Stands)}
        self.originated = [event for event in self.events if isinstance(event, Originated)]
        self.deaths = [event.at for event in self.events if isinstance(event, AsteriskDied)]
        self.rung = [Rung(call, self._attempt_of(call)) for call in self.calls]

    def _attempt_of(self, call: LandlineCall) -> Claimed | None:
        """The last attempt on that phone which was claimed before it rang and not over by then."""
        began = [one for one in self.claimed.values() if one.phone == call.number and one.at <= call.started_at]
        last = max(began, key=lambda one: one.at, default=None)
        if last is None or (last.attempt in self.outcomes and self.outcomes[last.attempt].at < call.started_at):
            return None
        return last

    def cut(self, call: LandlineCall) -> bool:
        """Asterisk died while it was up, so nobody can know what was heard."""
        return any(call.started_at - SLACK <= death <= call.ended_at + SLACK for death in self.deaths)

    def heard(self, call: LandlineCall) -> bool:
        """By the phone's own record, which never says so where it is in doubt."""
        up = call.ended_at - call.answered_at if call.answered_at else timedelta()
        return "2" in call.keys or (call.answered_at is not None and up >= self.needed)
