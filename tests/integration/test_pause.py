"""Pause, resume, and calls that are cut."""

from datetime import timedelta

import pytest

from announcements.control import attempts_to_cut, pause, resume, stop
from announcements.progress import expected_end_of
from store.database import Store
from store.errors import InputError
from store.states import AnnouncementState, DeliveryState, Disposition, Priority
from tests.people import (
    CALENDAR,
    NOW,
    add,
    announce,
    announcement,
    claim_one,
    deliveries,
    end,
    line,
    prepare_town,
    start,
)

HOUR = timedelta(hours=1)


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    for number in (1, 2, 3):
        await add(store, f"Person {number}", line(number))
    return store


async def pause_now(store: Store, announcement_id: int) -> None:
    async with store.writing() as session:
        await pause(session, announcement_id)


async def resume_now(store: Store, announcement_id: int) -> None:
    async with store.writing() as session:
        await resume(session, announcement_id, NOW)


async def cut_now(store: Store, announcement_id: int) -> None:
    async with store.writing() as session:
        await stop(session, announcement_id, NOW, cut=True)


async def to_cut(store: Store) -> list[str]:
    async with store.reading() as session:
        return list(await attempts_to_cut(session))


async def test_a_paused_one_calls_nobody_and_keeps_every_place_and_try(town: Store) -> None:
    launched = await announce(town)
    busy, up = await start(town), await start(town)
    await end(town, busy, Disposition.BUSY)
    before = [(row.id, row.state, row.due_at, len(row.attempts)) for row in await deliveries(town)]
    await pause_now(town, launched)
    assert (await announcement(town, launched)).state is AnnouncementState.PAUSED
    assert await claim_one(town, NOW + HOUR) is None
    assert [(row.id, row.state, row.due_at, len(row.attempts)) for row in await deliveries(town)] == before
    assert await to_cut(town) == []
    await end(town, up, Disposition.NO_ANSWER)
    assert {row.state for row in await deliveries(town)} == {DeliveryState.QUEUED}
    await resume_now(town, launched)
    assert (await announcement(town, launched)).state is AnnouncementState.RUNNING
    assert {(await start(town, seconds=7200)).address for _ in range(3)} == {line(1), line(2), line(3)}


async def test_others_go_on_while_one_is_paused(town: Store) -> None:
    paused, other = await announce(town), await announce(town, text="Koncert.")
    await pause_now(town, paused)
    claimed = await start(town)
    assert [row.announcement_id for row in await deliveries(town) if row.state is DeliveryState.SENDING] == [other]
    await end(town, claimed, Disposition.BUSY)


async def test_a_paused_one_whose_last_call_ends_is_over(town: Store) -> None:
    launched = await announce(town)
    calls = [await start(town) for _ in range(3)]
    await pause_now(town, launched)
    for call in calls:
        await end(town, call, Disposition.ANSWERED, played_seconds=20)
    assert (await announcement(town, launched)).state is AnnouncementState.COMPLETED


async def test_one_paused_before_its_start_is_scheduled_again(town: Store) -> None:
    launched = await announce(town, not_before=NOW + HOUR)
    await pause_now(town, launched)
    assert await claim_one(town, NOW + 2 * HOUR) is None
    await resume_now(town, launched)
    assert (await announcement(town, launched)).state is AnnouncementState.SCHEDULED
    assert await claim_one(town, NOW + 2 * HOUR) is not None


async def test_only_what_calls_can_be_paused_and_only_what_is_paused_resumed(town: Store) -> None:
    launched = await announce(town)
    with pytest.raises(InputError, match="is running already"):
        await resume_now(town, launched)
    await pause_now(town, launched)
    with pytest.raises(InputError, match="is paused already"):
        await pause_now(town, launched)
    await cut_now(town, launched)
    assert {row.state for row in await deliveries(town)} == {DeliveryState.CANCELLED}
    for step in (pause_now, resume_now):
        with pytest.raises(InputError, match="is stopped already"):
            await step(town, launched)
        with pytest.raises(InputError, match="no announcement 4711"):
            await step(town, 4711)


async def test_only_the_calls_of_a_cut_one_are_to_be_hung_up_until_they_have_ended(town: Store) -> None:
    launched = await announce(town)
    up, ended = await start(town), await start(town)
    await end(town, ended, Disposition.BUSY)
    await announce(town, priority=Priority.CRISIS)
    await start(town)
    await cut_now(town, launched)
    assert await to_cut(town) == [up.attempt_id]
    await end(town, up, Disposition.ANSWERED, played_seconds=3)
    assert await to_cut(town) == []


async def test_one_that_was_stopped_can_still_be_cut_but_not_one_that_is_complete(town: Store) -> None:
    launched = await announce(town)
    up = await start(town)
    async with town.writing() as session:
        await stop(session, launched, NOW)
    assert await to_cut(town) == []
    await cut_now(town, launched)
    assert await to_cut(town) == [up.attempt_id]
    await end(town, up, Disposition.ANSWERED, played_seconds=20)
    complete = await announce(town)
    for _ in range(3):
        await end(town, await start(town), Disposition.ANSWERED, played_seconds=20)
    with pytest.raises(InputError, match="is completed already"):
        await cut_now(town, complete)


async def test_the_end_is_expected_from_the_calls_up_to_now_and_only_while_it_runs(town: Store) -> None:
    for number in range(4, 11):
        await add(town, f"Person {number}", line(number))
    launched = await announce(town)

    async def expected(seconds: float) -> timedelta | None:
        async with town.reading() as session:
            row = await announcement(town, launched)
            at = await expected_end_of(session, row, CALENDAR, NOW + timedelta(seconds=seconds))
            return None if at is None else at - NOW

    assert await expected(0) is None
    first, second = await start(town), await start(town)
    await end(town, first, Disposition.ANSWERED, seconds=30, played_seconds=20)
    await end(town, second, Disposition.ANSWERED, seconds=60, played_seconds=20)
    assert await expected(60) == timedelta(seconds=60 + 8 * 30)
    await end(town, await start(town, seconds=60), Disposition.WITHDRAWN, seconds=61)
    assert await expected(60) == timedelta(seconds=60 + 8 * 30)
    await pause_now(town, launched)
    assert await expected(60) is None
