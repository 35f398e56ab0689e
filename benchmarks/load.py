"""Whole-path runs of the dialer under load, and what they cost."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import bindparam, func, select, update

from announcements.audience import AudienceRule
from announcements.launch import Draft, Prepared, launch
from announcements.reach import Reach
from announcements.ways import Ways
from benchmarks.people import TOPIC, settle
from benchmarks.processor import spent, used
from benchmarks.rig import Rig, dialing
from service.clock import utc_now
from service.service import Service
from store.database import Store, opened
from store.migrate import migrate
from store.work import Attempt, Delivery
from tts.library import Rendering

PAGE = os.sysconf("SC_PAGE_SIZE")
# How often the ended calls are counted: it reads them all, and that is time of ours too.
LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Figures:
    calls_per_second: float
    # Milliseconds of a core for each call, by part (benchmarks.processor).
    cost: Mapping[str, float]
    events_per_second: float = 0.0
    # Of our process's memory.
    kib_per_line: float = 0.0

    @property
    def whole_cost(self) -> float:
        return sum(self.cost.values())


class Meter:
    """What happens between two moments of a run, ``ended`` calls after ``ended`` calls."""

    def __init__(self, servers: Mapping[str, int]) -> None:
        self._servers = servers
        self._begun: tuple[float, int, Mapping[str, float]] | None = None

    def begin(self, ended: int) -> None:
        self._begun = (time.monotonic(), ended, used(self._servers))

    def read(self, ended: int, events: int = 0, grown: int = 0) -> Figures:
        assert self._begun is not None
        begun, before, parts = self._begun
        seconds, calls = time.monotonic() - begun, ended - before
        cost = {part: moment / calls for part, moment in spent(parts, used(self._servers)).items()}
        return Figures(calls / seconds, cost, events / seconds, grown / 1024)


@asynccontextmanager
async def queue(rig: Rig, url: str, people: int) -> AsyncIterator[Store]:
    """A store with one normal announcement queued for so many lines."""
    async with opened(url) as store:
        await migrate(store)
        await settle(store, people)
        draft = Draft(AudienceRule(topics=(TOPIC,)), text="x")
        rendering = Rendering("message", rig.message, 0.8, "")
        await launch(
            store, Prepared(draft, rendering, Reach(people, people, 0), Ways(voice=rig.trunk.prefixes)), utc_now()
        )
        yield store


async def whole_path(rig: Rig, url: str, queued: int, calls: int, servers: Mapping[str, int]) -> Figures:
    """``calls`` in the midst of a queue: claimed, called, spoken to and their outcomes committed.

    Measured while all lines are busy: from when as many have ended as there are lines.
    """
    events = Counter[str]()
    async with (
        queue(rig, url, queued) as store,
        dialing(rig, store, lambda event: events.update([str(event.get("event"))])) as service,
    ):
        memory, meter = resident(), Meter(servers)
        async with working(service):
            first = await so_many_ended(store, rig.trunk.lines)
            meter.begin(first)
            heard = events.total()
            last = await so_many_ended(store, first + calls)
            return meter.read(last, events.total() - heard, (resident() - memory) // rig.trunk.lines)


async def so_many_ended(store: Store, calls: int) -> int:
    """When at least so many have ended, how many."""
    while (done := await ended(store)) < calls:
        await asyncio.sleep(LOOK_SECONDS)
    return done


@asynccontextmanager
async def working(service: Service) -> AsyncIterator[None]:
    work = asyncio.create_task(service.run())
    try:
        yield
    finally:
        work.cancel()
        await service.drain()


async def ended(store: Store) -> int:
    async with store.reading() as session:
        return await session.scalar(select(func.count()).where(Attempt.ended_at.is_not(None))) or 0


def resident() -> int:
    """Bytes of memory that our process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


async def delays(rig: Rig, url: str, calls: int, per_second: float) -> list[float]:
    """Milliseconds from due to INVITE of calls that fall due one after another, lines being free; sorted."""
    async with queue(rig, url, calls) as store:
        due = await _spread(store, calls, per_second)
        async with dialing(rig, store) as service, working(service):
            await so_many_ended(store, calls)
    rung = rig.network.invited()
    return sorted(1000 * (rung[line] - moment.timestamp()) for line, moment in due.items())


async def _spread(store: Store, calls: int, per_second: float) -> dict[str, datetime]:
    """Make the deliveries fall due at this pace, from two seconds on; gives the moments by line."""
    first = utc_now() + timedelta(seconds=2)
    async with store.writing() as session:
        rows = (await session.execute(select(Delivery.id, Delivery.address).order_by(Delivery.id))).all()
        due = [first + timedelta(seconds=i / per_second) for i in range(calls)]
        await session.execute(
            update(Delivery.__table__).where(Delivery.id == bindparam("this")).values(due_at=bindparam("then")),  # type: ignore[arg-type]
            [{"this": row.id, "then": moment} for row, moment in zip(rows, due, strict=True)],
        )
    return {row.address: moment for row, moment in zip(rows, due, strict=True)}
