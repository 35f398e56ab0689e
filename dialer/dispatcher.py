"""The dispatcher: one coroutine per trunk that claims due deliveries, at the trunk's pace and on its free lines."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

import structlog

from announcements.claim import Claimed, Terms, claim, due_now
from announcements.due import Wish
from announcements.outcome import Ending
from announcements.pacing import Pace
from dialer.calls import Call
from dialer.exchange import Exchange
from dialer.hangup import hang_up
from dialer.money import price_of
from dialer.originate import originate_fields
from dialer.share import may_start
from dialer.trunk import Trunk
from store.errors import AsteriskError, AsteriskUnsure, HlasatelError, StoreError
from store.states import Disposition, Priority
from store.tasks import Tasks
from subscribers.phones import mask

log = structlog.get_logger(__name__)

# No call leg lives longer: extensions-hlasatel.conf hangs up after 900 s.
LONGEST_CALL_SECONDS = 930.0
# How soon a dispatcher asks again after it has let another trunk go first.
TURN_SECONDS = 0.02
# Calls of this much time are claimed in one transaction; each then waits for its turn.
AHEAD_SECONDS = 0.1
# A busy trunk gathers freed lines as long, for a transaction costs much the same for one call and for ten.
GATHER_SECONDS = 0.2


class Dispatcher:
    """Serves one trunk. ``siblings``: the dispatchers of all trunks, this one too."""

    def __init__(self, trunk: Trunk, exchange: Exchange, siblings: Sequence["Dispatcher"]) -> None:
        self.trunk = trunk
        self.started = 0
        self._exchange = exchange
        self._siblings = siblings
        self._pace = Pace(trunk.calls_per_second)
        self._claimed_at = -GATHER_SECONDS
        self._line_freed = asyncio.Event()
        # Named by their attempts.
        self._calls = Tasks(on_end=self._line_freed.set)
        # Nothing was due here, or the trunk may not call (switched off, at its cap): it holds no sibling back.
        self._passes = False

    @property
    def lines_up(self) -> int:
        return len(self._calls)

    def free_lines(self, priority: Priority) -> int:
        """Lines that a call of this priority may take: some are kept for callers, and some for a crisis."""
        kept = self.trunk.lines_for_callers + (0 if priority is Priority.CRISIS else self.trunk.lines_for_crisis)
        return self.trunk.lines - kept - self.lines_up

    @property
    def could_start(self) -> bool:
        """A line is free and usable, and the pace allows a call now."""
        if self._passes or not self._exchange.health.usable(self.trunk.name):
            return False
        return self.free_lines(Priority.NORMAL) > 0 and self._pace.wait(time.monotonic()) == 0

    async def run(self) -> None:
        """Dial for ever; cancelled to end. Calls in progress go on, see ``drain``."""
        while True:
            await self._exchange.link.wait_up()
            await self._exchange.health.wait_usable(self.trunk.name)
            await self._gather_lines()
            await asyncio.sleep(self._pace.wait(time.monotonic()))
            if not may_start(self, self._siblings):
                await asyncio.sleep(TURN_SECONDS)
            elif not self._could_dial or not await self._start_some():
                await self._pass()

    async def _pass(self) -> None:
        self._passes = True
        try:
            await asyncio.sleep(self._exchange.settings.poll_seconds)
        finally:
            self._passes = False

    @property
    def _could_dial(self) -> bool:
        return self._exchange.link.up and self._exchange.health.usable(self.trunk.name)

    async def drain(self) -> None:
        """Wait until the calls in progress have ended and are recorded."""
        await self._calls.drain()

    async def leave(self) -> None:
        """Let go of the calls in progress: the dialplan goes on with them, and the next run settles them."""
        await self._calls.cancel()

    def adopt(self, attempt_id: str) -> None:
        """See a call of an earlier run to its end; it holds one of our lines."""
        self._calls.start(self._follow(attempt_id, self._exchange.calls.open(attempt_id)), attempt_id)

    async def _wait_for_line(self) -> None:
        while self.free_lines(Priority.CRISIS) <= 0:
            self._line_freed.clear()
            try:
                async with asyncio.timeout(self._exchange.settings.poll_seconds):
                    await self._line_freed.wait()
            except TimeoutError:
                await self._make_way()

    async def _gather_lines(self) -> None:
        await self._wait_for_line()
        if self.free_lines(Priority.NORMAL) < self._batch:
            await asyncio.sleep(self._claimed_at + GATHER_SECONDS - time.monotonic())

    async def _make_way(self) -> None:
        """No line is free: give up normal calls that are still ringing for a crisis that waits."""
        exchange = self._exchange
        if not exchange.settings.give_up_ringing:
            return
        wish = Wish(self.trunk.name, self.trunk.prefixes, self.trunk.lines, Priority.CRISIS)
        try:
            waiting = await due_now(exchange.store, wish, self._terms, exchange.clock())
            ringing = exchange.calls.withdraw(self._calls, Priority.NORMAL, waiting) if waiting else set()
            if ringing:
                log.info("ringing calls given up for a crisis", trunk=self.trunk.name, calls=len(ringing))
                await hang_up(exchange.link, ringing, only_ringing=True)
        except (StoreError, AsteriskError) as error:
            log.error("cannot make way for a crisis", trunk=self.trunk.name, error=str(error))

    async def _start_some(self) -> bool:
        """Claim and start what lines and pace allow; False when nothing was due here and now."""
        self._claimed_at = time.monotonic()
        try:
            claimed = await claim(self._exchange.store, self._wish(), self._terms, self._exchange.clock())
        except StoreError as error:
            log.error("cannot claim", trunk=self.trunk.name, error=str(error))
            return False
        for one in claimed:
            delay = self._pace.wait(time.monotonic())
            self._pace.take(time.monotonic() + delay)
            self.started += 1
            self._calls.start(self._place(one, delay), one.attempt_id)
        return bool(claimed)

    def _wish(self) -> Wish:
        """Where only lines kept for a crisis are free, only a crisis is claimed."""
        normal = self.free_lines(Priority.NORMAL)
        free = normal if normal > 0 else self.free_lines(Priority.CRISIS)
        return Wish(
            trunk=self.trunk.name,
            prefixes=self.trunk.prefixes,
            most=min(free, self._batch),
            least=Priority.NORMAL if normal > 0 else Priority.CRISIS,
            spare=any(other.could_start and other.trunk.prefixes == self.trunk.prefixes for other in self._others),
        )

    @property
    def _others(self) -> list["Dispatcher"]:
        return [other for other in self._siblings if other is not self]

    @property
    def _terms(self) -> Terms:
        calendar = self._exchange.rules.calendar
        return Terms(calendar, self.trunk.budget(calendar.zone), self.trunk.cap_stops_crisis)

    @property
    def _batch(self) -> int:
        """One by one where several trunks share the calls, so that each keeps to its weight."""
        return 1 if len(self._siblings) > 1 else max(1, int(self.trunk.calls_per_second * AHEAD_SECONDS))

    async def _place(self, claimed: Claimed, delay: float) -> None:
        """Originate a claimed attempt when the pace has its turn, and see it to its end."""
        await asyncio.sleep(delay)
        exchange = self._exchange
        call = exchange.calls.open(claimed.attempt_id, claimed.priority)
        exchange.scripts.expect(claimed)
        log.info("calling", attempt=claimed.attempt_id, trunk=self.trunk.name, number=mask(claimed.address))
        try:
            fields = originate_fields(
                claimed,
                self.trunk,
                greeting=str(exchange.sounds.greeting()),
                message="" if claimed.rendering is None else str(exchange.sounds.message(claimed.rendering)),
                agi_url=exchange.agi_url,
                detect_machine=exchange.settings.detect_machine,
            )
            exchange.metrics.call_started(self.trunk.name, (exchange.clock() - claimed.due_at).total_seconds())
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
        ending = await exchange.health.call_ended(self.trunk.name, ending)
        exchange.metrics.call_ended(self.trunk.name, ending.disposition)
        await exchange.record(attempt_id, replace(ending, price=price_of(ending, self.trunk)))
        exchange.calls.close(attempt_id)
        exchange.scripts.forget(attempt_id)
