"""The store, opened only where it is there and has the shape this version expects."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.sections import StoreSettings
from store.database import Store, opened
from store.errors import StoreError
from store.migrate import require_current


@asynccontextmanager
async def current_store(settings: StoreSettings) -> AsyncIterator[Store]:
    """Raises StoreError where there is none, without making one: the settings may be those of another folder."""
    if settings.file is not None and not settings.file.is_file():
        raise StoreError(
            f"there is no database {settings.file}", mend="run: hlasatel migrate; or name other settings with -c FILE"
        )
    async with opened(settings.url) as store:
        await require_current(store)
        yield store
