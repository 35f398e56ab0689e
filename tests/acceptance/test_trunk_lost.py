"""The far side of the trunk goes away, in mid-announcement or with nothing up, and comes back: the queue waits, nobody
loses a try.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from announcements.switches import switch_off, switch_on
from lab.network import Account, Network
from lab.pair import Pair, running_pair
from lab.program import install_program
from service.settings import cache_folder
from store.states import DeliveryState, Disposition, Priority
from tests.acceptance.chaos import LISTENERS, TRUNK, Town, services, town
from tests.acceptance.conftest import now
from tests.deadline import until
from tests.history import History, Originated, read
from tests.promises import broken

pytestmark = pytest.mark.asyncio(loop_scope="session")

NUMBERS = tuple(islice(LISTENERS, 8))
# Few, so that most of the queue waits when the trunk is lost.
LINES = 3
# Longer than Asterisk needs to find out that the peer is gone: 10 s and 2 s, pjsip-trunk.conf.
RING_SECONDS = 15
# So long an INVITE is sent again that nobody answers (RFC 3261, timer B): till then a peer that is back would get one
# of a call that is over.
INVITE_LIVES = timedelta(seconds=32)
ACCOUNT = Account("700100", "tajneheslo")
# Ten looks of an idle dispatcher.
LONG_ENOUGH = 2.0
LOST, FOUND = "trunk cannot carry calls", "trunk can carry calls"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    program = await install_program(cache_folder())
    trunk = TRUNK.model_copy(update={"lines": LINES, "ring_seconds": RING_SECONDS})
    async with running_pair(program, tmp_path_factory.mktemp("lost"), LISTENERS, trunk) as pair:
        yield pair


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def registered_pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    program = await install_program(cache_folder())
    account = {"username": ACCOUNT.username, "password": SecretStr(ACCOUNT.password)}
    trunk = TRUNK.model_copy(update={"lines": LINES, **account})
    folder = tmp_path_factory.mktemp("registered")
    async with running_pair(program, folder, LISTENERS, trunk, Network(ACCOUNT)) as pair:
        yield pair


async def test_a_lost_trunk_parks_its_queue_and_burns_only_the_tries_in_flight(
    own_pair: Pair, tmp_path: Path, renderings: Path
) -> None:
    async with town(own_pair, tmp_path, renderings, NUMBERS) as chaos, services(chaos) as living:
        await chaos.launch(Priority.NORMAL)
        done = asyncio.create_task(living.wait_done(chaos))
        await chaos.until_placed(LINES + 1)
        await own_pair.landlines.asterisk.kill()
        lost = now()
        await until(lambda: says(chaos, LOST), 60)
        parked = now()
        await until(lambda: invites_are_over(chaos), 60)
        await chaos.launch(Priority.CRISIS)
        back = now()
        await own_pair.landlines.start()
        await until(lambda: says(chaos, FOUND), 60)
        await done
        history = await chaos.history(*NUMBERS)
    assert broken(history) == []
    assert not [event for event in history.originated if parked <= event.at <= back]
    assert all(stands.state is DeliveryState.DELIVERED for stands in history.stands.values())
    assert all(begun < lost for begun in burnt(history))


async def test_a_registration_lost_with_nothing_up_parks_all_that_is_queued_and_burns_no_try(
    registered_pair: Pair, tmp_path: Path, renderings: Path
) -> None:
    """The operator has forgotten our account, though its machine still answers OPTIONS."""
    async with town(registered_pair, tmp_path, renderings, NUMBERS) as chaos, services(chaos) as living:
        trunk, asterisk = registered_pair.trunk, registered_pair.managed
        async with chaos.scene.store.writing() as session:
            await switch_off(session, trunk.name, now())  # so that nothing is up yet
        await chaos.launch(Priority.NORMAL)
        done = asyncio.create_task(living.wait_done(chaos))
        await until(lambda: says(chaos, FOUND), 60)
        await asterisk.command(f"pjsip send unregister {trunk.account}")
        await until(lambda: says(chaos, "Unregistered"), 60)
        async with chaos.scene.store.writing() as session:
            await switch_on(session, trunk.name)
        await chaos.launch(Priority.CRISIS)
        await asyncio.sleep(LONG_ENOUGH)
        assert not chaos.estate.history.exists()
        await asterisk.command(f"pjsip send register {trunk.account}")
        await done
        history = await chaos.history(*NUMBERS)
    assert broken(history) == []
    assert all(stands.state is DeliveryState.DELIVERED for stands in history.stands.values())
    assert len(history.claimed) == len(history.stands) == 2 * len(NUMBERS)
    assert burnt(history) == []


def burnt(history: History) -> list[datetime]:
    """When the tries began that reached nobody, and count."""
    ends = {one.attempt: one.disposition for one in history.ended}
    spared = (Disposition.ANSWERED, Disposition.WITHDRAWN)
    return [claimed.at for claimed in history.claimed.values() if ends[claimed.attempt] not in spared]


async def says(chaos: Town, what: str) -> bool:
    """The last that the service said of the trunk is so."""
    log = chaos.estate.log.read_text() if chaos.estate.log.exists() else ""
    lines = [line for line in log.splitlines() if LOST in line or FOUND in line]
    return bool(lines) and what in lines[-1]


async def invites_are_over(chaos: Town) -> bool:
    sent = max(event.at for event in read(chaos.estate.history) if isinstance(event, Originated))
    return now() > sent + INVITE_LIVES
