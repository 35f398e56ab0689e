"""The door to the database: one engine, sessions for reading and for writing, SQLite or PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from store.errors import SettingsError, StoreError

SQLITE_BUSY_MILLISECONDS = 10_000
# Whoever is in the middle of a transaction has that long to end it when the store closes.
LEAVE_SECONDS = 10.0
# Connection lost, transaction rolled back (deadlock), out of resources (full disk), wrong state, shutdown, system.
_TROUBLE_CLASSES = frozenset({"08", "40", "53", "55", "57", "58"})


class Store:
    """Hands out sessions; each ``writing()`` block is one short transaction, committed at its end."""

    def __init__(self, url: str) -> None:
        """``url``: ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST/NAME``.

        Raises SettingsError for a URL that is neither.
        """
        self.url = async_url(url)
        self.engine = _create_engine(self.url)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        # SQLite has one writer. Who finds it busy sleeps and tries again, in no order, and may wait for ever so long;
        # so those of this process take turns.
        self._turn = asyncio.Lock() if self.engine.dialect.name == "sqlite" else nullcontext()
        self._sessions_open = 0
        self._session_ended = asyncio.Event()
        self._closed = False

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction that may write: committed at the end, rolled back on any error.

        Raises StoreError when the database is out of reach or full, or the store closed.
        """
        with self._session_counted(), _translated():
            async with self._turn, self._sessions.begin() as session:
                await session.connection(execution_options={"hlasatel_writes": True})
                yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads, so that it never waits for SQLite's one writer."""
        with self._session_counted(), _translated():
            async with self._sessions() as session:
                yield session

    async def refresh_statistics(self) -> None:
        """After many new rows. PostgreSQL plans queries by statistics that follow by themselves only within minutes;
        till then it may read whole tables for a single call.
        """
        if self.engine.dialect.name == "postgresql":
            async with self.writing() as session:
                await session.execute(text("ANALYZE"))

    async def close(self) -> None:
        """Take nobody in any more, and let those who are inside end; a connection in use would never be closed."""
        self._closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                while self._sessions_open:
                    self._session_ended.clear()
                    await self._session_ended.wait()
        await self.engine.dispose()

    @contextmanager
    def _session_counted(self) -> Iterator[None]:
        if self._closed:
            raise StoreError("the store is closed", mend="open it again")
        self._sessions_open += 1
        try:
            yield
        finally:
            self._sessions_open -= 1
            self._session_ended.set()


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the drivers say of an unreachable, locked or full database into StoreError."""
    try:
        yield
    except DBAPIError as error:
        if not _is_of_the_database(error):
            raise
        raise StoreError(
            f"the database refused: {error.orig}",
            mend="see that it runs, that store.url is right and that its disk has room",
        ) from error
    except OSError as error:
        raise StoreError(f"the database is out of reach: {error}", mend="see that it runs and store.url") from error


def _is_of_the_database(error: DBAPIError) -> bool:
    """Whether the database itself is in trouble, not our statement.

    asyncpg's errors say so only by their SQLSTATE class (PostgreSQL, appendix A).
    """
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return (
        isinstance(error, OperationalError | InterfaceError)
        or error.connection_invalidated
        or state[:2] in _TROUBLE_CLASSES
    )


def async_url(url: str) -> str:
    """The URL with the asyncio driver of its database in it."""
    drivers = {
        "sqlite": "sqlite+aiosqlite",
        "postgresql": "postgresql+asyncpg",
        "postgres": "postgresql+asyncpg",
    }
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError(f"store.url: {error}", mend="write sqlite:///FILE or postgresql://…") from error
    driver = drivers.get(parsed.get_backend_name())
    if driver is None:
        raise SettingsError(
            f"store.url: {parsed.get_backend_name()} is not supported",
            mend="write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME",
        )
    return parsed.set(drivername=driver).render_as_string(hide_password=False)


def _create_engine(url: str) -> AsyncEngine:
    engine = create_async_engine(url, hide_parameters=True, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    return engine


def _prepare_sqlite(engine: AsyncEngine) -> None:
    """WAL, foreign keys, and BEGIN IMMEDIATE for writers.

    A writer that begins deferred and upgrades later fails with "database is locked" at once, whatever the
    busy timeout (https://sqlite.org/isolation.html), so writers take the lock first.
    """
    database = engine.url.database
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MILLISECONDS}")  # first: the next one may have to wait
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    @event.listens_for(engine.sync_engine, "invalidate")
    def give_back_the_lock(connection: Any, _record: Any, _error: Any) -> None:
        """Of whoever was cancelled in mid-statement. Closing alone keeps the lock till the last cursor is collected,
        and nobody could write meanwhile (https://sqlite.org/c3ref/close.html, zombies).
        """
        with suppress(Exception):  # it may be closed already
            connection.rollback()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("hlasatel_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    store = Store(url)
    try:
        yield store
    finally:
        await store.close()
