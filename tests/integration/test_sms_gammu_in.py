"""Messages that a real gammu-smsd got by its (dummy) modem."""

import asyncio
import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import SecretStr

from channels.incoming.modem import Modem
from channels.incoming.settings import GammuInbox
from store.database import Store
from store.errors import StoreError
from tests.gammu import Gammu, gammu
from tests.integration.incoming import Town, make_town

DEADLINE_SECONDS = 40.0
DONE = 4


def modem(town: Town, url: str) -> Modem:
    settings = GammuInbox(adapter="gammu", name="modem", url=SecretStr(url))
    return Modem(settings, town.inbox, lambda: town.now)


async def take_all(town: Town, running: Gammu, messages: int) -> None:
    """Till so many messages (or parts) were taken from gammu."""
    ours = modem(town, running.url)
    taken = 0
    async with asyncio.timeout(DEADLINE_SECONDS):
        while taken < messages:
            with suppress(StoreError):  # gammu may keep its database to itself; the service asks again, too
                taken += await ours.work()
            await asyncio.sleep(0.1)
    assert await ours.work() == 0
    await ours.close()


async def test_what_the_modem_got_is_taken_once(store: Store, tmp_path: Path) -> None:
    town = await make_town(store)
    async with gammu(tmp_path) as running:
        running.bring("+420602123456", "REGISTRUJ Jan Novák Tyršova 214 T1")
        running.bring("+420602123457", "REGISTRUJ Eva ", header="0500032A0201")
        running.bring("+420602123457", "Malá Tyršova 1", header="0500032A0202")
        running.bring("+420602123458", "0102FF00", coding="8bit")
        running.bring("+420602123459", "🙂")
        await take_all(town, running, 5)
        assert await town.clerk.work() == DONE
        _forget_what_was_taken(running)
        await take_all(town, running, 5)
        assert await town.clerk.work() == 0
    assert sorted(person.entry.name for person in await town.people()) == ["Eva Malá", "Jan Novák"]
    assert [row.data for row in await town.messages() if row.data] == [b"\x01\x02\xff\x00"]


def _forget_what_was_taken(running: Gammu) -> None:
    """As if we had been killed after storing, before gammu heard of it."""
    with sqlite3.connect(running.folder / "smsd.db", timeout=20) as database:
        database.execute("UPDATE inbox SET Processed = 'false'")
    database.close()


async def test_a_database_that_is_away_is_told(store: Store, tmp_path: Path) -> None:
    town = await make_town(store)
    ours = modem(town, f"sqlite:///{tmp_path}/nobody.db")
    with pytest.raises(StoreError):
        await ours.work()
    await ours.close()
