"""Listening by phone: what was missed first, then what holds now, forward and back."""

from pathlib import Path

import pytest

from ivr.hotline import hotline
from ivr.listening import listen
from store.database import Store
from store.states import DeliveryState, Disposition
from tests.calling_in import NUMBER, NamedPrompts, desk_for, talked
from tests.people import RENDERING, add, announce, deliveries, end, prepare_town, start

MESSAGE = RENDERING


@pytest.fixture(autouse=True)
async def town(store: Store) -> None:
    await prepare_town(store)
    await add(store, "Marie", NUMBER)


async def missed(store: Store) -> None:
    await announce(store)
    await end(store, await start(store), Disposition.NO_ANSWER)


async def state(store: Store) -> DeliveryState:
    (delivery,) = await deliveries(store)
    return delivery.state


async def test_the_missed_announcement_comes_before_the_menu_and_counts(store: Store, tmp_path: Path) -> None:
    await missed(store)
    heard = await talked(desk_for(store, tmp_path), hotline, {})
    assert heard[:4] == ["hotline.welcome", "listening.missed", "listening.dated", MESSAGE]
    assert await state(store) is DeliveryState.DELIVERED


async def test_repeated_and_then_left_it_was_heard(store: Store, tmp_path: Path) -> None:
    """The first time whole, for a sound is 20 s here; then the star, and a key soon after."""
    await missed(store)
    heard = await talked(desk_for(store, tmp_path), hotline, {MESSAGE: ["*", "", "1"]})
    assert heard.count(MESSAGE) == 2
    assert await state(store) is DeliveryState.DELIVERED


async def test_skipped_at_once_it_was_not_heard(store: Store, tmp_path: Path) -> None:
    await missed(store)
    await talked(desk_for(store, tmp_path), hotline, {MESSAGE: ["#"]})
    assert await state(store) is DeliveryState.QUEUED


async def test_zero_in_mid_message_leads_to_a_person_and_it_was_not_heard(store: Store, tmp_path: Path) -> None:
    await missed(store)
    heard = await talked(desk_for(store, tmp_path), hotline, {MESSAGE: ["0"]})
    assert heard[4:6] == ["office.closed", "office.offer"]
    assert await state(store) is DeliveryState.QUEUED


async def test_nothing_to_listen_to_is_said(store: Store, tmp_path: Path) -> None:
    assert await talked(desk_for(store, tmp_path), listen, {}) == ["listening.nothing", "engine.goodbye"]


async def test_the_date_is_told_in_the_zone_of_the_town_and_keys_lead_on(store: Store, tmp_path: Path) -> None:
    await announce(store)
    prompts = NamedPrompts()
    heard = await talked(
        desk_for(store, tmp_path, prompts={"cs": prompts}), listen, {"listening.menu": ["1", "2", "3", "#"]}
    )
    menu = "listening.menu"
    told = ["listening.dated", MESSAGE, menu]
    assert heard[:10] == [*told, "listening.last", menu, "listening.first", menu, *told]
    assert prompts.said[0] == ("listening.dated", {"date": "24. listopadu"})
