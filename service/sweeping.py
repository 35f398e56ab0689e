"""The library of renderings is kept within its size, and what calls play stays; what callers left has an end."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from announcements.listening import listened_renderings, listened_since
from announcements.renderings import needed_renderings
from service.retention import Retention
from store.database import Store
from store.tasks import for_ever
from tts.library import Library, Rendering
from tts.sweep import Swept, sweep

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 600.0


@dataclass(frozen=True)
class Sweeper:
    """Sweeps while a service runs."""

    library: Library
    store: Store
    # What is said in every call; the town's number adds its own.
    prompts: list[Rendering]
    most_bytes: int
    # Announcements can be listened to for so many days.
    listening_days: int
    retention: Retention

    async def run(self, clock: Callable[[], datetime]) -> None:
        """For ever; cancelled to end."""
        for_each = partial(for_ever, pause_seconds=SWEEP_SECONDS, trouble="cannot sweep yet")
        await asyncio.gather(
            for_each(partial(self._library, clock), what="renderings"),
            for_each(partial(self._callers, clock), what="what callers left"),
        )

    async def _library(self, clock: Callable[[], datetime]) -> None:
        await sweep_library(self.library, self.store, self.prompts, self.most_bytes, self.listening_days, clock())

    async def _callers(self, clock: Callable[[], datetime]) -> None:
        forgotten = await self.retention.sweep(clock())
        if forgotten.calls or forgotten.recordings:
            log.info("swept what callers left", calls=forgotten.calls, recordings=forgotten.recordings)


async def sweep_library(
    library: Library, store: Store, prompts: Iterable[Rendering], most_bytes: int, listening_days: int, now: datetime
) -> Swept:
    """``prompts``: what is said in every call."""
    async with store.reading() as session:
        needed = await needed_renderings(session)
        listened = await listened_renderings(session, listened_since(now, listening_days), now)
    kept = needed | listened | {prompt.key for prompt in prompts}
    return await asyncio.to_thread(sweep, library.shelf, kept, most_bytes, now)
