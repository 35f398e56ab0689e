"""The kill switch and the day's cap, as every claim asks for them."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from announcements.allowance import Allowance, allowance
from announcements.money import Budget, Tariff, affordable, spent_today
from announcements.switches import ALL, is_off, switch_off, switch_on, switched_off, switches
from store.database import Store
from store.errors import InputError
from store.states import Priority
from store.work import Attempt
from tests.people import NOW, add, announce, deliveries, line, prepare_town

ZONE = ZoneInfo("Europe/Prague")
# Two minutes, which is what a call without a price counts as, cost 4.
BUDGET = Budget(Tariff(Decimal(2)), daily_cap=Decimal(10), zone=ZONE)
FREE = Budget(Tariff(), daily_cap=Decimal(0), zone=ZONE)


async def spend(store: Store, *prices: str | None, trunk: str = "o2", at: datetime = NOW) -> None:
    """A call for each price; None: it is in progress."""
    if not await deliveries(store):
        await prepare_town(store)
        await add(store, "Marie", line(1))
        await announce(store)
    (delivery, *_) = await deliveries(store)
    taken = len(delivery.attempts)
    async with store.writing() as session:
        for number, price in enumerate(prices, start=taken):
            ended = None if price is None else at
            session.add(
                Attempt(
                    id=f"{number:032x}",
                    delivery_id=delivery.id,
                    address=line(100 + number),
                    trunk=trunk,
                    token_hash="0" * 64,
                    started_at=at,
                    ended_at=ended,
                    price=None if price is None else Decimal(price),
                )
            )


async def calls(store: Store, most: int = 10, budget: Budget = BUDGET) -> int:
    async with store.reading() as session:
        return await affordable(session, "o2", budget, most, NOW)


async def asked(store: Store, *, cap_stops_crisis: bool = False) -> Allowance | None:
    async with store.reading() as session:
        return await allowance(session, "o2", BUDGET, 10, NOW, cap_stops_crisis=cap_stops_crisis)


async def switch(store: Store, *, off: str = "", on: str = "") -> frozenset[str]:
    async with store.writing() as session:
        if off:
            await switch_off(session, off, NOW)
        if on:
            await switch_on(session, on)
        return await switched_off(session)


async def test_the_cap_leaves_room_for_so_many_calls(store: Store) -> None:
    assert await calls(store) == 2
    assert await calls(store, most=1) == 1
    await spend(store, "1.5", "0.5")
    assert await calls(store) == 2
    await spend(store, "0.01")
    assert await calls(store) == 1
    await spend(store, "5")
    assert await calls(store) == 0


async def test_a_call_in_progress_counts_before_it_has_a_price(store: Store) -> None:
    await spend(store, None)
    assert await calls(store) == 1
    await spend(store, None)
    assert await calls(store) == 0


async def test_without_cap_or_price_all_may_go(store: Store) -> None:
    await spend(store, "500", None)
    assert await calls(store, budget=FREE) == 10
    assert await calls(store, budget=Budget(Tariff(), Decimal(1), ZONE)) == 10


async def test_other_trunks_and_other_days_of_the_town_cost_this_one_nothing(store: Store) -> None:
    """NOW is 8:30 in Prague; 23:30 of the day before is 22:30 UTC, and 0:30 of today 23:30 UTC of the day before."""
    await spend(store, "100", None, trunk="other")
    await spend(store, "100", at=NOW - timedelta(hours=9))
    assert await calls(store) == 2
    await spend(store, "3", at=NOW - timedelta(hours=8))
    async with store.reading() as session:
        assert await spent_today(session, "o2", NOW, ZONE) == Decimal(3)
    assert await calls(store) == 1


async def test_a_reached_cap_lets_a_crisis_through_unless_told_otherwise(store: Store) -> None:
    assert await asked(store) == Allowance(2, Priority.NORMAL)
    await spend(store, "9")
    assert await asked(store) == Allowance(10, Priority.CRISIS)
    assert await asked(store, cap_stops_crisis=True) is None


async def test_a_switch_stops_one_trunk_or_all_and_a_crisis_too(store: Store) -> None:
    assert await switch(store, off="other") == {"other"}
    assert await asked(store) is not None
    assert await switch(store, off="o2") == {"other", "o2"}
    assert await asked(store) is None
    assert await switch(store, on="o2") == {"other"}
    assert await switch(store, off=ALL) == {"other", ALL}
    assert await asked(store) is None
    assert await switch(store, on=ALL) == frozenset()
    assert await asked(store) is not None


async def test_switching_off_twice_keeps_the_first_moment(store: Store) -> None:
    async with store.writing() as session:
        await switch_off(session, "o2", NOW)
        await switch_off(session, "o2", NOW + timedelta(hours=1))
        assert await switches(session) == {"o2": NOW}


async def test_one_trunk_cannot_come_back_while_all_are_off(store: Store) -> None:
    await switch(store, off=ALL)
    with pytest.raises(InputError, match="all trunks are off, so o2 would stay off — run: hlasatel trunks on"):
        await switch(store, on="o2")
    assert is_off("o2", await switch(store))
