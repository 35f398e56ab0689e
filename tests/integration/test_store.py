"""The store on both engines: migrations match the tables, moments are aware, consents are append-only."""

import asyncio
import gc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, StatementError

from announcements.clock import DAY
from announcements.completion import HAS_OPEN
from store.database import Store, opened
from store.errors import SettingsError, StoreError
from store.migrate import config, migrate, require_current
from store.people import Consent, ConsentAct, ConsentWay, Subscriber
from store.rows import Change, add, adding, read
from store.staff import Audit, Way
from store.work import TrunkSwitch
from subscribers.audit import Actor, note, trail

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)


async def test_migrations_make_exactly_the_tables_the_code_expects(store: Store) -> None:
    async with store.writing() as session:
        await (await session.connection()).run_sync(lambda connection: command.check(config(connection)))


async def test_migrations_go_down_and_up_again(store: Store) -> None:
    async with store.writing() as session:
        await (await session.connection()).run_sync(lambda connection: command.downgrade(config(connection), "base"))
    with pytest.raises(StoreError, match="hlasatel migrate"):
        await require_current(store)
    await migrate(store)
    await require_current(store)


async def test_moments_come_back_aware_and_in_utc(store: Store) -> None:
    async with store.writing() as session:
        session.add(Subscriber(name="Jan", folded_name="jan", language="cs", created_at=NOW))
    async with store.reading() as session:
        assert (await session.scalars(select(Subscriber.created_at))).one() == NOW


async def test_rows_that_get_the_same_and_rows_that_do_not_are_all_written(store: Store) -> None:
    names = {1: "Jan", 2: "Jan", 3: "Eva", 4: "Ivo"}
    change = Change(Subscriber, "name", "created_at", where=Subscriber.left_at.is_(None))
    async with store.writing() as session:
        row = {"name": "", "folded_name": "", "language": "cs", "created_at": NOW - DAY}
        rows = [{**row, "id": number, "left_at": NOW if number == 4 else None} for number in names]
        await add(session, adding(Subscriber), rows)
        await add(session, adding(Subscriber), [])
        await change.make(session, {number: {"name": name, "created_at": NOW} for number, name in names.items()})
        await change.make(session, {})
        found = await read(session, select(Subscriber.id, Subscriber.name, Subscriber.created_at), {})
    assert sorted(map(tuple, found)) == [(1, "Jan", NOW), (2, "Jan", NOW), (3, "Eva", NOW), (4, "", NOW - DAY)]


async def test_what_is_over_is_not_walked_past_to_find_what_is_open(tmp_path: Path) -> None:
    """Else the end of each call costs more, the further a large announcement has got."""
    async with opened(f"sqlite:///{tmp_path}/store.db") as store:
        await migrate(store)
        query = HAS_OPEN.params(id=1).compile(store.engine, compile_kwargs={"literal_binds": True})
        async with store.reading() as session:
            plan = " ".join(row.detail for row in await session.execute(text(f"EXPLAIN QUERY PLAN {query}")))
    assert "ix_deliveries_open (announcement_id=? AND state=?)" in plan


async def test_a_naive_moment_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        async with store.writing() as session:
            session.add(Subscriber(name="Jan", folded_name="jan", language="cs", created_at=NOW.replace(tzinfo=None)))


async def test_the_consent_record_is_append_only(store: Store) -> None:
    async with store.writing() as session:
        session.add(
            Consent(
                subscriber_id=1,
                at=NOW,
                act=ConsentAct.GIVEN,
                way=ConsentWay.IMPORT,
                subject="all",
                wording="import-1",
                evidence="lide.csv",
            )
        )
    for change in (update(Consent).values(subject="voda"), delete(Consent)):
        with pytest.raises(DBAPIError, match="append-only"):
            async with store.writing() as session:
                await session.execute(change)


async def test_the_audit_trail_is_append_only(store: Store) -> None:
    """By the code that writes it, by SQL of one's own, and whatever the row says."""
    async with store.writing() as session:
        await note(session, Actor("Petr", Way.PHONE, call_id="a" * 32), "launched", "announcement 1", NOW)
    changes = (
        update(Audit).values(who="Nikdo"),
        delete(Audit),
        text("UPDATE audit SET call_id = call_id"),
        text("DELETE FROM audit WHERE id = 1"),
    )
    for change in changes:
        with pytest.raises(DBAPIError, match="append-only"):
            async with store.writing() as session:
                await session.execute(change)
    async with store.reading() as session:
        (entry,) = await trail(session)
    assert (entry.who, entry.act, entry.call_id) == ("Petr", "launched", "a" * 32)


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense"])
def test_an_unsupported_url_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"store\.url"):
        Store(url)


async def test_a_database_out_of_reach_says_so() -> None:
    store = Store("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(StoreError, match="out of reach"):
        await require_current(store)
    await store.close()


async def test_who_is_cancelled_in_mid_transaction_keeps_nobody_from_writing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the service ends while it claims; the error, and with it the statement, is still held by somebody."""
    monkeypatch.setattr("store.database.SQLITE_BUSY_MILLISECONDS", 2000)
    sqlite = store.engine.dialect.name == "sqlite"
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300000) SELECT count(*) FROM n"
    begun = asyncio.Event()

    async def writes() -> None:
        async with store.writing() as session:
            await session.execute(insert(TrunkSwitch).values(trunk="o2", off_since=NOW))
            begun.set()
            await session.execute(text(numbers if sqlite else "SELECT pg_sleep(5)"))

    gc.disable()
    try:
        cancelled = asyncio.create_task(writes())
        await begun.wait()
        await asyncio.sleep(0.02)
        cancelled.cancel()
        (error,) = await asyncio.gather(cancelled, return_exceptions=True)
        async with asyncio.timeout(5), store.writing() as session:
            await session.execute(insert(TrunkSwitch).values(trunk="o2", off_since=NOW))
    finally:
        gc.enable()
    assert isinstance(error, asyncio.CancelledError)


async def test_a_store_that_closes_lets_a_writer_end_and_takes_nobody_in_any_more(store: Store, store_url: str) -> None:
    inside, may_go_on = asyncio.Event(), asyncio.Event()

    async def writes() -> None:
        async with store.writing() as session:
            inside.set()
            await may_go_on.wait()
            await session.execute(insert(TrunkSwitch).values(trunk="o2", off_since=NOW))

    writer = asyncio.create_task(writes())
    await inside.wait()
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    assert not closing.done()
    may_go_on.set()
    await asyncio.gather(writer, closing)
    with pytest.raises(StoreError, match="closed"):
        async with store.reading():
            pass
    async with opened(store_url) as again, again.reading() as session:
        assert (await session.scalars(select(TrunkSwitch.trunk))).one() == "o2"
