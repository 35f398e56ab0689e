"""Messages from people through a real Kannel and its test centre, to the store, and the answers back to the phones."""

import asyncio
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from channels.incoming.settings import KannelInbox
from channels.settings import DoorSettings
from lab.ports import free_ports
from service.sections import TownSettings
from service.settings import Settings
from store.database import Store
from store.messages import Answer, AnswerState, IncomingMessage, MessageState
from tests.integration.incoming import MOBILE, OURS, Town, make_town
from tests.kannel import Kannel, kannel
from tests.receiving import DEADLINE_SECONDS, receiving
from tests.smpp import centre as smpp_centre

SECRET = "a-secret-of-the-town"
# As docs/sms.md has it.
GET_URL = (
    "http://127.0.0.1:{port}/incoming/kannel?secret={secret}&id=%I&from=%p&to=%P&text=%b&charset=%C&coding=%c&udh=%u"
)
MANY = 60


@asynccontextmanager
async def gateway(folder: Path, smpp_port: int | None = None) -> AsyncIterator[tuple[Kannel, Settings]]:
    """A Kannel that brings messages to a door which is not open yet, and the settings to open it with."""
    [port] = free_ports(socket.SOCK_STREAM, 1)
    async with kannel(
        folder / "kannel", incoming_url=GET_URL.format(port=port, secret=SECRET), smpp_port=smpp_port
    ) as running:
        yield (
            running,
            Settings(
                town=TownSettings(name="Studénka"),
                sms=(running.settings(sender=OURS),),
                door=DoorSettings(port=port),
                inboxes=(KannelInbox(adapter="kannel", name="kannel", secret=SECRET),),
            ),
        )


async def until_done(town: Town, messages: int) -> None:
    """Till so many messages have been dealt with, and nothing waits."""
    open_ones = select(func.count()).where(IncomingMessage.state.in_((MessageState.NEW, MessageState.WAITING)))
    done = select(func.count()).where(IncomingMessage.state == MessageState.DONE)
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            async with town.store.reading() as session:
                if await session.scalar(done) == messages and not await session.scalar(open_ones):
                    return
            await asyncio.sleep(0.05)


async def test_people_register_and_are_answered(store: Store, tmp_path: Path) -> None:
    town = await make_town(store)
    async with gateway(tmp_path) as (centre, settings), receiving(settings, store):
        await centre.bring("420602123456", OURS, "REGISTRUJ Jan Novak Tyrsova 214 T1")
        await centre.bring("+420602123457", OURS, quote("REGISTRUJ Eva Žáková Nádražní 10".encode("utf-16-be")), "ucs2")
        for number, piece in enumerate(("REGISTRUJ Josef Dlou", "hy, Polni 2, ", "T1, T2 a T3"), 1):
            await centre.bring("420602123458", OURS, f"%05%00%03%2A%03%0{number} {quote(piece)}", "udh")
        await until_done(town, 3)
        parts = await centre.until_received(3)
    assert {person.entry.name: person.entry.phones[0].number for person in await town.people()} == {
        "Jan Novak": MOBILE,
        "Eva Žáková": "+420602123457",
        "Josef Dlouhy": "+420602123458",
    }
    answered = {part.to: part.text for part in parts}
    assert answered[MOBILE].startswith("Registrace hotova: Jan Novak, Tyrsova 214/1. Témata: T1.")
    assert answered["+420602123457"].startswith("Registrace hotova: Eva Zakova, Nadrazni 10. Témata: B5.")
    assert answered["+420602123458"].startswith("Registrace hotova: Josef Dlouhy, Polni 2. Témata: T1 T2 T3.")


