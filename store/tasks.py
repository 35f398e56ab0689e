"""Tasks in progress that have one owner: none is forgotten, none dies in silence; and work that goes on for ever."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from typing import NoReturn

import structlog

from store.errors import HlasatelError

log = structlog.get_logger(__name__)


class Tasks:
    """``on_end`` is called whenever one of them has ended, however it did."""

    def __init__(self, on_end: Callable[[], None] = lambda: None) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._on_end = on_end

    def __len__(self) -> int:
        return len(self._running)

    def __iter__(self) -> Iterator[str]:
        """Their names."""
        return iter([task.get_name() for task in self._running])

    def start(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def one_ends(self) -> None:
        if self._running:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    async def drain(self) -> None:
        """Wait until all have ended, also those that are started meanwhile."""
        while self._running:
            await asyncio.wait(self._running)

    async def cancel(self) -> None:
        """End all of them now."""
        for task in self._running:
            task.cancel()
        await self.drain()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._on_end()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a task died", task=task.get_name(), exc_info=error)


async def for_ever(
    work: Callable[[], Awaitable[int | None]],
    pause_seconds: float,
    trouble: str,
    stirred: asyncio.Event | None = None,
    **about: str,
) -> NoReturn:
    """Work until cancelled; pause whenever there was nothing to do: ``work`` gives how much it did, if it can tell.

    ``stirred`` ends a pause. ``trouble`` with what it is ``about`` goes to the log when the database, Asterisk or the
    disk refuses; that passes.
    """
    stirred = stirred or asyncio.Event()
    while True:
        done = None
        try:
            done = await work()
        except (HlasatelError, OSError) as error:
            log.error(trouble, error=str(error), **about)
        if not done:
            await set_or_seconds(stirred, pause_seconds)


async def set_or_seconds(event: asyncio.Event, seconds: float) -> None:
    """Wait until ``event`` is set, which is taken back then, or the time is over."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    event.clear()
