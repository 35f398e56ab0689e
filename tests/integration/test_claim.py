"""Claims: the order, what may no longer go, and several dispatchers at once."""

import asyncio
from datetime import datetime, timedelta

import pytest

from announcements.claim import Claimed, token_hash
from store.database import Store
from store.states import AnnouncementState, DeliveryState, Disposition, Priority
from tests.people import (
    NOW,
    PREFIXES,
    RENDERING,
    add,
    announce,
    announcement,
    attempt,
    claim_one,
    deliveries,
    end,
    leave,
    line,
    prepare_town,
    refuse,
    rule,
    start,
)


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    return store


async def try_claim(store: Store, *, now: datetime = NOW, prefixes: tuple[str, ...] = PREFIXES) -> Claimed | None:
    return await claim_one(store, now, prefixes=prefixes)


async def states(store: Store) -> list[DeliveryState]:
    return [row.state for row in await deliveries(store)]


async def test_a_claim_commits_an_attempt_before_anything_rings(town: Store) -> None:
    await add(town, "Jan", line(1))
    await announce(town)
    claimed = await start(town)
    row = await attempt(town, claimed.attempt_id)
    assert (row.address, row.trunk, row.started_at, row.ended_at) == (line(1), "o2", NOW, None)
    assert (claimed.address, claimed.rendering) == (line(1), RENDERING)
    assert row.token_hash == token_hash(claimed.token)
    assert claimed.token not in row.token_hash
    assert await states(town) == [DeliveryState.SENDING]
    assert await try_claim(town) is None


async def test_crisis_goes_first_and_then_the_older(town: Store) -> None:
    for number in (1, 2):
        await add(town, f"Water {number}", line(number))
    await add(town, "Flood", line(3), topics=("povodne",))
    await announce(town, now=NOW - timedelta(minutes=1), priority=Priority.NORMAL)
    await announce(town, await rule(town, "povodne"), priority=Priority.CRISIS)
    assert [(await start(town)).address for _ in range(3)] == [line(3), line(1), line(2)]


async def test_a_line_in_use_waits_for_the_end_of_its_call(town: Store) -> None:
    await add(town, "Jan", line(1))
    await announce(town)
    await announce(town)
    first = await start(town)
    assert await try_claim(town) is None
    await end(town, first, Disposition.ANSWERED, played_seconds=20)
    assert (await start(town, seconds=40)).address == line(1)


async def test_a_trunk_claims_only_numbers_it_may_dial(town: Store) -> None:
    await add(town, "Jan", line(1))
    await announce(town)
    assert await try_claim(town, prefixes=("+421", "+4206")) is None
    assert await try_claim(town, prefixes=("+421", "+420556")) is not None


async def test_a_scheduled_one_is_not_called_before_its_time_and_then_runs(town: Store) -> None:
    await add(town, "Jan", line(1))
    later = NOW + timedelta(hours=1)
    launched = await announce(town, not_before=later)
    assert await try_claim(town, now=later - timedelta(seconds=1)) is None
    assert (await announcement(town, launched)).state is AnnouncementState.SCHEDULED
    assert await try_claim(town, now=later) is not None
    assert (await announcement(town, launched)).state is AnnouncementState.RUNNING


async def test_who_left_or_refused_meanwhile_is_not_called(town: Store) -> None:
    gone, refuser = await add(town, "Gone", line(1)), await add(town, "Refuser", line(2), packages=("2",))
    await add(town, "Here", line(3))
    await announce(town)
    await leave(town, gone)
    await refuse(town, refuser, "voda")
    assert (await start(town)).address == line(3)
    assert await states(town) == [DeliveryState.CANCELLED, DeliveryState.CANCELLED, DeliveryState.SENDING]
    assert [row.ended_at for row in await deliveries(town)] == [NOW, NOW, None]


async def test_a_shared_line_is_called_as_long_as_one_of_them_wants_it(town: Store) -> None:
    marie, josef = await add(town, "Marie", line(1)), await add(town, "Josef", line(1))
    await announce(town)
    await leave(town, marie)
    await end(town, await start(town), Disposition.BUSY)
    await leave(town, josef)
    assert await try_claim(town, now=NOW + timedelta(hours=1)) is None
    assert await states(town) == [DeliveryState.CANCELLED]


async def test_when_the_last_one_is_cancelled_on_the_way_the_announcement_is_over(town: Store) -> None:
    jan = await add(town, "Jan", line(1))
    launched = await announce(town)
    await leave(town, jan)
    assert await try_claim(town) is None
    row = await announcement(town, launched)
    assert (row.state, row.ended_at) == (AnnouncementState.COMPLETED, NOW)


async def test_at_the_end_of_the_window_nobody_is_called_any_more(town: Store) -> None:
    await add(town, "Jan", line(1))
    await add(town, "Eva", line(2))
    end_of_window = NOW + timedelta(minutes=5)
    launched = await announce(town, not_after=end_of_window)
    assert await try_claim(town, now=end_of_window - timedelta(seconds=1)) is not None
    assert await try_claim(town, now=end_of_window) is None
    assert await states(town) == [DeliveryState.SENDING, DeliveryState.EXPIRED]
    assert (await announcement(town, launched)).state is AnnouncementState.RUNNING


async def drain(store: Store, trunk: str) -> list[Claimed]:
    """One dispatcher that claims as long as there is something."""
    claims = []
    while (claimed := await claim_one(store, trunk=trunk)) is not None:
        claims.append(claimed)
    return claims


async def test_dispatchers_at_once_never_claim_a_delivery_twice(town: Store) -> None:
    for number in range(1, 25):
        await add(town, f"Person {number}", line(number))
    await announce(town)
    rounds = await asyncio.wait_for(asyncio.gather(*(drain(town, f"t{place}") for place in range(4))), 30)
    claimed = [one.address for each in rounds for one in each]
    assert sorted(claimed) == [line(number) for number in range(1, 25)]
    assert [len(row.attempts) for row in await deliveries(town)] == [1] * 24


async def test_dispatchers_at_once_never_put_two_calls_on_one_phone(town: Store) -> None:
    for number in range(1, 6):
        await add(town, f"Person {number}", line(number))
    for _ in range(4):
        await announce(town)
    rounds = await asyncio.wait_for(asyncio.gather(*(drain(town, f"t{place}") for place in range(4))), 30)
    assert sorted(one.address for each in rounds for one in each) == [line(number) for number in range(1, 6)]
