"""A real Kannel with its test SMSC, in a temporary folder, on free ports of loopback."""

import asyncio
import re
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import aiohttp

from channels.kannel import KannelSettings
from lab.ports import free_ports

FAKESMSC = "/usr/lib/kannel/test/fakesmsc"
SOCKETS = Path("/proc/net/tcp")
PASSWORD = "tajne"
DEADLINE_SECONDS = 60.0
# A line of the test SMSC for each message that reached it.
GOT = re.compile(r"Got message \d+: <(\S*) (\S+) (text|data|udh|ucs2)(?: (.*))?>$", re.DOTALL)
# In its status: nothing waits to go out, or to be kept.
PASSED_ON = re.compile(r"SMS: .*sent (\d+) \(0 queued\), store size 0$", re.MULTILINE)

CONFIGURATION = """\
group = core
admin-port = {admin}
admin-interface = "127.0.0.1"
admin-password = {password}
smsbox-port = {box}
smsbox-interface = "127.0.0.1"
box-allow-ip = "127.0.0.1"
store-type = spool
store-location = "{folder}/spool"
dlr-storage = internal

{centre}

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {sendsms}
sendsms-interface = "127.0.0.1"
http-request-retry = 20
http-queue-delay = 1
log-level = 2

group = sendsms-user
username = hlasatel
password = {password}
concatenation = true
max-messages = 10
{denied}

group = sms-service
keyword = default
max-messages = 0
{incoming}
"""
FAKE = """\
group = smsc
smsc = fake
smsc-id = test
port = {port}
connect-allow-ip = 127.0.0.1
"""
SMPP = """\
group = smsc
smsc = smpp
smsc-id = centre
host = 127.0.0.1
port = {port}
transceiver-mode = true
smsc-username = town
smsc-password = town
system-type = ""
reconnect-delay = 1
"""


@dataclass(frozen=True)
class Sms:
    """What the test SMSC got: one part of a message."""

    sender: str
    to: str
    text: str


