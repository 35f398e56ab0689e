"""What the chaos scenes share: a town of quick phones, services one after another, a link that can be cut.

The phones hang up some seconds after the answer. What they heard is known by how long they listened: even a call whose
service died in mid-sentence, and where the dialplan began anew, has then told everything.
"""

import asyncio
import contextlib
import dataclasses
import os
import pickle
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, func, select

from lab.behaviour import Act, Behaviour
from lab.pair import LAB_TRUNK, Pair
from lab.ports import free_ports
from service.settings import Settings
from store.database import opened
from store.migrate import migrate
from store.states import Priority
from store.work import Delivery
from subscribers.topics import default_topics, store_topics
from tests.acceptance.conftest import QUICK_RETRIES, Scene, now, scene_settings
from tests.acceptance.doomed import Estate, Order
from tests.deadline import until
from tests.history import Caps, History, Originated, of_store, read
from tts.audio import alaw_seconds
from tts.speech import configured_library

LINES = 10
TEXT = "Voda."
PROMPT_SECONDS = 0.2
PROMPTS = ("greeting", "menu", "confirm_refusal", "refused", "not_refused", "confirmed", "goodbye")
ALAW_SILENCE = b"\xd5"
TRUNK = LAB_TRUNK.model_copy(update={"ring_seconds": 3, "lines": LINES, "calls_per_second": 10})
# Longer than a phone stays up by itself, so that one that has not noticed Asterisk's death is not found busy.
RETRIES = QUICK_RETRIES.model_copy(
    update={"not_reached_tries": 6, "not_heard_tries": 4, "failed_seconds": 4, "not_heard_seconds": 4}
)

QUICK = Behaviour(does=Act.HANGS_UP_EARLY, ring_seconds=0.1, says_hello=False, stays_seconds=3)
SHORT = QUICK.model_copy(update={"stays_seconds": 0.1})
LISTENERS = {f"+4205564161{n:02}": QUICK for n in range(26)}
PHONES = {
    **LISTENERS,
    **{
        f"+4205564162{n:02}": Behaviour(does=Act.PRESSES, ring_seconds=0.1, says_hello=False, keys="2")
        for n in range(4)
    },
    **{f"+4205564163{n:02}": SHORT for n in range(3)},
    **{f"+4205564164{n:02}": Behaviour(does=Act.BUSY) for n in range(3)},
    **{f"+4205564165{n:02}": QUICK.model_copy(update={"ring_seconds": 2}) for n in range(2)},
    **{f"+4205564166{n:02}": Behaviour(does=Act.UNALLOCATED) for n in range(3)},
}


@dataclasses.dataclass(frozen=True)
class Town:
    """A town whose services die, and everything that is written about them."""

    scene: Scene
    estate: Estate

    async def launch(self, priority: Priority) -> None:
        await self.scene.announce(TEXT, priority=priority)

    async def count(self, condition: ColumnElement[bool]) -> int:
        async with self.scene.store.reading() as session:
            return await session.scalar(select(func.count()).select_from(Delivery).where(condition)) or 0

    async def until_placed(self, number: int) -> None:
        """Wait until so many calls have been sent, ever."""

        async def placed() -> bool:
            history = self.estate.history
            return history.exists() and sum(isinstance(event, Originated) for event in read(history)) >= number

        await until(placed, 60)

    def complaints(self) -> str:
        return self.estate.log.read_text()[-3000:]

    async def history(self, *numbers: str) -> History:
        """Of everything since the first call here, joined with what these phones have recorded."""
        trunk = self.scene.settings.trunks[0]
        begun = min(event.at for event in read(self.estate.history))
        message = alaw_seconds(await self.scene.message_file())
        events = await of_store(self.scene.store, self.scene.settings.dialer.heard_share, now())
        return History(
            events + read(self.estate.history),
            [call for call in await self.scene.calls(*numbers) if call.ended_at > begun],
            {trunk.name: Caps(trunk.lines, trunk.calls_per_second)},
            needed_seconds=2 * (PROMPT_SECONDS + message) + 0.5,
        )


@asynccontextmanager
async def town(
    pair: Pair, folder: Path, renderings: Path, numbers: Iterable[str], **changes: Any
) -> AsyncIterator[Town]:
    """``changes``: of the settings' sections."""
    settings = chaos_settings(pair, folder, renderings).model_copy(update=changes)
    async with opened(settings.store.url) as store:
        await migrate(store)
        async with store.writing() as session:
            await store_topics(session, default_topics())
        scene = Scene(settings, store, configured_library(settings.speech), pair)
        for number in numbers:
            await scene.add(f"person {number}", number)
        files = {name: folder / name for name in ("history", "deaths", "log", "clock")}
        yield Town(scene, Estate(settings, prompts(folder), **files))


def chaos_settings(pair: Pair, folder: Path, renderings: Path) -> Settings:
    """One FastAGI port for all services, so that one finds the calls of another; a record of the dialplan."""
    settings = scene_settings(pair, folder, renderings)
    [agi_port] = free_ports(socket.SOCK_STREAM, 1)
    record = str(pair.managed.folder / "log" / "calls.csv")
    return settings.model_copy(
        update={
            "asterisk": settings.asterisk.model_copy(update={"agi_port": agi_port, "record": record}),
            "dialer": settings.dialer.model_copy(update={"retries": RETRIES, "detect_machine": False}),
        }
    )


def prompts(folder: Path) -> dict[str, Path]:
    sound = folder / "prompt"
    sound.with_suffix(".alaw").write_bytes(ALAW_SILENCE * int(8000 * PROMPT_SECONDS))
    return dict.fromkeys(PROMPTS, sound)


class Services:
    """One service after another, each killed as ordered."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def order(self, order: Order, seconds: float = 60) -> int:
        """How it ended: an exit code, or a signal's number below zero."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(order.model_dump_json().encode() + b"\n")
        return int(await asyncio.wait_for(self._process.stdout.readline(), seconds))

    async def wait_done(self, chaos: Town) -> None:
        """A service that lives till the end."""
        assert await self.order(Order(), 120) == 0, chaos.complaints()


@asynccontextmanager
async def services(chaos: Town) -> AsyncIterator[Services]:
    file = chaos.estate.log.with_name("estate")
    file.write_bytes(pickle.dumps(chaos.estate))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.acceptance.doomed", str(file)), stdin=PIPE, stdout=PIPE, start_new_session=True
    )
    try:
        yield Services(process)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()


@dataclasses.dataclass
class Proxy:
    """The AMI link's wire, which can be cut."""

    target: int
    port: int = 0
    _ends: set[asyncio.StreamWriter] = dataclasses.field(default_factory=set)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        self._ends |= {writer, far_writer}
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
        self._ends -= {writer, far_writer}

    def cut(self) -> None:
        for end in self._ends:
            end.transport.abort()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def wire(port: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(port)
    server = await asyncio.start_server(proxy.take, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        proxy.cut()
        server.close()
