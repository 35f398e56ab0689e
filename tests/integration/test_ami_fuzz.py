"""A peer that splits, merges, garbles, floods, stalls and drops: the dispatcher neither freezes nor misjudges.

Between the link and the fake Asterisk sits a wire that does all this, the same way for each seed. What it makes up is
never a true end of one of our calls; what is true gets through, unless the wire drops.
"""

import asyncio
import contextlib
import gc
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

import pytest
import structlog

from dialer import calls as calls_module
from dialer import link as link_module
from store.database import Store
from store.errors import AsteriskError
from store.states import Disposition
from tests.deadline import until
from tests.dialing import Office, dialing, trunk
from tests.fake_ami import FakeAsterisk, Peer, Received, fake_asterisk, originate
from tests.people import MESSAGE_SECONDS, add, announce, attempt, line, prepare_town
from tests.wire import Wire, block, stretched

PEOPLE = 12
FLOOD = 10_000
# Of computing, so that a busy machine does not fail the test.
LONGEST_BREATH_SECONDS = 0.1


@dataclass(frozen=True)
class Fate:
    """How a call really ends."""

    disposition: Disposition
    cause: int
    up: bool = False
    variables: tuple[str, ...] = ()


FATES = (
    Fate(Disposition.BUSY, 17),
    Fate(Disposition.NO_ANSWER, 19),
    Fate(Disposition.INVALID_NUMBER, 1),
    Fate(Disposition.ANSWERED, 16, up=True, variables=(f"HLASATEL_HEARD={MESSAGE_SECONDS}",)),
    Fate(Disposition.MACHINE, 16, up=True, variables=("HLASATEL_ANSWERER=MACHINE",)),
)


