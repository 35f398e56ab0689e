"""The dispatcher against a fake Asterisk: commit first, keep lines and pace, lose no outcome, ring nobody twice."""

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
import structlog
from sqlalchemy import make_url, select, text
from sqlalchemy.ext.asyncio import create_async_engine
from structlog.testing import LogCapture

from announcements.callbacks import SOON, CallbackLimits, request_callback
from dialer import calls as calls_module
from dialer import exchange as exchange_module
from dialer import link as link_module
from dialer.exchange import Sounds
from dialplans.names import CALLBACK_CONTEXT
from store import database as database_module
from store.callers import Purpose
from store.database import Store
from store.errors import InputError
from store.states import DeliveryState, Disposition
from store.work import Attempt, Delivery
from tests.deadline import until
from tests.dialing import dialing, trunk
from tests.fake_ami import FakeAsterisk, Peer, Received, break_off, fake_asterisk, originate, refuse
from tests.people import MESSAGE_SECONDS, NOW, add, announce, attempt, deliveries, line, prepare_town
from tts.library import Library


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "RECONNECT_SECONDS", 0)
    monkeypatch.setattr(calls_module, "GRACE_SECONDS", 0.02)
    monkeypatch.setattr(exchange_module, "STORE_RETRY_SECONDS", 0.02)


@pytest.fixture
async def fake() -> AsyncIterator[FakeAsterisk]:
    async with fake_asterisk() as asterisk:
        yield asterisk


async def town(store: Store, people: int) -> None:
    await prepare_town(store)
    for number in range(1, people + 1):
        await add(store, f"Person {number}", line(number))
    await announce(store)


async def answer_and_listen(peer: Peer, action: Received) -> None:
    """The phone is lifted, the dialplan plays the whole message, and the person hangs up."""
    await originate(peer, action)
    await peer.asterisk.hang_up(action.headers["ChannelId"], variables=(f"HLASATEL_HEARD={MESSAGE_SECONDS}",))


async def test_nothing_is_originated_before_its_attempt_is_committed(store: Store, fake: FakeAsterisk) -> None:
    await town(store, 5)
    seen: list[tuple[str, DeliveryState]] = []

    async def look(peer: Peer, action: Received) -> None:
        async with store.reading() as session:
            query = select(Attempt.address, Delivery.state).join(Delivery)
            found = (await session.execute(query.where(Attempt.id == action.headers["ActionID"]))).one()
            seen.append((found.address, found.state))
        await answer_and_listen(peer, action)

    fake.behaviour["Originate"] = look
    async with dialing(store, fake) as office:
        rows = await office.until_ended(5)
    assert sorted(seen) == [(line(number), DeliveryState.SENDING) for number in range(1, 6)]
    assert {row.state for row in rows} == {DeliveryState.DELIVERED}


async def test_each_line_is_rung_once_on_its_own_number(store: Store, fake: FakeAsterisk) -> None:
    await town(store, 8)
    fake.behaviour["Originate"] = answer_and_listen
    async with dialing(store, fake, trunk("a"), trunk("b")) as office:
        rows = await office.until_ended(8)
    rung = Counter(action.headers["Channel"].partition("@")[0] for action in fake.of("Originate"))
    assert rung == {f"PJSIP/{line(number)}": 1 for number in range(1, 9)}
    assert [len(row.attempts) for row in rows] == [1] * 8
    assert all(row.attempts[0].cause == 16 for row in rows)


async def test_never_more_calls_than_lines(store: Store, fake: FakeAsterisk) -> None:
    await town(store, 6)
    up: list[int] = []

    async def count(peer: Peer, action: Received) -> None:
        await originate(peer, action)
        up.append(len(fake.legs))

    fake.behaviour["Originate"] = count
    async with dialing(store, fake, trunk(lines=2)) as office:
        for done in range(4):
            await fake.got("Originate", done + 2)
            assert office.dispatchers[0].lines_up == 2
            await fake.hang_up(fake.of("Originate")[done].headers["ChannelId"], cause=17, up=False)
        await office.until_ended(4)
        await fake.got("Originate", 6)
    assert max(up) == 2


