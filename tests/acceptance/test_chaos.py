"""Nothing is lost and nobody is rung who has heard it, whatever dies: the service, Asterisk, the link, the database."""

import asyncio
import collections
import itertools
import random
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text, update

from lab.pair import Pair, running_pair
from lab.program import install_program
from service.sections import StoreSettings
from service.settings import cache_folder
from store.states import DeliveryState, Priority
from store.work import Announcement, Delivery
from tests.acceptance.chaos import LINES, LISTENERS, PHONES, TRUNK, chaos_settings, services, town, wire
from tests.acceptance.conftest import now
from tests.acceptance.doomed import ELSEWHERE, POINTS, Order
from tests.history import AsteriskDied, append
from tests.postgres import postgres, restart
from tests.promises import broken

pytestmark = pytest.mark.asyncio(loop_scope="session")

LEAST_KILLS = 100
KILLS_AT_EACH_POINT = 10


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    program = await install_program(cache_folder())
    async with running_pair(program, tmp_path_factory.mktemp("chaos"), PHONES, TRUNK) as pair:
        yield pair


def most_times(point: str) -> int:
    """Endings come in batches, and only after a call's whole length."""
    return 1 if "hearing" in point else 2 if "outcome" in point else 4


async def test_a_service_killed_at_every_boundary_loses_nothing_and_rings_nobody_twice(
    own_pair: Pair, tmp_path: Path, renderings: Path
) -> None:
    dice = random.Random(3)  # noqa: S311  (the same kills every time)
    orders = [Order(point=point, times=dice.randint(1, most_times(point))) for point in POINTS * KILLS_AT_EACH_POINT]
    dice.shuffle(orders)
    priorities = itertools.cycle([Priority.NORMAL, Priority.CRISIS, Priority.URGENT])
    async with town(own_pair, tmp_path, renderings, PHONES) as chaos, services(chaos) as undead:
        for order in orders:
            if await chaos.count(Delivery.state == DeliveryState.QUEUED) < LINES:
                await chaos.launch(next(priorities))
            assert await undead.order(order) == -signal.SIGKILL, chaos.complaints()
        await undead.wait_done(chaos)
        deaths = collections.Counter(chaos.estate.deaths.read_text().splitlines())
        assert broken(await chaos.history(*PHONES)) == []
    assert sum(deaths.values()) - deaths[ELSEWHERE] >= LEAST_KILLS, deaths
    assert min(deaths[point] for point in POINTS) >= KILLS_AT_EACH_POINT / 2, deaths


async def test_asterisk_that_dies_and_a_link_that_is_cut_lose_nothing(
    own_pair: Pair, tmp_path: Path, renderings: Path
) -> None:
    async with wire(own_pair.ami_port) as proxy:
        asterisk = chaos_settings(own_pair, tmp_path, renderings).asterisk.model_copy(update={"ami_port": proxy.port})
        async with (
            town(own_pair, tmp_path, renderings, LISTENERS, asterisk=asterisk) as chaos,
            services(chaos) as living,
        ):
            await chaos.launch(Priority.NORMAL)
            await chaos.launch(Priority.CRISIS)
            done = asyncio.create_task(living.wait_done(chaos))
            for number in range(1, 10):
                await chaos.until_placed(number * 5)
                if number % 3:
                    proxy.cut()
                    continue
                append(chaos.estate.history, AsteriskDied(at=now()))
                await own_pair.managed.kill()
                await own_pair.managed.start()
                await own_pair.trunk_up()
            await done
            assert broken(await chaos.history(*LISTENERS)) == []


async def test_a_database_that_is_restarted_loses_nothing(own_pair: Pair, tmp_path: Path, renderings: Path) -> None:
    with postgres() as url:
        database = StoreSettings(url=f"{url}/postgres")
        async with (
            town(own_pair, tmp_path, renderings, LISTENERS, store=database) as chaos,
            services(chaos) as living,
        ):
            async with chaos.scene.store.reading() as session:
                data = Path(str(await session.scalar(text("SHOW data_directory"))))
            await chaos.launch(Priority.NORMAL)
            await chaos.launch(Priority.URGENT)
            done = asyncio.create_task(living.wait_done(chaos))
            for number in range(1, 5):
                await chaos.until_placed(number * 8)
                await asyncio.to_thread(restart, data)
            await done
            assert broken(await chaos.history(*LISTENERS)) == []


async def test_a_clock_that_jumps_loses_nothing_and_rings_nobody_twice(
    own_pair: Pair, tmp_path: Path, renderings: Path
) -> None:
    """Its own moments do not tell the order of things any more, so only the phones are asked."""
    begun = now()
    async with town(own_pair, tmp_path, renderings, LISTENERS) as chaos, services(chaos) as undead:
        await chaos.launch(Priority.CRISIS)
        for ahead, point in ((0, "answered"), (7200, "answered"), (-3600, "hang-up seen"), (0, "hang-up seen")):
            chaos.estate.clock.write_text(str(ahead))
            assert await undead.order(Order(point=point, times=3)) == -signal.SIGKILL, chaos.complaints()
        await undead.wait_done(chaos)
        assert await chaos.count(Delivery.state == DeliveryState.DELIVERED) == len(LISTENERS)
        calls = [call.number for call in await chaos.scene.calls(*LISTENERS) if call.started_at > begun]
    assert sorted(calls) == sorted(LISTENERS)


async def test_what_was_launched_by_a_clock_that_ran_ahead_does_not_wait_for_its_hour(
    own_pair: Pair, tmp_path: Path, renderings: Path
) -> None:
    some = dict(itertools.islice(LISTENERS.items(), 3))
    async with town(own_pair, tmp_path, renderings, some) as chaos, services(chaos) as living:
        await chaos.launch(Priority.CRISIS)
        ahead = now() + timedelta(hours=2)
        async with chaos.scene.store.writing() as session:
            await session.execute(update(Announcement).values(created_at=ahead))
            await session.execute(update(Delivery).values(due_at=ahead))
        await living.wait_done(chaos)
        assert await chaos.count(Delivery.state == DeliveryState.DELIVERED) == len(some)