@dataclass
class Breath:
    """How much the process computes between two turns of the event loop, at most."""

    longest: float = 0.0

    async def watch(self) -> None:
        while True:
            before = time.process_time()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            self.longest = max(self.longest, time.process_time() - before)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "RECONNECT_SECONDS", 0)
    monkeypatch.setattr(calls_module, "GRACE_SECONDS", 0.2)


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    """From *info* on, as the service logs: the library tells every message at *debug*."""
    kept = structlog.testing.LogCapture()
    structlog.configure(processors=[kept], wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    yield kept.entries
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def no_rubbish_of_other_tests() -> Iterator[None]:
    """Python's collector shall not look through all that a test run has loaded."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
async def fake() -> AsyncIterator[FakeAsterisk]:
    async with fake_asterisk() as asterisk:
        yield asterisk


async def town(store: Store) -> None:
    await prepare_town(store)
    for number in range(1, PEOPLE + 1):
        await add(store, f"Person {number}", line(number))
    await announce(store)


def decide_fates(fake: FakeAsterisk, dice: random.Random, soon: Callable[[], float]) -> dict[str, Fate]:
    """Every call that is originated ends by a fate, which is told after ``soon`` seconds."""
    fates: dict[str, Fate] = {}

    async def live(leg: str, fate: Fate) -> None:
        await asyncio.sleep(soon())
        with contextlib.suppress(ConnectionError):
            await fake.hang_up(leg, cause=fate.cause, up=fate.up, variables=fate.variables)

    async def take(peer: Peer, action: Received) -> None:
        leg = action.headers["ChannelId"]
        fates[leg] = dice.choice(FATES)
        # First, for the answer may meet a link that is gone, and the call ends all the same.
        lives.append(asyncio.create_task(live(leg, fates[leg])))
        await originate(peer, action)

    lives: list[asyncio.Task[None]] = []
    fake.behaviour["Originate"] = take
    return fates


async def endings(office: Office) -> dict[str, Disposition | None]:
    rows = await office.until_ended(PEOPLE)
    return {one.id: one.disposition for row in rows for one in row.attempts}


@pytest.mark.parametrize("seed", range(6))
async def test_what_is_split_merged_garbled_and_late_is_judged_right(
    store: Store, fake: FakeAsterisk, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311  (the same peer every time)
    await town(store)
    fates = decide_fates(fake, dice, lambda: dice.random() / 5)
    wire = Wire(fake, dice, lies_a_block=seed, splits=seed % 2 == 1, stall=0.1)
    breath = Breath()
    async with stretched(wire) as reached, dialing(store, reached, trunk(lines=4)) as office:
        watch = asyncio.create_task(breath.watch())
        told = await endings(office)
        watch.cancel()
    assert told == {leg: fate.disposition for leg, fate in fates.items()}
    assert len(told) == PEOPLE
    assert breath.longest < LONGEST_BREATH_SECONDS


@pytest.mark.parametrize("seed", range(4))
async def test_a_link_that_drops_in_mid_word_leaves_no_call_open_and_no_end_made_up(
    store: Store, fake: FakeAsterisk, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311
    await town(store)
    fates = decide_fates(fake, dice, lambda: dice.random() / 5)
    wire = Wire(fake, dice, lies_a_block=1, splits=True, drop=0.2)
    async with stretched(wire) as reached:
        while True:  # the wire may drop before the service is up; then it starts again, as systemd does
            with contextlib.suppress(AsteriskError):
                async with dialing(store, reached, trunk(lines=4)) as office:
                    told = await endings(office)
                    break
    assert wire.drops > 0
    sent = [action.headers["ChannelId"] for action in fake.of("Originate")]
    assert len(sent) == len(set(sent))
    for leg, disposition in told.items():
        never_sent = leg not in fates and disposition in (Disposition.FAILED, Disposition.UNKNOWN)
        assert never_sent or disposition in (fates[leg].disposition, Disposition.UNKNOWN), leg


async def test_a_flood_of_strangers_events_delays_our_own_but_little(store: Store, fake: FakeAsterisk) -> None:
    dice = random.Random(1)  # noqa: S311
    await town(store)
    fates = decide_fates(fake, dice, lambda: 0.2)
    breath = Breath()
    stranger = block("Event: VarSet", "Privilege: dialplan,all", "Uniqueid: 1700000000.17", "Variable: X", "Value: y")
    async with dialing(store, fake, trunk(lines=4)) as office:
        await fake.got("Originate")
        watch = asyncio.create_task(breath.watch())
        for peer in fake.peers:
            peer.writer.write(stranger * FLOOD)
        told = await endings(office)
        watch.cancel()
    assert told == {leg: fate.disposition for leg, fate in fates.items()}
    assert breath.longest < LONGEST_BREATH_SECONDS


async def test_a_peer_that_stalls_is_waited_for_and_nothing_is_sent_again(
    store: Store, fake: FakeAsterisk, monkeypatch: pytest.MonkeyPatch, logs: list[MutableMapping[str, Any]]
) -> None:
    """It takes every Originate, says nothing for longer than we wait for an answer, and then tells all at once."""
    monkeypatch.setattr(link_module.AmiLink.action, "__defaults__", (0.1,))
    fates: dict[str, Fate] = {}

    async def sleep_on_it(peer: Peer, action: Received) -> None:
        leg = action.headers["ChannelId"]
        fates[leg] = FATES[len(fates) % len(FATES)]

    async def given_up() -> bool:
        return [entry["event"] for entry in logs].count("originate unanswered") == PEOPLE

    fake.behaviour["Originate"] = sleep_on_it
    await town(store)
    async with dialing(store, fake, trunk(lines=PEOPLE)) as office:
        await until(given_up)
        for leg in fates:
            assert (await attempt(store, leg)).ended_at is None
        for leg, fate in fates.items():
            await fake.hang_up(leg, cause=fate.cause, up=fate.up, variables=fate.variables)
        told = await endings(office)
    assert told == {leg: fate.disposition for leg, fate in fates.items()}
    assert len(fake.of("Originate")) == PEOPLE
