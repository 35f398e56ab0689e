"""The receiving of SMS as in the service, without an Asterisk: in this process, or in one that can be killed."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry

from service.current import current_store
from service.incoming import Doors, open_incoming
from service.loading import load_settings
from service.settings import Settings
from service.texting import open_texting
from store.database import Store
from tests.people import RULES

DEADLINE_SECONDS = 60.0


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def receiving(settings: Settings, store: Store) -> AsyncIterator[None]:
    """All its parts run till the end of the block; none may have died by then."""
    doors = Doors(settings, store, now)
    async with (
        open_texting(settings, store, RULES, CollectorRegistry(), now, doors.routes) as texting,
        open_incoming(settings, store, doors, texting.sms, now) as incoming,
    ):
        work = [*texting.parts(), *(incoming.parts() if incoming else [])]
        parts = [asyncio.create_task(one, name=name) for name, one in work]
        try:
            yield
            assert not [part for part in parts if part.done()]
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)


async def until(happened: Callable[[], bool], what: str = "") -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not happened():
            await asyncio.sleep(0.05)


async def _main() -> None:
    settings = load_settings(Path(sys.argv[1]))
    async with current_store(settings.store) as store, receiving(settings, store):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
