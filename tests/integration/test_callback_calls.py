"""Calls back that are up: strangers are turned away, each purpose has its conversation, ring and hang up."""

from pathlib import Path

import pytest
from sqlalchemy import select

from announcements.claim import Claimed, claim
from announcements.due import Wish
from ivr.callback import CallbackCalls, ring_back
from store.callers import Callback, Purpose
from store.database import Store
from store.people import Subscriber
from store.states import CallbackState, Disposition, Pace
from subscribers.person import Person
from subscribers.proposals import Asked, propose_registration
from tests.calling_in import NUMBER, answered, desk_for
from tests.fake_agi import calling
from tests.integration.test_callbacks import LATER, call_back
from tests.people import NOW, PREFIXES, TERMS, add, attempt, end, prepare_town


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    return store


async def claimed(store: Store, purpose: Purpose) -> Claimed:
    await call_back(store, NUMBER, purpose)
    (one,) = await claim(store, Wish("o2", PREFIXES), TERMS, LATER)
    return one


async def heard_by(store: Store, folder: Path, *arguments: str, **presses: str) -> list[str]:
    desk = desk_for(store, folder, clock=lambda: LATER)
    keys = {prompt.replace("__", "."): list(pressed) for prompt, pressed in presses.items()}
    async with (
        answered(CallbackCalls(desk).handle, "callback") as port,
        calling(port, *arguments, path="callback") as caller,
    ):
        return await caller.live(keys)


async def test_a_stranger_hears_nothing(town: Store, tmp_path: Path) -> None:
    one = await claimed(town, Purpose.MENU)
    assert await heard_by(town, tmp_path) == []
    assert await heard_by(town, tmp_path, one.attempt_id, "0" * 32) == []
    assert await heard_by(town, tmp_path, "0" * 32, one.token) == []
    await end(town, one, Disposition.NO_ANSWER)
    assert await heard_by(town, tmp_path, one.attempt_id, one.token) == []
    assert (await attempt(town, one.attempt_id)).answered_at is None


async def test_a_registration_is_confirmed_and_the_call_back_is_done(town: Store, tmp_path: Path) -> None:
    person = Person(
        name="Jan", phones=(NUMBER,), packages=("1",), town_part="Studénka", house_number="2", pace=Pace.SLOW
    )
    async with town.writing() as session:
        await propose_registration(session, person, Asked("call", NUMBER, "phone-1"), NOW)
    one = await claimed(town, Purpose.PROVE)
    heard = await heard_by(town, tmp_path, one.attempt_id, one.token, **{"confirm__registration.slow": "1"})
    assert heard == [f"confirm.{name}.slow" for name in ("hello", "registration", "registered", "goodbye")]
    assert (await attempt(town, one.attempt_id)).answered_at == LATER
    await end(town, one, Disposition.ANSWERED)
    async with town.reading() as session:
        assert (await session.scalars(select(Subscriber.name))).all() == ["Jan"]
        assert (await session.scalars(select(Callback.state))).all() == [CallbackState.DONE]


async def test_who_rang_and_hung_up_gets_the_menu_with_a_proved_number(town: Store, tmp_path: Path) -> None:
    jan = await add(town, "Jan", NUMBER, packages=("1",))
    await ring_back(desk_for(town, tmp_path), NUMBER)
    await ring_back(desk_for(town, tmp_path), NUMBER)
    await ring_back(desk_for(town, tmp_path), "+421212345678")
    (one,) = await claim(town, Wish("o2", PREFIXES, most=9), TERMS, LATER)
    leaves = {"hotline__known": "2", "known__menu": "5", "known__leaving": "2", "known__really_all": "1"}
    heard = await heard_by(town, tmp_path, one.attempt_id, one.token, **leaves)
    assert heard[:2] == ["confirm.menu_hello", "hotline.known"]
    assert "known.done" in heard
    async with town.reading() as session:
        gone = await session.get(Subscriber, jan)
    assert gone is not None
    assert gone.left_at == LATER


async def test_ring_backs_are_limited(town: Store, tmp_path: Path) -> None:
    desk = desk_for(town, tmp_path)
    for _ in range(20):
        await ring_back(desk, NUMBER)
        async with town.writing() as session:
            for callback in await session.scalars(select(Callback).where(Callback.state == CallbackState.QUEUED)):
                callback.state, callback.ended_at = CallbackState.DONE, NOW
    async with town.reading() as session:
        assert len((await session.scalars(select(Callback))).all()) == desk.callbacks.to_one_number
