"""Many small jobs, one transaction: what comes while one batch is at work makes up the next one."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from store.tasks import set_or_seconds

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MOST = 200
# Batches begin at least this far apart, unless half of one has gathered: a transaction costs much the same for one item
# and for ten. A first item never waits.
APART_SECONDS = 0.2


class Batch(Generic[Item, Answer]):
    """Hands what many coroutines ``put`` to ``work``, one batch after another; it gives an answer for each item."""

    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]], most: int = MOST) -> None:
        self._work = work
        self._most = most
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._worker: asyncio.Task[None] | None = None
        self._began_at = -APART_SECONDS
        self._gathered = asyncio.Event()

    async def put(self, item: Item) -> Answer:
        """Returns when the item's batch is done; raises what ``work`` raised for that batch."""
        done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if len(self._waiting) >= self._most // 2:
            self._gathered.set()
        if self._worker is None or self._worker.done():
            self._worker = asyncio.get_running_loop().create_task(self._work_all(), name="batch worker")
        return await done

    async def _work_all(self) -> None:
        while self._waiting:
            await set_or_seconds(self._gathered, self._began_at + APART_SECONDS - time.monotonic())
            self._began_at = time.monotonic()
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            await self._answer([item for item, _ in batch], [done for _, done in batch])

    async def _answer(self, items: Sequence[Item], waiting: Sequence["asyncio.Future[Answer]"]) -> None:
        try:
            answers = await self._work(items)
        except Exception as error:
            for done in waiting:
                if not done.done():  # else whoever put it was cancelled
                    done.set_exception(error)
            return
        for done, answer in zip(waiting, answers, strict=True):
            if not done.done():
                done.set_result(answer)
