"""The command line as a process of its own, ended by its own handle."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from service.settings import Settings

RUN = "from service.cli import main; main()"


class Command:
    """A running ``hlasatel …``."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def send_signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def wait(self) -> int:
        """Its exit code; what it prints is read meanwhile, so that it never blocks."""
        await self._process.communicate()
        assert self._process.returncode is not None
        return self._process.returncode

    async def output(self) -> bytes:
        """All of stdout. Raises AssertionError with stderr when it fails."""
        out, complaints = await self._process.communicate()
        assert self._process.returncode == 0, complaints.decode()
        return out

    async def line(self, text: str, seconds: float = 60) -> None:
        """Wait until a line of stderr holds ``text``."""
        assert self._process.stderr is not None
        async with asyncio.timeout(seconds):
            while text not in (line := (await self._process.stderr.readline()).decode()):
                assert line, f"ended before {text!r}"


@asynccontextmanager
async def hlasatel(*arguments: str | Path) -> AsyncIterator[Command]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, *map(str, arguments), stdout=PIPE, stderr=PIPE
    )
    try:
        yield Command(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def settings_file(settings: Settings, folder: Path) -> Path:
    """The settings as an operator's TOML file."""
    (trunk,) = settings.trunks
    asterisk = settings.asterisk
    retries = "\n".join(f"{key} = {json.dumps(value)}" for key, value in settings.dialer.retries.model_dump().items())
    file = folder / "hlasatel.toml"
    file.write_text(
        f"""
[town]
name = "{settings.town.name}"
[store]
url = "{settings.store.url}"
[asterisk]
managed = {str(asterisk.managed).lower()}
folder = "{asterisk.folder}"
sip_port = {asterisk.sip_port}
rtp_ports = {list(asterisk.rtp_ports)}
ami_port = {asterisk.ami_port}
ami_user = "{asterisk.ami_user}"
ami_secret = "{asterisk.ami_secret.get_secret_value()}"
agi_port = 0
[speech]
library = "{settings.speech.library}"
[dialer]
poll_seconds = {settings.dialer.poll_seconds}
[dialer.retries]
{retries}
[dialer.windows.urgent]
weekdays = "0:00-24:00"
weekend = "0:00-24:00"
[dialer.windows.normal]
weekdays = "0:00-24:00"
weekend = "0:00-24:00"
[[trunks]]
name = "{trunk.name}"
host = "{trunk.host}"
port = {trunk.port}
calls_per_second = {trunk.calls_per_second}
lines = {trunk.lines}
ring_seconds = {trunk.ring_seconds}
""",
        encoding="utf-8",
    )
    return file