async def test_the_pace_is_kept(store: Store, fake: FakeAsterisk) -> None:
    await town(store, 12)
    moments: list[float] = []

    async def note(peer: Peer, action: Received) -> None:
        moments.append(time.monotonic())
        await originate(peer, action)

    fake.behaviour["Originate"] = note
    async with dialing(store, fake, trunk(calls_per_second=20)):
        await fake.got("Originate", 12)
    assert moments[-1] - moments[0] >= 11 / 20 - 0.1


async def test_two_trunks_share_the_calls_by_weight(store: Store, fake: FakeAsterisk) -> None:
    await town(store, 24)
    fake.behaviour["Originate"] = answer_and_listen
    async with dialing(store, fake, trunk("a", weight=1), trunk("b", weight=3)) as office:
        rows = await office.until_ended(24)
    shares = Counter(row.attempts[0].trunk for row in rows)
    assert shares.total() == 24
    assert abs(shares["b"] - 18) <= 2


async def test_a_refused_originate_ends_the_attempt_as_failed(store: Store, fake: FakeAsterisk) -> None:
    await town(store, 1)
    fake.behaviour["Originate"] = refuse
    async with dialing(store, fake) as office:
        (row,) = await office.until_ended()
    assert (row.state, row.attempts[0].disposition) == (DeliveryState.QUEUED, Disposition.FAILED)


async def test_what_may_not_go_into_a_call_is_failed_before_anything_is_sent(store: Store, fake: FakeAsterisk) -> None:
    def no_such_sound(key: str) -> Path:
        raise InputError(f"“{key}” is not the key of a rendering")

    await town(store, 2)
    for message in (no_such_sound, lambda _: Path("/sounds/a b")):
        async with dialing(store, fake, sounds=Sounds(lambda: Path("/sounds/greeting"), message)) as office:
            office.now = (await deliveries(store))[0].due_at
            await office.until(lambda rows: all(row.state is DeliveryState.QUEUED and row.attempts for row in rows))
    rows = await deliveries(store)
    assert {one.disposition for row in rows for one in row.attempts} == {Disposition.FAILED}
    assert not fake.of("Originate")


async def test_a_call_back_has_no_message_and_is_originated_all_the_same(store: Store, fake: FakeAsterisk) -> None:
    await prepare_town(store)
    async with store.writing() as session:
        await request_callback(session, line(1), Purpose.STAFF, CallbackLimits(), NOW - 2 * SOON, call_id="call")
    library = Library(Path("/tmp/none"), [])  # noqa: S108  (never opened)
    async with dialing(store, fake, sounds=Sounds(lambda: Path("/sounds/greeting"), library.path_of)):
        await until(lambda: _originated(fake))
    (action,) = fake.of("Originate")
    assert action.headers["Context"] == CALLBACK_CONTEXT


async def _originated(fake: FakeAsterisk) -> bool:
    return bool(fake.of("Originate"))


async def test_a_failed_originate_without_a_leg_ends_by_its_reason(store: Store, fake: FakeAsterisk) -> None:
    async def fail(peer: Peer, action: Received) -> None:
        await peer.answer(action, "Success", "Message: Originate successfully queued")
        mark = f"ActionID: {action.headers['ActionID']}"
        await fake.event("OriginateResponse", mark, "Response: Failure", "Reason: 8", "Uniqueid: <unknown>")

    await town(store, 1)
    fake.behaviour["Originate"] = fail
    async with dialing(store, fake) as office:
        (row,) = await office.until_ended()
    assert (row.attempts[0].disposition, row.attempts[0].cause) == (Disposition.CONGESTION, None)


async def test_an_unsure_originate_that_rings_after_all_is_seen_to_its_end(store: Store, fake: FakeAsterisk) -> None:
    async def ring_and_break_off(peer: Peer, action: Received) -> None:
        fake.legs.add(action.headers["ChannelId"])
        peer.drop()

    await town(store, 1)
    fake.behaviour["Originate"] = ring_and_break_off
    async with dialing(store, fake) as office:
        await fake.got("CoreShowChannels", 3)
        await asyncio.wait_for(office.exchange.link.wait_up(), 5)
        assert (await deliveries(store))[0].attempts[0].ended_at is None
        (leg,) = fake.legs
        await fake.hang_up(leg, variables=(f"HLASATEL_HEARD={MESSAGE_SECONDS}",))
        (row,) = await office.until_ended()
    assert (row.state, row.attempts[0].disposition) == (DeliveryState.DELIVERED, Disposition.ANSWERED)
    assert len(fake.of("Originate")) == 1


