"""A phone network for measuring: sipp answers every call at once, and costs next to nothing itself."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from socket import SOCK_DGRAM

from lab.ports import free_ports
from store.errors import LabError

SCENARIO = Path(__file__).with_name("answering.xml")


@asynccontextmanager
async def answering_network(folder: Path) -> AsyncIterator[int]:
    """Runs it; gives its SIP port on loopback. Raises LabError where sipp is not installed."""
    sipp = shutil.which("sipp")
    if sipp is None:
        raise LabError("no sipp here", mend="apt-get install sip-tester")
    port, media = free_ports(SOCK_DGRAM, 2)
    process = await asyncio.create_subprocess_exec(
        sipp, "-sf", str(SCENARIO), "-i", "127.0.0.1", "-p", str(port), "-mp", str(media), "-nostdin",
        "-l", "10000",
        cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield port
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