async def test_whatever_comes_is_stored_and_nobody_is_answered_twice(store: Store, tmp_path: Path) -> None:
    town = await make_town(store)
    async with gateway(tmp_path) as (centre, settings), receiving(settings, store):
        await centre.bring("420602123451", OURS, "")
        await centre.bring("420602123452", OURS, quote(b"\x01\x02\xff\x00"), "data")
        await centre.bring("420602123453", OURS, quote("🙂🙂".encode("utf-16-be")), "ucs2")
        await centre.bring("Banka", OURS, "Vyhodna pujcka")
        await centre.bring("90733", OURS, "STOP")
        await centre.bring(OURS, OURS, "STAV")
        await until_done(town, 6)
        parts = await centre.until_received(3)
    assert Counter(part.to for part in parts) == Counter(f"+42060212345{last}" for last in (1, 2, 3))
    assert {row.data for row in await town.messages() if row.data} == {b"\x01\x02\xff\x00"}


async def test_a_flash_message_is_a_message(store: Store, tmp_path: Path) -> None:
    """Class 0, as data_coding 0x10 or 0xF0: the phone shows it and keeps nothing, and we keep it like any other."""
    town = await make_town(store)
    async with smpp_centre({}) as network, gateway(tmp_path, network.port) as (_, settings), receiving(settings, store):
        for sender, coding in (("420602123451", 0x10), ("420602123452", 0xF0)):
            network.bring(sender, OURS, "REGISTRUJ Jan Novak Tyrsova 214 T1", coding)
        await until_done(town, 2)
        assert sorted(row.text or "" for row in await town.messages()) == ["REGISTRUJ Jan Novak Tyrsova 214 T1"] * 2
    assert sorted(person.entry.phones[0].number for person in await town.people()) == [
        "+420602123451",
        "+420602123452",
    ]


async def test_a_service_killed_again_and_again_loses_and_doubles_nothing(store: Store, tmp_path: Path) -> None:
    town = await make_town(store)
    async with gateway(tmp_path) as (centre, settings):
        file = _written(settings, store, centre, tmp_path)
        process = await _started(file)
        for number in range(MANY):
            await centre.bring(f"4206021{number:05}", OURS, "REGISTRUJ Jan Novak Tyrsova 214 T1")
            if number % 15 == 14:
                # In the middle of whatever it does just now; Kannel tries again what was not acknowledged.
                process.kill()
                await process.wait()
                process = await _started(file)
        await until_done(town, MANY)
        process.kill()
        await process.wait()
        process = await _started(file)
        sent = await _answers_end(town)
        got = await _received(centre, sent)
        process.kill()
        await process.wait()
    people = await town.people()
    assert sorted(person.entry.phones[0].number for person in people) == [f"+4206021{n:05}" for n in range(MANY)]
    assert len(await town.messages()) == MANY
    assert [to for to, times in Counter(got).items() if times > 1] == []


async def _answers_end(town: Town) -> set[str]:
    """Whose answers a gateway took, once none waits any more."""
    open_ones = select(func.count()).where(Answer.state.in_((AnswerState.QUEUED, AnswerState.SENDING)))
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            async with town.store.reading() as session:
                if not await session.scalar(open_ones):
                    return set(await session.scalars(select(Answer.number).where(Answer.state == AnswerState.SENT)))
            await asyncio.sleep(0.05)


async def _received(centre: Kannel, wanted: set[str]) -> list[str]:
    """Who was answered, once all of ``wanted`` were; also those of whose answer a kill left us unsure."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not wanted <= set(got := [part.to for part in centre.received()]):
            await asyncio.sleep(0.05)
    return got


def _written(settings: Settings, store: Store, centre: Kannel, folder: Path) -> Path:
    """The settings as a file, for a process of its own."""
    sending = centre.settings()
    file = folder / "hlasatel.toml"
    file.write_text(
        f'''
[town]
name = "Studénka"
[store]
url = "{store.url.replace("+aiosqlite", "").replace("+asyncpg", "")}"
[door]
port = {settings.door.port}
[[sms]]
adapter = "kannel"
name = "kannel"
url = "{sending.url}"
username = "{sending.username}"
password = "{sending.password.get_secret_value()}"
sender = "{OURS}"
messages_per_second = 500
[[inboxes]]
adapter = "kannel"
name = "kannel"
secret = "{SECRET}"
''',
        encoding="utf-8",
    )
    return file


async def _started(file: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.receiving", str(file))


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
