"""After a lost link or a crash: what Asterisk still has goes on, what it has not is unknown, nothing is redialled."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from dialer import link as link_module
from store.database import Store
from store.errors import AsteriskError
from store.states import DeliveryState, Disposition
from tests.dialing import Office, dialing, trunk
from tests.fake_ami import FakeAsterisk, Peer, Received, fake_asterisk, list_legs, originate, refuse
from tests.people import MESSAGE_SECONDS, NOW, add, announce, attempt, deliveries, line, prepare_town, start

HEARD = (f"HLASATEL_HEARD={MESSAGE_SECONDS}",)


@pytest.fixture(autouse=True)
def quick_reconnect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "RECONNECT_SECONDS", 0)


@pytest.fixture
async def fake() -> AsyncIterator[FakeAsterisk]:
    async with fake_asterisk() as asterisk:
        yield asterisk


@pytest.fixture
async def town(store: Store) -> Store:
    """Three people, each with a delivery due."""
    await prepare_town(store)
    for number in (1, 2, 3):
        await add(store, f"Person {number}", line(number))
    await announce(store)
    return store


async def disposition(store: Store, attempt_id: str) -> Disposition | None:
    return (await attempt(store, attempt_id)).disposition


async def test_after_a_lost_link_only_the_calls_that_are_gone_are_unknown(town: Store, fake: FakeAsterisk) -> None:
    async with dialing(town, fake, trunk(lines=3)) as office:
        gone, *others = [action.headers["ChannelId"] for action in await fake.got("Originate", 3)]
        await fake.stop()
        fake.legs.discard(gone)
        await fake.start()
        await office.until_ended(1)
        assert await disposition(town, gone) is Disposition.UNKNOWN
        for leg in others:
            assert await disposition(town, leg) is None
            await fake.hang_up(leg, variables=HEARD)
        rows = await office.until_ended(3)
    assert sorted(row.state for row in rows) == [DeliveryState.DELIVERED, DeliveryState.DELIVERED, DeliveryState.QUEUED]
    assert len(fake.of("Originate")) == 3


async def test_many_lost_links_in_a_row_ring_nobody_twice(town: Store, fake: FakeAsterisk) -> None:
    async with dialing(town, fake) as office:
        await fake.got("Originate", 3)
        for listings in range(3, 8):
            fake.drop()
            await fake.got("CoreShowChannels", listings)
            await asyncio.wait_for(office.exchange.link.wait_up(), 5)
        rows = await deliveries(town)
        assert [one.ended_at for row in rows for one in row.attempts] == [None] * 3
    assert len(fake.of("Originate")) == 3


async def test_calls_of_an_earlier_run_are_adopted_or_unknown(town: Store, fake: FakeAsterisk) -> None:
    up, gone = await start(town), await start(town)
    fake.legs.add(up.attempt_id)

    async def still_up(office: Office) -> None:
        await office.until_ended(1)
        assert await disposition(town, gone.attempt_id) is Disposition.UNKNOWN
        assert await disposition(town, up.attempt_id) is None
        assert office.dispatchers[0].lines_up == 1

    async with dialing(town, fake, trunk(lines=1), before=still_up) as office:
        await fake.hang_up(up.attempt_id, variables=HEARD)
        await fake.got("Originate")
        await office.until_ended(2)
        assert await disposition(town, up.attempt_id) is Disposition.ANSWERED
    assert fake.of("Originate")[0].headers["Channel"].startswith(f"PJSIP/{line(3)}@")


async def test_an_adopted_call_holds_its_line(town: Store, fake: FakeAsterisk) -> None:
    up = await start(town)
    fake.legs.add(up.attempt_id)
    at_once: list[int] = []

    async def count(peer: Peer, action: Received) -> None:
        await originate(peer, action)
        at_once.append(len(fake.legs))

    fake.behaviour["Originate"] = count
    async with dialing(town, fake, trunk(lines=2)):
        await fake.got("Originate")
        await fake.hang_up(up.attempt_id, cause=17, up=False)
        await fake.got("Originate", 2)
    assert at_once == [2, 2]


async def test_a_call_that_ends_while_it_is_being_looked_for_is_not_missed(town: Store, fake: FakeAsterisk) -> None:
    up = await start(town)
    fake.legs.add(up.attempt_id)
    listings: list[Received] = []

    async def end_and_list(peer: Peer, action: Received) -> None:
        """The second listing, that of the settling; the first greets the link."""
        listings.append(action)
        await list_legs(peer, action)
        if len(listings) == 2:
            await fake.hang_up(up.attempt_id, variables=HEARD)

    fake.behaviour["CoreShowChannels"] = end_and_list
    async with dialing(town, fake) as office:
        await office.until(lambda rows: rows[0].state is DeliveryState.DELIVERED)
    assert await disposition(town, up.attempt_id) is Disposition.ANSWERED


async def test_a_call_of_a_trunk_that_is_no_longer_configured_is_seen_to_its_end(
    town: Store, fake: FakeAsterisk
) -> None:
    up = await start(town, trunk="sold")
    fake.legs.add(up.attempt_id)
    async with dialing(town, fake, trunk("o2")) as office:
        await fake.got("Originate", 2)
        assert await disposition(town, up.attempt_id) is None
        await fake.hang_up(up.attempt_id, variables=HEARD)
        await office.until(lambda rows: rows[0].state is DeliveryState.DELIVERED)
    assert (await attempt(town, up.attempt_id)).ended_at == NOW


async def test_where_asterisk_will_not_tell_its_calls_nothing_is_settled_and_nobody_called(
    town: Store, fake: FakeAsterisk
) -> None:
    up = await start(town)
    fake.behaviour["CoreShowChannels"] = refuse
    with pytest.raises(AsteriskError, match="refused CoreShowChannels"):
        async with dialing(town, fake):
            pass
    assert await disposition(town, up.attempt_id) is None
    assert not fake.of("Originate")
