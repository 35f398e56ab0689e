"""How near our whole way of an SMS comes to a bare loop that only submits, on one real Kannel, in one run.

python -m benchmarks.sms [--messages 10000] [--rounds 9] [--postgres]

Ours: claim, attempt, submit, delivery report, outcome, all committed. Bare: one request a message, many at once, no
report asked for. Kannel with its test SMSC runs on this machine, so it takes its share of the processors from both.
"""

import argparse
import asyncio
import logging
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median

import aiohttp
import uvloop

from service.garbage import search_rarely
from service.log import set_up_logging
from store.database import opened
from store.migrate import migrate
from store.states import Disposition
from tests.kannel import PASSWORD, Kannel, kannel
from tests.postgres import in_postgres, postgres
from tests.texting import mobile, text_people, texting

TEXT = "V utery 24. listopadu od 8:00 do 14:30 nepotece voda v ulicich Tyrsova a Komenského."
# Requests of the bare loop at once: more make it no faster.
AT_ONCE = 32


@dataclass(frozen=True)
class Figures:
    messages: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        return self.messages / self.seconds

    @property
    def cost(self) -> float:
        """Milliseconds of our processor for each message."""
        return 1000 * self.cpu_seconds / self.messages


class Meter:
    def __init__(self) -> None:
        self._began = time.monotonic(), time.process_time()

    def read(self, messages: int) -> Figures:
        began, cpu = self._began
        return Figures(messages, time.monotonic() - began, time.process_time() - cpu)


async def bare(gateway: Kannel, messages: int) -> Figures:
    """Submits, and looks only at the answer."""
    url = f"http://127.0.0.1:{gateway.ports['sendsms']}/cgi-bin/sendsms"
    account = {"username": "hlasatel", "password": PASSWORD, "from": "Vzorov", "charset": "utf-8", "coding": "0"}
    left = iter(range(messages))

    async def submit(client: aiohttp.ClientSession) -> None:
        for number in left:
            async with client.get(url, params={**account, "to": mobile(number), "text": TEXT}) as answer:
                await answer.read()
                assert answer.status == 202, answer.status

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as client:
        meter = Meter()
        await asyncio.gather(*(submit(client) for _ in range(AT_ONCE)))
        return meter.read(messages)


async def ours(gateway: Kannel, url: str, messages: int) -> Figures:
    """From the first claim to the last committed outcome."""
    async with opened(url) as store:
        await migrate(store)
        await text_people(store, TEXT, messages)
        await store.refresh_statistics()
        meter = Meter()
        async with texting(store, gateway.settings(), poll_seconds=0.2) as office:
            await office.until_states(seconds=600, pause=0.25, delivered=messages)
            figures = meter.read(messages)
            assert set(await office.dispositions()) == {Disposition.DELIVERED}
    return figures


async def compare(servers: Callable[[], AbstractAsyncContextManager[str]], messages: int, rounds: int) -> None:
    """Round after round, each run on a fresh Kannel; ours stands against the better of the bare runs before and after.

    This machine's speed changes from one minute to the next, so the medians count.
    """
    bares = [await on_fresh_kannel(partial(bare, messages=messages))]
    wholes: list[Figures] = []
    for _ in range(rounds):
        async with servers() as url:
            wholes.append(await on_fresh_kannel(partial(ours, url=url, messages=messages)))
        bares.append(await on_fresh_kannel(partial(bare, messages=messages)))
    best = [max(two, key=lambda figures: figures.per_second) for two in pairwise(bares)]
    ratios = [whole.per_second / one.per_second for whole, one in zip(wholes, best, strict=True)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    each = ", ".join(f"{ratio:.2f}" for ratio in sorted(ratios))
    sys.stdout.write(
        f"bare:  {_told(best)}\nours:  {_told(wholes)}\n"
        f"ratio: {median(ratios):.2f} (aim 0.6), of {rounds} rounds: {each}\n"
        f"peak memory: {memory:.0f} MB\n"
    )


def _told(all_of: Sequence[Figures]) -> str:
    speed, cost = median(one.per_second for one in all_of), median(one.cost for one in all_of)
    return f"{speed:7.0f} messages/s  {cost:5.2f} ms of our CPU a message (medians)"


async def on_fresh_kannel(work: Callable[[Kannel], Awaitable[Figures]]) -> Figures:
    with tempfile.TemporaryDirectory(prefix="hlasatel-sms-") as folder:
        async with kannel(Path(folder)) as gateway:
            return await work(gateway)


@asynccontextmanager
async def database(on_postgres: bool) -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory(prefix="hlasatel-sms-") as folder:
        if not on_postgres:
            yield f"sqlite:///{folder}/store.db"
            return
        with postgres(durable=True) as server:
            await in_postgres(server, "CREATE DATABASE sms")
            yield f"{server}/sms"


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL, commits reaching the disk; else SQLite")
    chosen = parser.parse_args()
    set_up_logging(sys.stderr, logging.ERROR)
    search_rarely()  # as the service does
    await compare(partial(database, chosen.postgres), chosen.messages, chosen.rounds)


if __name__ == "__main__":
    uvloop.run(main())
