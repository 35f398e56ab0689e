"""Stop, and the end of the window."""

from datetime import timedelta

import pytest

from announcements.completion import expire_overdue
from announcements.control import find_announcement, stop
from store.database import Store
from store.errors import InputError
from store.states import AnnouncementState, DeliveryState, Disposition
from tests.people import NOW, add, announce, announcement, claim_one, deliveries, end, line, prepare_town, start

HOUR = timedelta(hours=1)


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    for number in (1, 2, 3):
        await add(store, f"Person {number}", line(number))
    return store


async def stop_now(store: Store, announcement_id: int) -> None:
    async with store.writing() as session:
        await stop(session, announcement_id, NOW)


async def expire(store: Store, later: timedelta) -> None:
    async with store.writing() as session:
        await expire_overdue(session, NOW + later)


async def states(store: Store) -> list[DeliveryState]:
    return [row.state for row in await deliveries(store)]


async def test_a_stop_cancels_what_waits_and_lets_calls_end(town: Store) -> None:
    launched, other = await announce(town), await announce(town)
    up, retried = await start(town), await start(town)
    await end(town, retried, Disposition.BUSY)
    await stop_now(town, launched)
    rows = await deliveries(town)
    assert [row.state for row in rows] == [
        DeliveryState.SENDING,
        *[DeliveryState.CANCELLED] * 2,
        *[DeliveryState.QUEUED] * 3,
    ]
    assert [row.ended_at for row in rows[:3]] == [None, NOW, NOW]
    stopped = await announcement(town, launched)
    assert (stopped.state, stopped.ended_at) == (AnnouncementState.STOPPED, NOW)
    await end(town, up, Disposition.BUSY)
    assert (await states(town))[0] is DeliveryState.CANCELLED
    assert (await announcement(town, launched)).ended_at == NOW
    assert (await announcement(town, other)).state is AnnouncementState.RUNNING


async def test_who_heard_it_during_the_stop_was_told(town: Store) -> None:
    launched = await announce(town)
    up = await start(town)
    await stop_now(town, launched)
    await end(town, up, Disposition.ANSWERED, played_seconds=20)
    assert await states(town) == [DeliveryState.DELIVERED, DeliveryState.CANCELLED, DeliveryState.CANCELLED]
    assert (await announcement(town, launched)).state is AnnouncementState.STOPPED


async def test_a_scheduled_one_can_be_stopped_before_its_time(town: Store) -> None:
    launched = await announce(town, not_before=NOW + HOUR)
    await stop_now(town, launched)
    assert set(await states(town)) == {DeliveryState.CANCELLED}
    assert await claim_one(town, NOW + 2 * HOUR) is None


async def test_what_is_over_or_unknown_cannot_be_stopped(town: Store) -> None:
    launched = await announce(town)
    await stop_now(town, launched)
    with pytest.raises(InputError, match=f"announcement {launched} is stopped already"):
        await stop_now(town, launched)
    with pytest.raises(InputError, match="no announcement 4711"):
        await stop_now(town, 4711)
    async with town.reading() as session:
        with pytest.raises(InputError, match="no announcement 4711"):
            await find_announcement(session, 4711)


async def test_at_the_end_of_the_window_what_waits_expires_and_calls_end_by_themselves(town: Store) -> None:
    launched, other = await announce(town, not_after=NOW + HOUR), await announce(town)
    up = await start(town)
    await expire(town, HOUR - timedelta(seconds=1))
    assert (await states(town))[1] is DeliveryState.QUEUED
    await expire(town, HOUR)
    assert await states(town) == [DeliveryState.SENDING, *[DeliveryState.EXPIRED] * 2, *[DeliveryState.QUEUED] * 3]
    assert (await announcement(town, launched)).state is AnnouncementState.RUNNING
    await end(town, up, Disposition.BUSY, seconds=3700)
    assert (await states(town))[0] is DeliveryState.EXPIRED
    assert (await announcement(town, launched)).state is AnnouncementState.COMPLETED
    assert (await announcement(town, other)).state is AnnouncementState.RUNNING


async def test_a_scheduled_one_whose_window_passed_unserved_is_over(town: Store) -> None:
    launched = await announce(town, not_before=NOW + HOUR, not_after=NOW + 2 * HOUR)
    await expire(town, 3 * HOUR)
    over = await announcement(town, launched)
    assert (over.state, over.ended_at) == (AnnouncementState.COMPLETED, NOW + 3 * HOUR)
    assert set(await states(town)) == {DeliveryState.EXPIRED}
    await expire(town, 4 * HOUR)
    assert (await announcement(town, launched)).ended_at == NOW + 3 * HOUR
