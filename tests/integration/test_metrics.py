"""What Prometheus reads."""

import asyncio
import re
import socket
import urllib.request
from collections.abc import AsyncIterator

import pytest

from dialer.metrics import Metrics
from lab.ports import free_ports
from service.metrics import queue, served, watch
from store.database import Store
from store.errors import SettingsError
from store.states import Disposition, Priority
from tests.deadline import until
from tests.dialing import dialing
from tests.fake_ami import FakeAsterisk, fake_asterisk
from tests.people import add, announce, line, prepare_town


@pytest.fixture
async def fake() -> AsyncIterator[FakeAsterisk]:
    async with fake_asterisk() as asterisk:
        yield asterisk


def read(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return str(answer.read().decode())


def figure(text: str, name: str) -> float:
    (found,) = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found)


async def test_figures_are_served_on_loopback() -> None:
    (port,) = free_ports(socket.SOCK_STREAM, 1)
    metrics = Metrics()
    metrics.call_started("o2", 0.25)
    for disposition in (Disposition.ANSWERED, Disposition.ANSWERED, Disposition.BUSY):
        metrics.call_ended("o2", disposition)
    metrics.queued({Priority.CRISIS: 7})
    with served(metrics, port):
        text = await asyncio.to_thread(read, port)
    assert figure(text, 'hlasatel_calls_total{disposition="answered",trunk="o2"}') == 2
    assert figure(text, 'hlasatel_calls_total{disposition="busy",trunk="o2"}') == 1
    assert figure(text, 'hlasatel_queue{priority="crisis"}') == 7
    assert figure(text, 'hlasatel_queue{priority="normal"}') == 0
    assert figure(text, 'hlasatel_start_delay_seconds_bucket{le="0.2",trunk="o2"}') == 0
    assert figure(text, 'hlasatel_start_delay_seconds_bucket{le="0.3",trunk="o2"}') == 1


def test_a_taken_port_is_named_and_0_is_no_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(SettingsError, match=rf"metrics\.port: {port}: .*choose a free port"),
            served(Metrics(), port),
        ):
            pass
    with served(Metrics(), 0):
        pass


async def test_the_queue_is_counted_by_priority(store: Store) -> None:
    await prepare_town(store)
    await add(store, "Marie", line(1))
    await add(store, "Josef", line(2))
    await announce(store)
    await announce(store, priority=Priority.CRISIS)
    assert await queue(store) == {Priority.NORMAL: 2, Priority.CRISIS: 2}


async def test_lines_trunks_queue_and_asterisk_are_looked_at(store: Store, fake: FakeAsterisk) -> None:
    await prepare_town(store)
    await add(store, "Marie", line(1))
    metrics = Metrics()

    def now(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(name, labels)

    async with dialing(store, fake) as office:
        watching = asyncio.create_task(watch(metrics, office.exchange, office.dispatchers))
        try:

            async def looked() -> bool:
                return bool(now("hlasatel_ami_seconds"))

            await until(looked)
            assert now("hlasatel_trunk_usable", trunk="o2") == 1
            assert now("hlasatel_lines_up", trunk="o2") == 0
            assert now("hlasatel_queue", priority="normal") == 0
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
