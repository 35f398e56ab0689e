"""What bounds a claim besides line and pace: the hour, quiet hours, the kill switch, the cap, congestion, machines."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from announcements.claim import Terms
from announcements.money import Budget, Tariff
from announcements.switches import ALL, switch_off, switch_on
from announcements.windows import Calendar, WindowSettings
from store.database import Store
from store.states import AnnouncementState, DeliveryState, Disposition, Priority
from tests.people import (
    NOW,
    RULES,
    TERMS,
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

PRAGUE = ZoneInfo("Europe/Prague")
# Tuesday noon and midnight in Prague.
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=PRAGUE)
MIDNIGHT = datetime(2026, 11, 25, 0, 0, tzinfo=PRAGUE)
DAYTIME = replace(TERMS, calendar=Calendar(WindowSettings(), PRAGUE, frozenset()))


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    return store


async def state(store: Store) -> DeliveryState:
    return (await deliveries(store))[0].state


@pytest.mark.parametrize(("priority", "rings"), [(Priority.CRISIS, True), (Priority.NORMAL, False)])
async def test_at_midnight_only_a_crisis_rings_and_the_rest_keep_their_place(
    town: Store, priority: Priority, rings: bool
) -> None:
    await add(town, "Jan", line(1))
    await announce(town, priority=priority)
    assert (await claim_one(town, MIDNIGHT, terms=DAYTIME) is not None) == rings
    assert (await deliveries(town))[0].due_at == NOW
    if not rings:
        assert await claim_one(town, MIDNIGHT + timedelta(hours=8), terms=DAYTIME) is not None


async def test_quiet_hours_of_anybody_on_the_line_put_the_call_off(town: Store) -> None:
    await add(town, "Jan", line(1))
    await add(town, "Eva", line(1), quiet="11:00-14:00")
    await announce(town)
    assert await claim_one(town, NOON) is None
    assert (await deliveries(town))[0].due_at == NOON + timedelta(hours=2)
    assert await claim_one(town, NOON + timedelta(hours=2)) is not None


async def test_quiet_hours_beyond_the_window_expire_the_delivery(town: Store) -> None:
    await add(town, "Eva", line(1), quiet="11:00-14:00")
    launched = await announce(town, not_after=NOON + timedelta(hours=1))
    assert await claim_one(town, NOON) is None
    assert await state(town) is DeliveryState.EXPIRED
    assert (await announcement(town, launched)).state is AnnouncementState.COMPLETED


@pytest.mark.parametrize("switch", ["o2", ALL])
async def test_a_trunk_that_is_switched_off_claims_nothing_till_it_is_on_again(town: Store, switch: str) -> None:
    await add(town, "Jan", line(1))
    await announce(town)
    async with town.writing() as session:
        await switch_off(session, switch, NOW)
    assert await claim_one(town) is None
    async with town.writing() as session:
        await switch_on(session, switch)
    assert await claim_one(town) is not None


@pytest.mark.parametrize(
    ("priority", "cap_stops_crisis", "rings"),
    [(Priority.NORMAL, False, False), (Priority.CRISIS, False, True), (Priority.CRISIS, True, False)],
)
async def test_a_cap_that_is_reached_stops_all_but_a_crisis(
    town: Store, priority: Priority, cap_stops_crisis: bool, rings: bool
) -> None:
    await add(town, "Jan", line(1))
    await add(town, "Eva", line(2))
    budget = Budget(Tariff(per_call=Decimal(3)), Decimal(3), PRAGUE)
    terms = Terms(TERMS.calendar, budget, cap_stops_crisis)
    await announce(town, priority=priority)
    first = await claim_one(town, terms=terms)
    assert first is not None
    await end(town, first, Disposition.ANSWERED, played_seconds=20, price=Decimal(3))
    assert (await claim_one(town, NOW + timedelta(minutes=1), terms=terms) is not None) == rings


async def test_congestion_goes_to_another_trunk_where_there_is_one(town: Store) -> None:
    await add(town, "Jan", line(1))
    await announce(town)
    await end(town, await start(town, trunk="o2"), Disposition.CONGESTION)
    later = NOW + timedelta(hours=1)
    assert await claim_one(town, later, trunk="o2", spare=True) is None
    assert await claim_one(town, later, trunk="cetin", spare=True) is not None


async def test_congestion_comes_back_to_the_only_trunk(town: Store) -> None:
    await add(town, "Jan", line(1))
    await announce(town)
    await end(town, await start(town, trunk="o2"), Disposition.CONGESTION)
    assert await claim_one(town, NOW + timedelta(hours=1), trunk="o2") is not None


async def test_a_machine_that_is_called_again_has_the_message_already(town: Store) -> None:
    await add(town, "Jan", line(1))
    await announce(town, priority=Priority.CRISIS)
    first = await start(town)
    assert first.leave_message
    await end(town, first, Disposition.MACHINE, rules=RULES)
    again = await start(town, seconds=100_000)
    assert not again.leave_message
