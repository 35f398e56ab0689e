"""A crisis takes the lines: those kept for it, and those of normal calls that are still ringing, never one in use."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from dialer import calls as calls_module
from store.database import Store
from store.states import DeliveryState, Disposition, Priority
from tests.dialing import dialing, trunk
from tests.fake_ami import FakeAsterisk, Peer, Received, fake_asterisk, originate
from tests.people import add, announce, deliveries, line, prepare_town, rule


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls_module, "GRACE_SECONDS", 0.02)


@pytest.fixture
async def fake() -> AsyncIterator[FakeAsterisk]:
    async with fake_asterisk() as asterisk:
        yield asterisk


async def hang_up_by_request(peer: Peer, action: Received) -> None:
    """Channel names of the fake end with our id."""
    await peer.answer(action, "Success", "Message: Channel Hungup")
    await peer.asterisk.hang_up(action.headers["Channel"].rpartition("-")[2], cause=16, up=False)


async def town(store: Store) -> None:
    """Three people of the culture topic with a normal announcement, one of the floods topic."""
    await prepare_town(store)
    for number in (1, 2, 3):
        await add(store, f"Person {number}", line(number), topics=("kultura",))
    await add(store, "Person 4", line(4), topics=("povodne",))
    await announce(store, await rule(store, "kultura"))


async def crisis(store: Store) -> None:
    await announce(store, await rule(store, "povodne"), priority=Priority.CRISIS)


async def ring(peer: Peer, action: Received) -> None:
    peer.asterisk.ringing.add(action.headers["ChannelId"])
    await originate(peer, action)


def rung(fake: FakeAsterisk) -> list[str]:
    return [action.headers["Channel"].removeprefix("PJSIP/").partition("@")[0] for action in fake.of("Originate")]


async def test_ringing_normal_calls_are_given_up_and_keep_their_place(store: Store, fake: FakeAsterisk) -> None:
    await town(store)
    fake.behaviour |= {"Originate": ring, "Hangup": hang_up_by_request}
    async with dialing(store, fake, trunk(lines=1)) as office:
        await fake.got("Originate")
        await crisis(store)
        await fake.got("Originate", 2)
        assert rung(fake) == [line(1), line(4)]
        await fake.hang_up(fake.of("Originate")[1].headers["ChannelId"], cause=17, up=False)
        await fake.got("Originate", 3)
        assert rung(fake)[2] == line(1)
        rows = await office.until(lambda rows: rows[0].state is DeliveryState.SENDING)
    assert [attempt.disposition for attempt in rows[0].attempts] == [Disposition.WITHDRAWN, None]


async def test_a_call_that_somebody_hears_is_never_given_up(store: Store, fake: FakeAsterisk) -> None:
    await town(store)

    async def lift(peer: Peer, action: Received) -> None:
        await originate(peer, action)
        await peer.asterisk.event(
            "OriginateResponse", f"ActionID: {action.headers['ActionID']}", "Response: Success", "Reason: 4"
        )

    fake.behaviour["Originate"] = lift
    async with dialing(store, fake, trunk(lines=1)) as office:
        await fake.got("Originate")
        call = office.dispatchers[0]
        await crisis(store)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await fake.got("Hangup")
        assert call.lines_up == 1
        assert rung(fake) == [line(1)]


async def test_lines_kept_for_a_crisis_and_for_callers_stay_free(store: Store, fake: FakeAsterisk) -> None:
    await town(store)
    async with dialing(store, fake, trunk(lines=4, lines_for_crisis=1, lines_for_callers=1)) as office:
        await fake.got("Originate", 2)
        await crisis(store)
        await fake.got("Originate", 3)
        assert rung(fake) == [line(1), line(2), line(4)]
        assert office.dispatchers[0].lines_up == 3
        assert [row.state for row in await deliveries(store)].count(DeliveryState.QUEUED) == 1


async def test_a_paused_person_hears_the_crisis_only(store: Store, fake: FakeAsterisk) -> None:
    await prepare_town(store)
    await add(store, "Person 1", line(1), topics=("kultura", "povodne"), quiet="0:00-23:59")
    await announce(store, await rule(store, "kultura"))
    await crisis(store)
    async with dialing(store, fake) as office:
        await fake.got("Originate")
        await office.until(lambda rows: rows[1].state is DeliveryState.SENDING)
        assert rung(fake) == [line(1)]
