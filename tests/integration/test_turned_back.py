"""A clock that ran two hours ahead and was put right makes nobody wait two hours for a warning."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from announcements.callbacks import SOON, CallbackLimits, request_callback
from announcements.turned_back import bring_forward
from store.callers import Callback, Purpose
from store.database import Store
from store.states import Disposition
from store.work import Delivery
from tests.people import NOW, RULES, add, announce, deliveries, end, line, prepare_town, start

AHEAD = timedelta(hours=2)
BUSY = timedelta(seconds=RULES.retries.busy_seconds)


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    await add(store, "Nováková", line(1))
    return store


async def put_right(store: Store, now: datetime = NOW) -> int:
    async with store.writing() as session:
        return await bring_forward(session, now)


async def due(store: Store) -> list[datetime]:
    return [delivery.due_at for delivery in await deliveries(store)]


async def put_off(store: Store, until: datetime) -> None:
    async with store.writing() as session:
        await session.execute(update(Delivery).values(due_at=until))


async def test_a_retry_waits_its_time_from_now(town: Store) -> None:
    await announce(town)
    claimed = await start(town)
    await end(town, claimed, Disposition.BUSY, seconds=AHEAD.total_seconds())
    assert await due(town) == [NOW + AHEAD + BUSY]
    assert await put_right(town) == 1
    assert await due(town) == [NOW + BUSY]


async def test_what_came_forward_once_does_not_come_again(town: Store) -> None:
    await announce(town)
    await end(town, await start(town), Disposition.BUSY, seconds=AHEAD.total_seconds())
    await put_right(town)
    assert await put_right(town) == 0
    assert await due(town) == [NOW + BUSY]


async def test_what_was_launched_by_that_clock_goes_now(town: Store) -> None:
    await announce(town, now=NOW + AHEAD)
    assert await put_right(town) == 1
    assert await due(town) == [NOW]


async def test_what_is_launched_for_later_waits_for_its_window(town: Store) -> None:
    evening = NOW + timedelta(hours=6)
    await announce(town, now=NOW + AHEAD, not_before=evening)
    assert await put_right(town) == 0
    assert await due(town) == [evening]


async def test_what_was_withdrawn_has_its_place_again(town: Store) -> None:
    await announce(town, now=NOW + AHEAD)
    claimed = await start(town, seconds=AHEAD.total_seconds())
    await end(town, claimed, Disposition.WITHDRAWN, seconds=AHEAD.total_seconds() + 5)
    assert await put_right(town) == 1
    assert await due(town) == [NOW]


async def test_a_right_clock_moves_nothing(town: Store) -> None:
    await announce(town)
    await end(town, await start(town), Disposition.NO_ANSWER, seconds=30)
    before = await due(town)
    assert await put_right(town, NOW + timedelta(seconds=31)) == 0
    assert await due(town) == before


async def test_quiet_hours_put_off_by_a_right_clock_stay(town: Store) -> None:
    await announce(town)
    evening = NOW + timedelta(hours=6)
    await put_off(town, evening)
    assert await put_right(town) == 0
    assert await due(town) == [evening]


async def test_a_call_back_comes_soon(town: Store) -> None:
    async with town.writing() as session:
        await request_callback(session, line(1), Purpose.MENU, CallbackLimits(), NOW + AHEAD, call_id="call")
    assert await put_right(town) == 1
    async with town.reading() as session:
        [callback] = await session.scalars(select(Callback))
    assert callback.due_at <= NOW + SOON
