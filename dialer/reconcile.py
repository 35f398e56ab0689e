"""After a lost link or a crash: settle what was in flight against what Asterisk knows; never redial blindly."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import select

from announcements.outcome import Ending
from dialer.calls import CallsInFlight
from dialer.dispatcher import Dispatcher
from dialer.link import AmiLink, Event
from dialer.record import read_record
from dialplans.names import RECORD
from store.database import Store
from store.errors import AsteriskError
from store.states import Disposition
from store.work import CALL_IN_PROGRESS, Attempt

log = structlog.get_logger(__name__)

# A path that the dialplan's FILE() takes as one argument.
PLAIN_PATH = re.compile(r"/[\w./+@: -]+")
# Asterisk tells its uptime in whole seconds, so two tellings of one start may differ by this much.
SAME_BOOT = timedelta(seconds=1.5)


@dataclass(frozen=True)
class Trace:
    """What is left of a call that is no longer up and whose end nobody saw."""

    # Its line in the dialplan's record.
    recorded: Ending | None
    # When we saw it answered.
    answered_at: datetime | None
    # Asterisk keeps a record and has not died since: had the call been answered, its line would be there.
    would_be_recorded: bool


def ending_of_lost(trace: Trace, now: datetime) -> Ending:
    """The truth as far as it is known.

    =========================== ============ =======================================================
    what is left                disposition  why
    =========================== ============ =======================================================
    its line in the record      as it says   written by Asterisk itself at the hang-up
    we saw it answered          answered     what was heard is in the store, or nothing was
    no line, and one was due    failed       nobody answered: it was never sent, or rang in vain
    nothing                     unknown      it may have been heard (``announcements.doubt`` decides)
    =========================== ============ =======================================================
    """
    if trace.recorded is not None:
        return replace(trace.recorded, ended_at=min(trace.recorded.ended_at, now))  # our clock may have gone back
    if trace.answered_at is not None:
        return Ending(Disposition.ANSWERED, now, answered_at=trace.answered_at)
    return Ending(Disposition.FAILED if trace.would_be_recorded else Disposition.UNKNOWN, now)


class Reconciler:
    """``record``: the file of the dialplan's record, None where there is none."""

    def __init__(self, link: AmiLink, calls: CallsInFlight, record: Path | None, clock: Callable[[], datetime]) -> None:
        self._link = link
        self._calls = calls
        self._record = record
        self._clock = clock
        self._booted_at: datetime | None = None
        self._same_boot = False

    def on_event(self, event: Event) -> None:
        """Takes every AMI event; FullyBooted comes after each login and tells how long Asterisk has been up."""
        if event.get("event") != "FullyBooted":
            return
        before, self._booted_at = self._booted_at, booted_at(event, self._clock())
        self._same_boot = (
            before is not None and self._booted_at is not None and abs(self._booted_at - before) < SAME_BOOT
        )

    async def settle_lost_calls(self) -> None:
        """Whenever the link has come up: end the calls whose hang-up passed while it was down."""
        await self._name_record()
        await self._settle(lambda _: self._same_boot)

    async def settle_earlier_run(self, store: Store, dispatchers: Sequence[Dispatcher]) -> None:
        """At start: see the calls of an earlier run that are still up to their end, end those that are not.

        They are adopted first and looked for then, so that none can end unseen in between.
        """
        async with store.reading() as session:
            open_attempts = (await session.scalars(select(Attempt).where(CALL_IN_PROGRESS))).all()
        by_trunk = {dispatcher.trunk.name: dispatcher for dispatcher in dispatchers}
        for attempt in open_attempts:
            by_trunk.get(attempt.trunk, dispatchers[0]).adopt(attempt.id)
        started = {attempt.id: attempt.started_at for attempt in open_attempts}
        await self._settle(lambda attempt_id: self._lived_since(started[attempt_id]))
        if open_attempts:
            log.warning("attempts of an earlier run", attempts=len(open_attempts))

    async def _name_record(self) -> None:
        """Tell the dialplan where to write; an Asterisk that has started anew has forgotten it."""
        if self._record is None:
            return
        path = str(self._record)
        if not PLAIN_PATH.fullmatch(path):
            raise AsteriskError(
                f"a record of calls cannot be at {path}", mend="use letters, digits, . _ and - in its path"
            )
        await self._link.action("Setvar", {"Variable": RECORD, "Value": path}, greets=True)

    async def _settle(self, asterisk_lived: Callable[[str], bool]) -> None:
        before = self._calls.in_flight
        known = await call_legs(self._link)
        gone = {attempt_id: call for attempt_id, call in before.items() if attempt_id not in known}
        if not gone:
            return
        # After the listing: a line is written before its call leg goes.
        recorded = await asyncio.to_thread(self._read)
        for attempt_id, call in gone.items():
            lived = bool(recorded) and asterisk_lived(attempt_id)
            ending = ending_of_lost(Trace(recorded.get(attempt_id), call.answered_at, lived), self._clock())
            log.warning("a call ended unseen", attempt=attempt_id, disposition=ending.disposition)
            call.end(ending)

    def _lived_since(self, moment: datetime) -> bool:
        """Not so where the clock has gone back: the two moments cannot be compared then."""
        return self._booted_at is not None and self._booted_at + SAME_BOOT < moment <= self._clock()

    def _read(self) -> Mapping[str, Ending]:
        if self._record is None:
            return {}
        try:
            return read_record(self._record)
        except OSError as error:
            log.error("the record of calls cannot be read", file=str(self._record), error=error.strerror)
            return {}


async def call_legs(link: AmiLink) -> set[str]:
    """Unique ids of all call legs that Asterisk has now. Raises AsteriskError as ``AmiLink.listing``."""
    return {event.get("uniqueid", "") for event in await link.listing("CoreShowChannels")}


def booted_at(event: Event, now: datetime) -> datetime | None:
    """When Asterisk started, by its own clock; None where FullyBooted does not tell (before Asterisk 13.20)."""
    uptime = event.get("uptime")
    return now - timedelta(seconds=int(uptime)) if isinstance(uptime, str) and uptime.isdecimal() else None
