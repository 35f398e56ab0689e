"""Many small writes, one transaction: what comes while one batch is being written makes up the next one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")

MOST = 200


class Batch(Generic[Item]):
    """Hands what many coroutines ``put`` to ``write``, one batch after another, without waiting for more to come."""

    def __init__(self, write: Callable[[Sequence[Item]], Awaitable[None]]) -> None:
        self._write = write
        self._waiting: list[tuple[Item, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def put(self, item: Item) -> None:
        """Returns when the item's batch is committed; raises what ``write`` raised for that batch."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._write_all(), name="batch writer")
        await done

    async def _write_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            error = await self._try([item for item, _ in batch])
            for _, done in batch:
                if done.done():  # whoever put it was cancelled
                    continue
                if error is None:
                    done.set_result(None)
                else:
                    done.set_exception(error)

    async def _try(self, items: Sequence[Item]) -> Exception | None:
        try:
            await self._write(items)
        except Exception as error:
            return error
        return None
