"""The dispatcher: one coroutine per trunk that claims due deliveries, at the trunk's pace and on its free lines."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import structlog
from pydantic import BaseModel, ConfigDict, Field

from announcements.claim import Claimed, claim
from announcements.outcome import Ending, OutcomeRules, end_attempt
from announcements.retry import RetryPolicy
from dialer.calls import Call, CallsInFlight
from dialer.link import AmiLink
from dialer.originate import originate_fields
from dialer.pacing import Pace
from dialer.share import may_start
from dialer.trunk import Trunk
from store.database import Store
from store.errors import AsteriskUnsure, HlasatelError, StoreError
from store.states import Disposition
from subscribers.phones import mask

log = structlog.get_logger(__name__)

# No call leg lives longer: extensions-hlasatel.conf hangs up after 900 s.
LONGEST_CALL_SECONDS = 930.0
STORE_RETRY_SECONDS = 1.0
# How soon a dispatcher asks again after it has let another trunk go first.
TURN_SECONDS = 0.02


class DialerSettings(BaseModel):
    """The ``[dialer]`` section."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Part of the message that a person has to hear for the delivery to count as delivered.
    heard_share: Annotated[float, Field(gt=0, le=1)] = 0.8
    # Tell answering machines from people (AMD) before speaking.
    detect_machine: bool = True
    # How often an idle dispatcher looks for due deliveries.
    poll_seconds: Annotated[float, Field(gt=0, le=1)] = 0.5
    retries: RetryPolicy = RetryPolicy()


@dataclass(frozen=True)
class Sounds:
    """Sound names (paths without suffix) that a call plays: the town's greeting, and messages by their key."""

    greeting: Path
    message: Callable[[str], Path]


@dataclass(frozen=True)
class Exchange:
    """What all dispatchers of one service share."""

    store: Store
    link: AmiLink
    calls: CallsInFlight
    sounds: Sounds
    settings: DialerSettings
    rules: OutcomeRules
    agi_url: str
    clock: Callable[[], datetime]


class Dispatcher:
    """Serves one trunk. ``siblings``: the dispatchers of all trunks, this one too."""

    def __init__(self, trunk: Trunk, exchange: Exchange, siblings: Sequence["Dispatcher"]) -> None:
        self.trunk = trunk
        self.started = 0
        self._exchange = exchange
        self._siblings = siblings
        self._pace = Pace(trunk.calls_per_second)
        self._running: set[asyncio.Task[None]] = set()
        self._line_freed = asyncio.Event()

    @property
    def lines_up(self) -> int:
        return len(self._running)

    @property
    def has_free_line(self) -> bool:
        return self.lines_up < self.trunk.lines

    @property
    def could_start(self) -> bool:
        """A line is free and the pace allows a call now."""
        return self.has_free_line and self._pace.wait(time.monotonic()) == 0

    async def run(self) -> None:
        """Dial for ever; cancelled to end. Calls in progress go on, see ``drain``."""
        while True:
            await self._exchange.link.wait_up()
            await self._wait_for_line()
            await asyncio.sleep(self._pace.wait(time.monotonic()))
            if not may_start(self, self._siblings):
                await asyncio.sleep(TURN_SECONDS)
            elif not self._exchange.link.up or not await self._start_one():
                await asyncio.sleep(self._exchange.settings.poll_seconds)

    async def drain(self) -> None:
        """Wait until the calls in progress have ended and are recorded."""
        while self._running:
            await asyncio.wait(self._running)

    def adopt(self, attempt_id: str) -> None:
        """See a call of an earlier run to its end; it holds one of our lines."""
        self._track(self._follow(attempt_id, self._exchange.calls.open(attempt_id)), attempt_id)

    async def _wait_for_line(self) -> None:
        while not self.has_free_line:
            self._line_freed.clear()
            await self._line_freed.wait()

    async def _start_one(self) -> bool:
        """Claim and start one call; False when there was nothing to start here and now."""
        try:
            claimed = await claim(self._exchange.store, self.trunk.name, self.trunk.prefixes, self._exchange.clock())
        except StoreError as error:
            log.error("cannot claim", trunk=self.trunk.name, error=str(error))
            return False
        if claimed is None:
            return False
        self._pace.take(time.monotonic())
        self.started += 1
        self._track(self._place(claimed), claimed.attempt_id)
        return True

    def _track(self, call: Coroutine[None, None, None], attempt_id: str) -> None:
        task = asyncio.get_running_loop().create_task(call, name=f"call {attempt_id}")
        self._running.add(task)
        task.add_done_callback(self._untrack)

    def _untrack(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._line_freed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a call's task died", task=task.get_name(), exc_info=error)

    async def _place(self, claimed: Claimed) -> None:
        """Originate a claimed attempt and see it to its end."""
        exchange = self._exchange
        call = exchange.calls.open(claimed.attempt_id)
        log.info("calling", attempt=claimed.attempt_id, trunk=self.trunk.name, number=mask(claimed.address))
        try:
            fields = originate_fields(
                claimed,
                self.trunk,
                greeting=str(exchange.sounds.greeting),
                message=str(exchange.sounds.message(claimed.rendering)),
                agi_url=exchange.agi_url,
                detect_machine=exchange.settings.detect_machine,
            )
            await exchange.link.action("Originate", fields)
        except AsteriskUnsure as error:
            # It may be ringing: its Hangup or the reconciling after a reconnect will tell.
            log.warning("originate unanswered", attempt=claimed.attempt_id, error=str(error))
        except HlasatelError as error:
            log.error("originate failed", attempt=claimed.attempt_id, error=str(error))
            call.end(Ending(Disposition.FAILED, exchange.clock()))
        await self._follow(claimed.attempt_id, call)

    async def _follow(self, attempt_id: str, call: Call) -> None:
        exchange = self._exchange
        try:
            async with asyncio.timeout(self.trunk.ring_seconds + LONGEST_CALL_SECONDS):
                ending = await call.ended
        except TimeoutError:
            ending = Ending(Disposition.UNKNOWN, exchange.clock(), answered_at=call.answered_at)
        await self._record(attempt_id, ending)
        exchange.calls.close(attempt_id)

    async def _record(self, attempt_id: str, ending: Ending) -> None:
        """Record the outcome, however long the database is away: an outcome is never lost while we live."""
        while True:
            try:
                async with self._exchange.store.writing() as session:
                    await end_attempt(session, attempt_id, ending, self._exchange.rules)
            except StoreError as error:
                log.error("cannot record an outcome yet", attempt=attempt_id, error=str(error))
                await asyncio.sleep(STORE_RETRY_SECONDS)
            else:
                log.info("call ended", attempt=attempt_id, disposition=ending.disposition, cause=ending.cause)
                return
