"""Waiting for something that will come, never for a number of seconds."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(happened: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> None:
    """Ask again and again until ``happened``. Raises TimeoutError after ``seconds``."""
    async with asyncio.timeout(seconds):
        while not await happened():
            await asyncio.sleep(0.05)
