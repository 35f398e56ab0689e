"""Registrations by SMS through a real Kannel: are 200 a second taken without loss, and how far behind are the answers?

python -m benchmarks.sms_in [--per-second 200] [--seconds 20] [--postgres]

Kannel's test centre brings them, our door takes them, the clerk registers each person, and the confirmation goes back
by the same Kannel. All of it runs on this machine.
"""

import argparse
import asyncio
import logging
import socket
import sys
import tempfile
import time
from pathlib import Path

import uvloop
from pydantic import SecretStr
from sqlalchemy import func, select

from benchmarks.sms import database
from channels.incoming.settings import KannelInbox
from channels.settings import DoorSettings
from lab.ports import free_ports
from service.log import set_up_logging
from service.sections import TownSettings
from service.settings import Settings
from store.database import Store, opened
from store.messages import Answer, AnswerState, IncomingMessage, MessageState
from store.migrate import migrate
from store.people import Subscriber
from tests.integration.incoming import OURS, make_town
from tests.kannel import Kannel, kannel
from tests.receiving import receiving

SECRET = "a-secret-of-the-town"  # noqa: S105  (of this run)
GET_URL = (
    "http://127.0.0.1:{port}/incoming/kannel?secret={secret}&id=%I&from=%p&to=%P&text=%b&charset=%C&coding=%c&udh=%u"
)
DEADLINE_SECONDS = 300.0


async def bring(centre: Kannel, messages: int, per_second: float) -> float:
    """Messages from as many people, at that pace. Returns the seconds that the centre took to send them."""
    began = time.monotonic()
    for number in range(messages):
        await asyncio.sleep(began + number / per_second - time.monotonic())
        await centre.hand_in(f"42073{number:07}", OURS, "REGISTRUJ Jan Novak Tyrsova 214 T1 B2")
    return time.monotonic() - began


async def counted(store: Store) -> tuple[int, int, int, int]:
    """Messages taken, messages dealt with, people, answers that the gateway took."""
    queries = (
        select(func.count()).select_from(IncomingMessage),
        select(func.count()).where(IncomingMessage.state == MessageState.DONE),
        select(func.count()).select_from(Subscriber),
        select(func.count()).where(Answer.state == AnswerState.SENT),
    )
    async with store.reading() as session:
        taken, done, people, sent = [await session.scalar(query) or 0 for query in queries]
    return taken, done, people, sent


async def until(store: Store, which: int, messages: int) -> float:
    """When that count has reached all messages."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (await counted(store))[which] < messages:
            await asyncio.sleep(0.05)
    return time.monotonic()


async def measure(url: str, messages: int, per_second: float) -> None:
    with tempfile.TemporaryDirectory(prefix="hlasatel-bench-") as folder:
        [port] = free_ports(socket.SOCK_STREAM, 1)
        address = GET_URL.format(port=port, secret=SECRET)
        async with opened(url) as store, kannel(Path(folder) / "kannel", incoming_url=address) as centre:
            await migrate(store)
            await make_town(store)
            settings = Settings(
                town=TownSettings(name="Studénka"),
                sms=(centre.settings(sender=OURS),),
                door=DoorSettings(port=port),
                inboxes=(KannelInbox(adapter="kannel", name="kannel", secret=SecretStr(SECRET)),),
            )
            async with receiving(settings, store):
                began, cpu = time.monotonic(), time.process_time()
                brought = await bring(centre, messages, per_second)
                ended = [await until(store, which, messages) - began for which in range(4)]
                used = time.process_time() - cpu
            taken, done, people, sent = await counted(store)
    sys.stdout.write(
        f"{messages} registrations in {brought:.1f} s ({messages / brought:.0f} a second)\n"
        f"taken {taken}, dealt with {done}, people {people}, answered {sent}\n"
        f"all taken after {ended[0]:.1f} s, registered {ended[2]:.1f} s, answered {ended[3]:.1f} s\n"
        f"{1000 * used / messages:.1f} ms of our CPU each\n"
    )


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-second", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    async with database(options.postgres) as url:
        await measure(url, int(options.per_second * options.seconds), options.per_second)


if __name__ == "__main__":
    set_up_logging(sys.stderr, logging.ERROR)
    uvloop.run(main())
