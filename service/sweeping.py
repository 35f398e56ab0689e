"""The library of renderings is kept within its size, and what calls play stays."""

import asyncio
from collections.abc import Iterable
from datetime import datetime

from announcements.renderings import needed_renderings
from store.database import Store
from tts.library import Library, Rendering
from tts.sweep import Swept, sweep


async def sweep_library(
    library: Library, store: Store, prompts: Iterable[Rendering], most_bytes: int, now: datetime
) -> Swept:
    """``prompts``: what is said in every call."""
    async with store.reading() as session:
        needed = await needed_renderings(session)
    kept = needed | {prompt.key for prompt in prompts}
    return await asyncio.to_thread(sweep, library.shelf, kept, most_bytes, now)
