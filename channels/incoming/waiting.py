"""Waiting for work: it is told of, or looked for now and then, for another process may have written it."""

import asyncio


async def either(event: asyncio.Event, seconds: float) -> None:
    """Returns when ``event`` is set, or after that long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