@dataclass
class Kannel:
    folder: Path
    ports: dict[str, int]
    boxes: dict[str, asyncio.subprocess.Process]
    # Messages from people so far.
    brought: int = 0

    def settings(self, **changes: Any) -> KannelSettings:
        """A section that leads here."""
        return KannelSettings(
            **{
                "adapter": "kannel",
                "name": "kannel",
                "url": f"http://127.0.0.1:{self.ports['sendsms']}/cgi-bin/sendsms",
                "username": "hlasatel",
                "password": PASSWORD,
                "sender": "Vzorov",
                "messages_per_second": 5000,
                **changes,
            }
        )

    async def start(self) -> None:
        await self._run("bearerbox", "-v", "2", str(self.folder / "kannel.conf"))
        await _listening(self.ports["box"])
        await self._run("smsbox", "-v", "2", str(self.folder / "kannel.conf"))
        await _listening(self.ports["sendsms"])
        if "smsc" in self.ports:
            await _listening(self.ports["smsc"])
            await self._run("fakesmsc", "-H", "127.0.0.1", "-r", str(self.ports["smsc"]), "-i", "0.001")
        await self._online()

    async def stop(self) -> None:
        for name in ("smsbox", "fakesmsc", "bearerbox"):
            await self._end(name)

    async def kill(self, name: str) -> None:
        process = self.boxes.pop(name)
        process.kill()
        await process.wait()

    def received(self) -> list[Sms]:
        """What has reached phones so far, part by part, in order."""
        log = (self.folder / "fakesmsc.log").read_text("utf-8", "replace")
        lines = re.split(r"\n(?=\d{4}-\d\d-\d\d )", log)
        return [_sms(match) for line in lines if (match := GOT.search(line))]

    async def bring(self, sender: str, to: str, text: str, kind: str = "text") -> None:
        """A person's message comes in. ``text``: one line; url-encoded where ``kind`` is data, udh (header and body) or
        ucs2. Returns when it is on its way, for the centre reads on only then.
        """
        await self.hand_in(sender, to, text, kind)
        async with asyncio.timeout(DEADLINE_SECONDS):
            while f"sent message {self.brought}\n" not in self._tail("fakesmsc.log"):
                await asyncio.sleep(0.005)

    async def hand_in(self, sender: str, to: str, text: str, kind: str = "text") -> None:
        """Does not wait; what is handed in too fast is read only with what follows."""
        stdin = self.boxes["fakesmsc"].stdin
        assert stdin is not None
        stdin.write(f"{sender} {to} {kind} {text}\n".encode())
        await stdin.drain()
        self.brought += 1

    def _tail(self, name: str) -> str:
        """The last lines of a log."""
        with (self.folder / name).open("rb") as log:
            log.seek(max((self.folder / name).stat().st_size - 4096, 0))
            return log.read().decode("utf-8", "replace")

    async def until_received(self, parts: int) -> list[Sms]:
        """Wait until so many parts have reached phones."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while len(got := self.received()) < parts:
                await asyncio.sleep(0.02)
        return got

    async def passed_on(self) -> int | None:
        """How many messages its centre was given so far; None while any waits in it."""
        found = PASSED_ON.search(await self._status())
        return int(found[1]) if found else None

    async def _online(self) -> None:
        """Until the centre behind it is connected."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while "(online" not in await self._status():
                await asyncio.sleep(0.02)

    async def _status(self) -> str:
        url = f"http://127.0.0.1:{self.ports['admin']}/status.txt?password={PASSWORD}"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return await answer.text()

    async def _run(self, program: str, *arguments: str) -> None:
        with (self.folder / f"{program}.log").open("ab") as log:
            self.boxes[program] = await asyncio.create_subprocess_exec(
                FAKESMSC if program == "fakesmsc" else program,
                *arguments,
                cwd=self.folder,
                stdin=subprocess.PIPE if program == "fakesmsc" else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    async def _end(self, name: str) -> None:
        process = self.boxes.pop(name, None)
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        process.terminate()
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


@asynccontextmanager
async def kannel(
    folder: Path, *, incoming_url: str = "", smpp_port: int | None = None, denied: str = ""
) -> AsyncIterator[Kannel]:
    """Runs it till the end of the block. ``incoming_url``: where it brings messages, with Kannel's escapes (%p %b …);
    ``smpp_port``: an SMPP centre in place of the test SMSC. ``denied``: the last digits of a number on its
    black list.
    """
    admin, box, sendsms, smsc = free_ports(socket.SOCK_STREAM, 4)
    (folder / "spool").mkdir(parents=True, exist_ok=True)
    centre = FAKE.format(port=smsc) if smpp_port is None else SMPP.format(port=smpp_port)
    incoming = f'get-url = "{incoming_url}"' if incoming_url else 'text = ""\nomit-empty = true'
    (folder / "kannel.conf").write_text(
        CONFIGURATION.format(
            admin=admin,
            box=box,
            sendsms=sendsms,
            password=PASSWORD,
            folder=folder,
            centre=centre,
            incoming=incoming,
            denied=f'black-list-regex = "{denied}$"' if denied else "",
        )
    )
    ports = {"admin": admin, "box": box, "sendsms": sendsms} | ({"smsc": smsc} if smpp_port is None else {})
    running = Kannel(folder, ports, {})
    try:
        await running.start()
        yield running
    finally:
        await running.stop()


async def _listening(port: int) -> None:
    """Looked up, not tried: the first who connects to the fake centre would be its phone network."""
    listens = re.compile(rf": 0100007F:{port:04X} 0{{8}}:0000 0A|: 0{{8}}:{port:04X} 0{{8}}:0000 0A")
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not listens.search(await asyncio.to_thread(SOCKETS.read_text)):
            await asyncio.sleep(0.02)


def _sms(got: re.Match[str]) -> Sms:
    """``text`` comes as it is; ``data`` and what is behind a header, url-encoded UTF-16 or GSM (here Latin) letters."""
    sender, to, kind, rest = got[1], got[2], got[3], got[4] or ""
    if kind == "text":
        return Sms(sender, to, rest)
    if kind == "udh":
        _, form, rest = rest.split(" ", 2)
        if form == "text":
            return Sms(sender, to, unquote_to_bytes(rest).decode())
    raw = unquote_to_bytes(rest.replace("+", " "))
    return Sms(sender, to, raw.decode("utf-16-be") if (len(raw) % 2 == 0 and 0 in raw) or 1 in raw else raw.decode())