async def test_an_unsure_originate_that_never_rang_is_unknown_and_not_sent_again(
    store: Store, fake: FakeAsterisk
) -> None:
    await town(store, 1)
    fake.behaviour["Originate"] = break_off
    async with dialing(store, fake) as office:
        (row,) = await office.until_ended()
        assert (row.state, row.attempts[0].disposition) == (DeliveryState.QUEUED, Disposition.UNKNOWN)
        await asyncio.wait_for(office.exchange.link.wait_up(), 5)
        await office.exchange.link.action("Ping", {})
    assert len(fake.of("Originate")) == 1


async def test_while_asterisk_is_away_nobody_is_claimed(store: Store, fake: FakeAsterisk) -> None:
    await prepare_town(store)
    fake.behaviour["Originate"] = answer_and_listen
    async with dialing(store, fake) as office:
        await fake.stop()
        async with asyncio.timeout(5):
            while office.exchange.link.up:
                await asyncio.sleep(0)
        await add(store, "Jan", line(1))
        await announce(store)
        await fake.start()
        (row,) = await office.until_ended()
    assert [one.disposition for one in row.attempts] == [Disposition.ANSWERED]


async def test_when_dialing_stops_the_calls_in_progress_are_recorded(store: Store, fake: FakeAsterisk) -> None:
    await town(store, 3)
    async with dialing(store, fake, trunk(lines=2)) as office:
        await fake.got("Originate", 2)
        await office.stop_dialing()
        draining = asyncio.create_task(office.dispatchers[0].drain())
        for leg in list(fake.legs):
            await fake.hang_up(leg, cause=17, up=False)
        await asyncio.wait_for(draining, 5)
        rows = await deliveries(store)
    assert sorted(len(row.attempts) for row in rows) == [0, 1, 1]
    assert {one.disposition for row in rows for one in row.attempts} == {Disposition.BUSY}


@asynccontextmanager
async def outage(store: Store) -> AsyncIterator[None]:
    """The database takes no writes: on SQLite somebody holds its lock, on PostgreSQL it takes no connections."""
    url = make_url(store.url)
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(url.database), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    admin = create_async_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false"))
        query = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
        await connection.execute(query, {"name": url.database})
        yield
        await connection.execute(text(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true"))
    await admin.dispose()


@pytest.fixture
def capture() -> Iterator[LogCapture]:
    capture = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[capture])
    yield capture
    structlog.configure(**before)


async def said(capture: LogCapture, words: str) -> None:
    async with asyncio.timeout(10):
        while not any(entry["event"] == words for entry in capture.entries):
            await asyncio.sleep(0.01)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite says at once that it is locked; before ``store``, whose connections are told so."""
    monkeypatch.setattr(database_module, "SQLITE_BUSY_MILLISECONDS", 20)


async def test_an_outcome_waits_for_the_store_to_come_back(
    impatient: None, store: Store, fake: FakeAsterisk, capture: LogCapture
) -> None:
    await town(store, 1)
    async with dialing(store, fake) as office:
        (action,) = await fake.got("Originate")
        async with outage(store):
            await fake.hang_up(action.headers["ChannelId"], variables=(f"HLASATEL_HEARD={MESSAGE_SECONDS}",))
            await said(capture, "cannot record an outcome yet")
        (row,) = await office.until_ended()
        assert not office.running[0].done()
    assert (row.state, row.heard_seconds) == (DeliveryState.DELIVERED, MESSAGE_SECONDS)
    assert (await attempt(store, action.headers["ChannelId"])).disposition is Disposition.ANSWERED


async def test_the_statement_of_an_attempt_has_no_token_in_it(store: Store, fake: FakeAsterisk) -> None:
    await town(store, 1)
    async with dialing(store, fake):
        (action,) = await fake.got("Originate")
    (token,) = [value.partition("=")[2] for value in action.variables if value.startswith("HLASATEL_TOKEN=")]
    async with store.reading() as session:
        assert token not in str((await session.execute(select(Attempt.__table__))).all())
