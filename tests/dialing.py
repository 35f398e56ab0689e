"""Dispatchers at work on a store and a fake Asterisk, with a clock that tests set."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from announcements.outcome import Ending
from dialer.calls import CallsInFlight
from dialer.dispatcher import Dispatcher
from dialer.exchange import DialerSettings, Exchange, Sounds
from dialer.health import TrunkHealth
from dialer.link import AmiLink, AmiSettings
from dialer.reconcile import Reconciler
from dialer.trunk import Trunk
from store.database import Store
from store.states import Disposition
from store.work import Delivery
from tests.fake_ami import SECRET, FakeAsterisk
from tests.people import NOW, RULES, deliveries

DEADLINE_SECONDS = 40.0
SETTINGS = DialerSettings(poll_seconds=0.02)


def trunk(name: str = "o2", **changes: Any) -> Trunk:
    return Trunk(**{"name": name, "host": "127.0.0.1", "calls_per_second": 500, "lines": 50, **changes})


@dataclass
class Office:
    """One service's dialer. ``now`` is what its clock says."""

    store: Store
    fake: FakeAsterisk
    exchange: Exchange
    dispatchers: list[Dispatcher]
    running: list["asyncio.Task[None]"]
    now: datetime = NOW

    async def stop_dialing(self) -> None:
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)

    async def end_calls(self) -> None:
        """Stop dialing, forget what is still up, and wait until all is recorded."""
        await self.stop_dialing()
        for call in self.exchange.calls.in_flight.values():
            call.end(Ending(Disposition.UNKNOWN, self.now))
        async with asyncio.timeout(DEADLINE_SECONDS):
            for dispatcher in self.dispatchers:
                await dispatcher.drain()

    async def until(self, happened: Callable[[Sequence[Delivery]], bool]) -> Sequence[Delivery]:
        """Wait until the deliveries of the store are so."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not happened(rows := await deliveries(self.store)):
                await asyncio.sleep(0.01)
        return rows

    async def until_ended(self, count: int = 1) -> Sequence[Delivery]:
        """Wait until so many attempts have ended."""
        return await self.until(
            lambda rows: sum(one.ended_at is not None for row in rows for one in row.attempts) >= count
        )


class AllWell(TrunkHealth):
    """Trunks that are never lost: their health has tests of its own."""

    def usable(self, name: str) -> bool:
        return True

    async def wait_usable(self, name: str) -> None:
        return

    async def call_ended(self, name: str, ending: Ending) -> Ending:
        return ending


@asynccontextmanager
async def dialing(
    store: Store,
    fake: FakeAsterisk,
    *trunks: Trunk,
    sounds: Sounds | None = None,
    record: Path | None = None,
    before: Callable[[Office], Awaitable[None]] | None = None,
) -> AsyncIterator[Office]:
    """Everything wired as in the service. ``before`` runs when an earlier run has been settled, before any call."""
    link = AmiLink(AmiSettings(port=fake.port, secret=SecretStr(SECRET)))
    calls = CallsInFlight(lambda: office.now)
    link.listen(calls.on_event)
    reconciler = Reconciler(link, calls, record, lambda: office.now)
    link.listen(reconciler.on_event)
    link.greet(reconciler.settle_lost_calls)
    exchange = Exchange(
        store=store,
        link=link,
        calls=calls,
        health=AllWell(link, ()),
        sounds=sounds or Sounds(lambda: Path("/sounds/greeting"), lambda key: Path("/sounds") / key),
        settings=SETTINGS,
        rules=RULES,
        agi_url="agi://127.0.0.1:4573",
        clock=lambda: office.now,
    )
    dispatchers: list[Dispatcher] = []
    dispatchers += [Dispatcher(one, exchange, dispatchers) for one in trunks or (trunk(),)]
    office = Office(store, fake, exchange, dispatchers, [])
    await link.start()
    try:
        await reconciler.settle_earlier_run(store, dispatchers)
        if before is not None:
            await before(office)
        office.running = [asyncio.create_task(one.run()) for one in dispatchers]
        yield office
    finally:
        await office.end_calls()
        await link.close()
