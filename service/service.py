"""A running service: its parts side by side until one is told to end, and what passes with time."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy import exists, select

from announcements.callbacks import expire_callbacks
from announcements.closing import hand_over_closed
from announcements.completion import expire_overdue
from announcements.control import attempts_to_cut
from announcements.turned_back import SLACK, bring_forward
from dialer.dispatcher import Dispatcher
from dialer.exchange import Exchange
from dialer.hangup import hang_up
from dialer.record import trim_record
from service.hotline import Hotline
from service.incoming import Incoming
from service.metrics import watch
from service.texting import Texting
from store.errors import StoreError
from store.states import OPEN_DELIVERY_STATES, AnnouncementState
from store.tasks import for_ever
from store.work import Announcement, Delivery

log = structlog.get_logger(__name__)

Chore = Callable[[], Coroutine[None, None, None]]
NO_CHORES: Mapping[str, Chore] = {}
KEEPER_SECONDS = 1.0
# A call lasts at most this long, so an orderly end never waits longer.
DRAIN_SECONDS = 960.0


class Service:
    """The dispatchers of all trunks, the watch over trunks and the keeper, on one store.

    ``record``: the file of the dialplan's record of calls, to be kept bounded; ``chores``: what else has to run.
    """

    def __init__(
        self,
        exchange: Exchange,
        dispatchers: list[Dispatcher],
        record: Path | None = None,
        chores: Mapping[str, Chore] = NO_CHORES,
        texting: Texting | None = None,
        hotline: Hotline | None = None,
        incoming: Incoming | None = None,
    ) -> None:
        self.store = exchange.store
        self.dispatchers = dispatchers
        self.hotline = hotline
        self._exchange = exchange
        self._record = record
        self._chores = chores
        self._texting = texting
        self._incoming = incoming
        # When the keeper worked last; at its first work any clock before may have been ahead.
        self._kept_at = datetime.max.replace(tzinfo=UTC)

    async def run(self, *, until_done: bool = False) -> None:
        """Work until cancelled, or with ``until_done`` until every begun announcement is over.

        A part that dies ends the service with its error.
        """
        parts = [asyncio.create_task(d.run(), name=f"dispatcher {d.trunk.name}") for d in self.dispatchers]
        keeping = for_ever(self._look_after, KEEPER_SECONDS, "keeper cannot work yet")
        parts.append(asyncio.create_task(keeping, name="keeper"))
        parts.append(asyncio.create_task(self._exchange.health.run(), name="watch over trunks"))
        looking = watch(self._exchange.metrics, self._exchange, self.dispatchers)
        parts.append(asyncio.create_task(looking, name="metrics"))
        parts += [asyncio.create_task(chore(), name=name) for name, chore in self._chores.items()]
        if self._texting is not None:
            parts += [asyncio.create_task(work, name=name) for name, work in self._texting.parts()]
        if self._incoming is not None:
            parts += [asyncio.create_task(work, name=name) for name, work in self._incoming.parts()]
        if until_done:
            parts.append(asyncio.create_task(self._wait_done(), name="until done"))
        try:
            ended, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in ended:
                part.result()
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)

    async def drain(self) -> None:
        """Wait for the calls in progress to end; nothing new is started any more."""
        async with asyncio.timeout(DRAIN_SECONDS):
            for dispatcher in self.dispatchers:
                await dispatcher.drain()
            if self.hotline is not None:
                await self.hotline.reception.drain()
            if self._texting is not None:
                await self._texting.drain()

    async def _look_after(self) -> None:
        """What passes with time or is asked for by staff: windows that end, calls to be cut, a record that grows."""
        now = self._exchange.clock()
        await self._mind_clock(now)
        async with self.store.writing() as session:
            await expire_overdue(session, now)
            await expire_callbacks(session, now)
            unwanted = await attempts_to_cut(session)
        if self._texting is not None:
            rules = self._exchange.rules
            await hand_over_closed(self.store, self._texting.ways_out(rules.calendar), rules.ways, now)
        if unwanted:
            await hang_up(self._exchange.link, unwanted)
        if self._record is not None:
            trim_record(self._record)

    async def _mind_clock(self, now: datetime) -> None:
        """Nothing waits for the hours of a clock that has been put back."""
        if now < self._kept_at - SLACK:
            async with self.store.writing() as session:
                moved = await bring_forward(session, now)
            if moved:
                log.warning("a clock was ahead: what it put off comes forward", moved=moved)
        self._kept_at = now

    async def _wait_done(self) -> None:
        while not await self._done():
            await asyncio.sleep(KEEPER_SECONDS / 4)

    async def _done(self) -> bool:
        """No running announcement, and no call, waits for anything. What is scheduled for later does not count."""
        waiting = exists().where(
            Delivery.state.in_(OPEN_DELIVERY_STATES),
            Delivery.announcement_id == Announcement.id,
            (Announcement.state == AnnouncementState.RUNNING) | (Delivery.due_at <= self._exchange.clock()),
        )
        try:
            async with self.store.reading() as session:
                return not await session.scalar(select(waiting))
        except StoreError:
            return False  # nobody can tell now
