"""The one door through which an attempt ends: once, and the delivery goes on as the policy says."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from announcements.claim import Claimed
from announcements.control import stop
from announcements.hearing import Hearing, record_hearings
from announcements.retry import RetryPolicy
from store.database import Store
from store.states import AnnouncementState, DeliveryState, Disposition, Priority
from tests.people import (
    NOW,
    RULES,
    add,
    announce,
    announcement,
    attempt,
    claim_one,
    deliveries,
    end,
    line,
    prepare_town,
    start,
)

LATER = 7200.0
ONE_TRY = replace(RULES, retries=RetryPolicy(not_reached_tries=1))


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    return store


async def hear(store: Store, claimed: Claimed, seconds: float, *, confirmed: bool = False) -> None:
    """What the FastAGI handler writes when a person has put the phone down."""
    hearing = Hearing(NOW, heard_seconds=seconds, confirmed=confirmed)
    async with store.writing() as session:
        await record_hearings(session, {claimed.attempt_id: hearing}, NOW)


async def test_a_person_who_heard_most_of_it_was_told(town: Store) -> None:
    await add(town, "Jan", line(1))
    launched = await announce(town)
    claimed = await start(town)
    await hear(town, claimed, 16.0)
    assert await end(town, claimed, Disposition.ANSWERED, cause=16)
    (row,) = await deliveries(town)
    assert (row.state, row.heard_seconds, row.confirmed) == (DeliveryState.DELIVERED, 16.0, False)
    (only,) = row.attempts
    assert (only.disposition, only.cause, only.answered_at) == (Disposition.ANSWERED, 16, NOW + timedelta(seconds=20))
    over = await announcement(town, launched)
    assert (over.state, over.ended_at) == (AnnouncementState.COMPLETED, NOW + timedelta(seconds=30))


async def test_a_confirmation_counts_however_little_was_heard(town: Store) -> None:
    await add(town, "Jan", line(1))
    await announce(town)
    claimed = await start(town)
    await hear(town, claimed, 1.0, confirmed=True)
    await end(town, claimed, Disposition.ANSWERED)
    (row,) = await deliveries(town)
    assert (row.state, row.confirmed) == (DeliveryState.DELIVERED, True)


async def test_who_heard_too_little_is_called_again_until_the_budget_is_spent(town: Store) -> None:
    await add(town, "Jan", line(1))
    launched = await announce(town)
    first = await start(town)
    await hear(town, first, 15.9)
    await end(town, first, Disposition.ANSWERED)
    (row,) = await deliveries(town)
    assert (row.state, row.heard_seconds, row.due_at) == (DeliveryState.QUEUED, 15.9, NOW + timedelta(seconds=630))
    await end(town, await start(town, seconds=LATER), Disposition.ANSWERED, seconds=LATER + 30)
    (row,) = await deliveries(town)
    assert (row.state, row.heard_seconds) == (DeliveryState.FAILED, 15.9)
    assert (await announcement(town, launched)).state is AnnouncementState.COMPLETED


async def test_what_the_dialplan_played_while_the_service_was_away_counts_as_heard(town: Store) -> None:
    await add(town, "Jan", line(1))
    await announce(town)
    claimed = await start(town)
    await hear(town, claimed, 5.0)
    await end(town, claimed, Disposition.ANSWERED, played_seconds=19.5)
    (row,) = await deliveries(town)
    assert (row.state, row.heard_seconds) == (DeliveryState.DELIVERED, 19.5)


async def test_a_machine_got_it_but_no_person_did(town: Store) -> None:
    await add(town, "Jan", line(1), "+420602123456")
    await announce(town)
    await end(town, await start(town), Disposition.MACHINE, played_seconds=20.0)
    (row,) = await deliveries(town)
    assert (row.state, row.heard_seconds, row.attempts[0].heard_seconds) == (DeliveryState.FAILED, 0.0, 20.0)


async def test_an_unknown_ending_of_a_call_that_our_handler_had_is_answered(town: Store) -> None:
    await add(town, "Jan", line(1))
    await announce(town)
    claimed = await start(town)
    await hear(town, claimed, 20.0)
    await end(town, claimed, Disposition.UNKNOWN)
    (row,) = await deliveries(town)
    assert (row.state, row.attempts[0].disposition) == (DeliveryState.DELIVERED, Disposition.ANSWERED)
    assert row.attempts[0].answered_at == NOW


async def test_an_unknown_ending_is_tried_once_more_as_if_somebody_had_answered(town: Store) -> None:
    await add(town, "Jan", line(1))
    await announce(town)
    await end(town, await start(town), Disposition.UNKNOWN)
    (row,) = await deliveries(town)
    assert (row.state, row.due_at) == (DeliveryState.QUEUED, NOW + timedelta(seconds=630))
    await end(town, await start(town, seconds=630), Disposition.UNKNOWN)
    (row,) = await deliveries(town)
    assert (row.state, len(row.attempts)) == (DeliveryState.FAILED, 2)


async def test_in_a_crisis_an_unknown_ending_counts_as_not_reached(town: Store) -> None:
    await add(town, "Jan", line(1))
    await announce(town, priority=Priority.CRISIS)
    await end(town, await start(town), Disposition.UNKNOWN)
    (row,) = await deliveries(town)
    assert (row.state, row.due_at) == (DeliveryState.QUEUED, NOW + timedelta(seconds=330))


async def test_the_same_ending_twice_or_a_later_other_one_changes_nothing(town: Store) -> None:
    await add(town, "Jan", line(1))
    await announce(town)
    claimed = await start(town)
    assert await end(town, claimed, Disposition.BUSY, cause=17)
    assert not await end(town, claimed, Disposition.BUSY, cause=17)
    assert not await end(town, claimed, Disposition.ANSWERED, seconds=60, played_seconds=20)
    row = await attempt(town, claimed.attempt_id)
    assert (row.disposition, row.cause, row.ended_at) == (Disposition.BUSY, 17, NOW + timedelta(seconds=30))
    assert (await deliveries(town))[0].state is DeliveryState.QUEUED


async def test_endings_that_come_at_once_are_recorded_once(town: Store) -> None:
    await add(town, "Jan", line(1))
    await announce(town)
    claimed = await start(town)
    endings = [end(town, claimed, disposition) for disposition in (Disposition.BUSY, Disposition.UNKNOWN) * 4]
    assert sum(await asyncio.wait_for(asyncio.gather(*endings), 30)) == 1
    assert (await deliveries(town))[0].state is DeliveryState.QUEUED


async def test_an_attempt_of_somebody_else_is_left_alone(town: Store) -> None:
    stranger = Claimed("f" * 32, "t", line(1), "r", Priority.NORMAL, NOW)
    assert not await end(town, stranger, Disposition.BUSY)


async def test_the_announcement_is_over_with_its_last_delivery_though_all_end_at_once(town: Store) -> None:
    for number in range(1, 9):
        await add(town, f"Person {number}", line(number))
    launched = await announce(town)
    claims = [await start(town) for _ in range(8)]
    await end(town, claims[0], Disposition.INVALID_NUMBER)
    assert (await announcement(town, launched)).state is AnnouncementState.RUNNING
    await asyncio.wait_for(asyncio.gather(*(end(town, one, Disposition.MACHINE) for one in claims[1:])), 30)
    assert (await announcement(town, launched)).state is AnnouncementState.COMPLETED


async def test_a_stop_while_calls_end_leaves_nothing_in_the_queue(town: Store) -> None:
    for number in range(1, 9):
        await add(town, f"Person {number}", line(number))
    launched = await announce(town)
    claims = [await start(town) for _ in range(6)]

    async def stop_it() -> None:
        async with town.writing() as session:
            await stop(session, launched, NOW + timedelta(seconds=30))

    work = [*(end(town, one, Disposition.BUSY) for one in claims[:4]), stop_it(), claim_one(town)]
    await asyncio.wait_for(asyncio.gather(*work, *(end(town, one, Disposition.BUSY) for one in claims[4:])), 30)
    assert (await announcement(town, launched)).state is AnnouncementState.STOPPED
    assert {row.state for row in await deliveries(town)} <= {DeliveryState.CANCELLED, DeliveryState.SENDING}


async def test_the_second_phone_is_next_and_an_invalid_one_never_again(town: Store) -> None:
    await add(town, "Jan", line(1), "+420602123456", "+421220850111")
    await announce(town)
    await end(town, await start(town), Disposition.INVALID_NUMBER)
    for seconds in (60.0, LATER):
        second = await start(town, seconds=seconds)
        assert second.address == "+420602123456"
        await end(town, second, Disposition.BUSY, seconds=seconds + 30)
    assert (await deliveries(town))[0].state is DeliveryState.QUEUED


async def test_a_second_phone_that_is_another_delivery_is_left_to_that_one(town: Store) -> None:
    await add(town, "Jan", line(1), line(2))
    await add(town, "Eva", line(2), line(1))
    await announce(town)
    for claimed in [await start(town), await start(town)]:
        await end(town, claimed, Disposition.BUSY)
    assert [(row.address, row.state) for row in await deliveries(town)] == [
        (line(1), DeliveryState.QUEUED),
        (line(2), DeliveryState.QUEUED),
    ]


async def test_two_people_never_turn_to_the_same_third_phone(town: Store) -> None:
    """Both have the neighbour's phone as their second; both their own are busy at the same moment."""
    for number in range(1, 7):
        await add(town, f"Person {number}", line(number), line(99))
    await announce(town)
    claims = [await start(town) for _ in range(6)]
    ended = await asyncio.wait_for(asyncio.gather(*(end(town, one, Disposition.BUSY) for one in claims)), 30)
    assert all(ended)
    rows = await deliveries(town)
    assert sum(row.address == line(99) for row in rows) == 1
    assert {row.state for row in rows} == {DeliveryState.QUEUED}


async def test_a_shared_line_stays_on_its_own_number(town: Store) -> None:
    await add(town, "Marie", line(1), "+420602123456")
    await add(town, "Josef", line(1))
    await announce(town)
    await end(town, await start(town), Disposition.NO_ANSWER)
    (row,) = await deliveries(town)
    assert (row.address, row.due_at) == (line(1), NOW + timedelta(seconds=1830))


async def test_a_retry_beyond_the_window_expires_at_once(town: Store) -> None:
    await add(town, "Jan", line(1))
    launched = await announce(town, not_after=NOW + timedelta(minutes=2))
    await end(town, await start(town), Disposition.BUSY)
    assert (await deliveries(town))[0].state is DeliveryState.EXPIRED
    assert (await announcement(town, launched)).state is AnnouncementState.COMPLETED


async def test_the_limits_are_those_of_the_settings(town: Store) -> None:
    await add(town, "Jan", line(1))
    await announce(town)
    await end(town, await start(town), Disposition.BUSY, rules=ONE_TRY)
    assert (await deliveries(town))[0].state is DeliveryState.FAILED
