"""Who is let in to the town's number, how many at once, and what is recorded of each call."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ivr.reception import RANG, STAFF, Reception, number_shown
from ivr.settings import HotlineSettings
from store.database import Store
from store.errors import StoreError
from store.inbound import CallEnding, InboundCall
from tests.calling_in import NUMBER, answered, desk_for
from tests.fake_agi import calling
from tests.people import prepare_town

TOKEN = "t" * 32


def reception(
    store: Store, folder: Path, rang: Callable[[str], Awaitable[None]] | None = None, **settings: Any
) -> Reception:
    hotline = HotlineSettings().model_copy(update=settings)
    return Reception(desk_for(store, folder, settings=hotline), TOKEN, rang)


async def calls(store: Store) -> list[InboundCall]:
    async with store.reading() as session:
        return list(await session.scalars(select(InboundCall).order_by(InboundCall.started_at)))


@pytest.fixture(autouse=True)
async def town(store: Store) -> None:
    await prepare_town(store)


@pytest.mark.parametrize("arguments", [(), ("",), ("x" * 32, NUMBER), (f"{TOKEN} ", NUMBER)])
async def test_a_stranger_to_the_service_is_turned_away_before_a_word(
    store: Store, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    async with answered(reception(store, tmp_path).handle) as port, calling(port, *arguments, path="hotline") as caller:
        assert await caller.command() == ""
    assert await calls(store) == []


async def test_a_call_is_recorded_from_its_beginning_to_its_goodbye(store: Store, tmp_path: Path) -> None:
    async with (
        answered(reception(store, tmp_path).handle) as port,
        calling(port, TOKEN, "556415001", path="hotline") as caller,
    ):
        await caller.live({})
    assert caller.commands[-1] == "SET VARIABLE HLASATEL_DONE yes"
    (call,) = await calls(store)
    assert (call.number, call.ending, call.last_prompt) == (NUMBER, CallEnding.GOODBYE, "engine.understood_nothing")
    assert call.ended_at is not None


async def test_where_somebody_hung_up_is_recorded(store: Store, tmp_path: Path) -> None:
    async with (
        answered(reception(store, tmp_path).handle) as port,
        calling(port, TOKEN, "", path="hotline") as caller,
    ):
        await caller.until_sound("hotline.stranger")
        caller.hang_up(1)
        assert await caller.command() == ""
    (call,) = await calls(store)
    assert (call.number, call.ending, call.last_prompt) == ("", CallEnding.HUNG_UP, "hotline.stranger")


async def test_beyond_the_limit_of_calls_callers_hear_so(store: Store, tmp_path: Path) -> None:
    async with (
        answered(reception(store, tmp_path, most_calls=1).handle) as port,
        calling(port, TOKEN, NUMBER, path="hotline") as first,
    ):
        await first.until_sound("hotline.stranger")
        assert await heard(port, NUMBER) == "engine.all_busy"


async def test_one_number_calls_only_so_often_an_hour_others_as_before(store: Store, tmp_path: Path) -> None:
    async with answered(reception(store, tmp_path, calls_an_hour=1).handle) as port:
        assert await heard(port, NUMBER) == "engine.understood_nothing"
        assert await heard(port, NUMBER) == "engine.too_often"
        assert await heard(port, "+420556415002") == "engine.understood_nothing"
    assert [call.ending for call in await calls(store)][1] is CallEnding.REFUSED


async def test_the_staffs_number_begins_with_their_dialogue_also_when_the_town_calls(
    store: Store, tmp_path: Path
) -> None:
    async with (
        answered(reception(store, tmp_path, most_calls=1).handle) as port,
        calling(port, TOKEN, NUMBER, path="hotline") as first,
    ):
        await first.until_sound("hotline.stranger")
        async with calling(port, TOKEN, "", STAFF, path="hotline") as caller:
            said = await caller.live({"staff_line.personal_number": ["9"], "pause": ["9", "#"]})
        assert [one for one in said if "staff" in one] == ["staff_line.personal_number", "staff_line.unknown"]
        assert await heard(port, NUMBER) == "engine.all_busy"


async def test_the_staffs_number_has_a_limit_too(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivr.reception.KEPT_FOR_STAFF", 1)
    async with (
        answered(reception(store, tmp_path, most_calls=1).handle) as port,
        calling(port, TOKEN, "", STAFF, path="hotline") as one,
        calling(port, TOKEN, "", STAFF, path="hotline") as two,
    ):
        await one.until_sound("staff_line.personal_number")
        await two.until_sound("staff_line.personal_number")
        assert await heard(port, "", STAFF) == "engine.all_busy"


async def heard(port: int, number: str, *called: str) -> str:
    """The last words."""
    async with calling(port, TOKEN, number, *called, path="hotline") as caller:
        return (await caller.live({}))[-1]


async def test_a_call_that_lasts_too_long_is_ended_with_a_word(store: Store, tmp_path: Path) -> None:
    async with (
        answered(reception(store, tmp_path, most_minutes=0.01).handle) as port,
        calling(port, TOKEN, NUMBER, path="hotline") as caller,
    ):
        await caller.until_sound("hotline.stranger")
        await caller.command()
        assert caller.sounds[-1] == "engine.too_long"


async def test_without_the_store_callers_hear_an_apology(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Any:
        raise StoreError("the database is out of reach")

    monkeypatch.setattr(store, "writing", away)
    async with answered(reception(store, tmp_path).handle) as port:
        assert await heard(port, NUMBER) == "engine.sorry"


async def test_an_orderly_end_waits_for_who_is_on_the_phone_and_takes_nobody_else(store: Store, tmp_path: Path) -> None:
    open_one = reception(store, tmp_path)
    async with answered(open_one.handle) as port, calling(port, TOKEN, NUMBER, path="hotline") as caller:
        await caller.until_sound("hotline.stranger")
        ending = asyncio.create_task(open_one.drain())
        await asyncio.sleep(0)
        async with calling(port, TOKEN, NUMBER, path="hotline") as another:
            assert await another.command() == ""
        assert not ending.done()
        caller.hang_up(1)
        await asyncio.wait_for(ending, 5)


async def test_who_rang_and_hung_up_is_told_of(store: Store, tmp_path: Path) -> None:
    rang: list[str] = []

    async def note(number: str) -> None:
        rang.append(number)

    async with answered(reception(store, tmp_path, note).handle) as port:
        for number in (NUMBER, ""):
            async with calling(port, TOKEN, number, RANG, path="hotline") as caller:
                assert await caller.command() == ""
    assert rang == [NUMBER]


@pytest.mark.parametrize(
    ("shown", "number"),
    [
        ("+420556415001", "+420556415001"),
        ("556415001", "+420556415001"),
        ("420556415001", "+420556415001"),
        ("00420556415001", "+420556415001"),
        ("+48322554100", "+48322554100"),
        ("0048322554100", "+48322554100"),
        ("", ""),
        ("anonymous", ""),
        ("112", ""),
        ("200", ""),
        ("+", ""),
        ("9" * 300, ""),
    ],
)
def test_what_the_network_shows_is_read_as_a_number_or_as_none(shown: str, number: str) -> None:
    assert number_shown(shown, "CZ") == number
