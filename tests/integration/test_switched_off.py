"""A trunk that may not call holds nobody back: the kill switch and the day's cap, with dispatchers at work."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from announcements.switches import ALL, switch_off, switch_on
from store.database import Store
from store.states import DeliveryState, Disposition
from tests.dialing import dialing, trunk
from tests.fake_ami import FakeAsterisk, fake_asterisk
from tests.people import NOW, add, announce, line, prepare_town

CALLS = 6


@pytest.fixture
async def fake() -> AsyncIterator[FakeAsterisk]:
    async with fake_asterisk() as asterisk:
        yield asterisk


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    for number in range(CALLS):
        await add(store, f"Soused {number}", line(number + 1))
    await announce(store)
    return store


async def switch(store: Store, *, off: str = "", on: str = "") -> None:
    async with store.writing() as session:
        if off:
            await switch_off(session, off, NOW)
        if on:
            await switch_on(session, on)


async def test_the_other_trunks_take_all_calls_of_one_that_is_switched_off(town: Store, fake: FakeAsterisk) -> None:
    await switch(town, off="o2")
    async with dialing(town, fake, trunk("o2", weight=100), trunk("backup")):
        calls = await fake.got("Originate", CALLS)
    assert {call.headers["Channel"].partition("@")[2] for call in calls} == {"trunk-backup"}


async def test_the_other_trunks_take_all_calls_of_one_at_its_cap(town: Store, fake: FakeAsterisk) -> None:
    capped = trunk("o2", weight=100, price_per_minute=Decimal(1), daily_spend_cap=Decimal(4))
    async with dialing(town, fake, capped, trunk("backup")):
        calls = await fake.got("Originate", CALLS)
    used = [call.headers["Channel"].partition("@")[2] for call in calls]
    assert (used.count("trunk-o2"), used.count("trunk-backup")) == (2, CALLS - 2)


async def test_switched_on_again_the_queue_goes_on_where_it_was(town: Store, fake: FakeAsterisk) -> None:
    await switch(town, off=ALL)
    async with dialing(town, fake) as office:
        waiting = await office.until(lambda rows: len(rows) == CALLS)
        assert {row.state for row in waiting} == {DeliveryState.QUEUED}
        await switch(town, on=ALL)
        await fake.got("Originate", CALLS)


async def test_a_call_is_counted_and_priced_when_it_ends(town: Store, fake: FakeAsterisk) -> None:
    priced = trunk("o2", lines=1, price_per_call=Decimal("0.5"))
    async with dialing(town, fake, priced) as office:
        (call,) = await fake.got("Originate")
        await fake.hang_up(call.headers["ChannelId"], cause=17, up=False)
        rows = await office.until_ended()
        sample = office.exchange.metrics.registry.get_sample_value
        assert sample("hlasatel_calls_total", {"trunk": "o2", "disposition": "busy"}) == 1
        assert sample("hlasatel_start_delay_seconds_count", {"trunk": "o2"})
    ended = [one for row in rows for one in row.attempts if one.ended_at]
    assert [(one.disposition, one.price) for one in ended] == [(Disposition.BUSY, Decimal(0))]
