"""Bring the database to the newest shape, and tell whether it is there."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from store.database import Store
from store.errors import StoreError

Result = TypeVar("Result")


async def migrate(store: Store) -> None:
    """Run all outstanding migrations in one transaction."""
    await _on_connection(store, lambda connection: command.upgrade(config(connection), "head"))


async def require_current(store: Store) -> None:
    """Raises StoreError unless the database has the shape this program expects."""
    if await _on_connection(store, _revision) != newest_revision():
        raise StoreError("the database is not in this version's shape", mend="run: hlasatel migrate")


def newest_revision() -> str | None:
    return ScriptDirectory.from_config(config()).get_current_head()


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings, made in code so that the installed package needs no ini file."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.attributes["connection"] = connection
    return made


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def _on_connection(store: Store, work: Callable[[Connection], Result]) -> Result:
    async with store.writing() as session:
        return await (await session.connection()).run_sync(work)
