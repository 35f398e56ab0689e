"""Fixtures that every suite shares: a migrated store on each database engine."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from store.database import Store
from store.migrate import migrate
from tests.postgres import in_postgres, postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A server whose database ``migrated`` has the tables, to be copied."""
    with postgres() as url:
        asyncio.run(in_postgres(url, "CREATE DATABASE migrated"))
        asyncio.run(_migrate(f"{url}/migrated"))
        yield url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with the tables, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "store.db"
    asyncio.run(_migrate(f"sqlite:///{file}"))
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with tables and nothing in them; every test that uses it runs on both engines."""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "store.db")
        yield f"sqlite:///{file}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"t{secrets.token_hex(6)}"
    asyncio.run(in_postgres(server, f"CREATE DATABASE {name} TEMPLATE migrated"))
    yield f"{server}/{name}"
    asyncio.run(in_postgres(server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    store = Store(store_url)
    yield store
    await store.close()


async def _migrate(url: str) -> None:
    store = Store(url)
    await migrate(store)
    await store.close()
