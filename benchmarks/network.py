"""A phone network for measuring: sipp answers every call at once, and costs next to nothing itself."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import SOCK_DGRAM

from lab.ports import free_ports
from store.errors import LabError

# sipp's time stamp, the direction, ids, and the request line of a call that arrives.
INVITE = re.compile(r"\t(\d+\.\d+)\tR\t.*INVITE sip:(\+\d+)@")
SCENARIO = Path(__file__).with_name("answering.xml")


@dataclass(frozen=True)
class Network:
    port: int
    # Every SIP message, a line each.
    messages: Path

    def invited(self) -> Mapping[str, float]:
        """When each number was first called, seconds since 1970."""
        found = INVITE.findall(self.messages.read_text())
        return {number: float(moment) for moment, number in reversed(found)}


@asynccontextmanager
async def answering_network(folder: Path, call_seconds: float) -> AsyncIterator[Network]:
    """Runs it on loopback. Whoever is called hangs up after ``call_seconds``.

    Raises LabError where sipp is not installed.
    """
    sipp = shutil.which("sipp")
    if sipp is None:
        raise LabError("no sipp here", mend="apt-get install sip-tester")
    port, media = free_ports(SOCK_DGRAM, 2)
    messages = folder / "messages.csv"
    process = await asyncio.create_subprocess_exec(
        sipp, "-sf", str(SCENARIO), "-i", "127.0.0.1", "-p", str(port), "-mp", str(media), "-nostdin",
        "-l", "10000", "-d", str(int(1000 * call_seconds)),
        "-trace_shortmsg", "-shortmessage_file", str(messages),
        cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield Network(port, messages)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
