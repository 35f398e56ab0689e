"""Tasks in progress that have one owner: none is forgotten, none dies in silence."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator

import structlog

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
