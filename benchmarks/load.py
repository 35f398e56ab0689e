"""Whole-path runs of the dialer under load, and what they cost."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
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
from benchmarks.rig import Rig, dialing
from service.service import Service, utc_now
from store.database import Store, opened
from store.migrate import migrate
from store.work import Attempt, Delivery
from tts.library import Rendering

PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Figures:
    calls_per_second: float
    # Of our process, milliseconds.
    cpu_per_call: float
    events_per_second: float
    # Of our process's memory.
    kib_per_line: float


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


async def whole_path(rig: Rig, url: str, queued: int, calls: int) -> Figures:
    """The first ``calls`` of a queue: claimed, called, spoken to and their outcomes committed."""
    events = Counter[str]()
    async with (
        queue(rig, url, queued) as store,
        dialing(rig, store, lambda event: events.update([str(event.get("event"))])) as service,
    ):
        memory, begun, cpu = resident(), time.monotonic(), time.process_time()
        async with working(service):
            while await ended(store) < calls:
                await asyncio.sleep(0.2)
            seconds, spent, grown = time.monotonic() - begun, time.process_time() - cpu, resident() - memory
            done = await ended(store)
    return Figures(done / seconds, 1000 * spent / done, events.total() / seconds, grown / 1024 / rig.trunk.lines)


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
            while await ended(store) < calls:
                await asyncio.sleep(0.2)
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
