"""The phone network in a box: our managed Asterisk and the town's landlines, joined by one SIP trunk on loopback."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import SOCK_DGRAM, SOCK_STREAM

from dialer.trunk import Transport, Trunk
from lab.asterisk import Asterisk
from lab.behaviour import Behaviours
from lab.landlines import OPEN_NETWORK, Landlines
from lab.managed import managed_files
from lab.network import Network
from lab.ports import free_ports, free_rtp_ports
from lab.program import Program
from store.errors import LabError

AMI_USER = "hlasatel"
# Asterisk asks again after 10 s (qualify_frequency) where its first question found a busy machine.
TRUNK_SECONDS = 30.0
POLL_SECONDS = 0.1
LAB_TRUNK = Trunk(
    name="lab", host="127.0.0.1", caller_id="+420556400000", calls_per_second=10, lines=20, ring_seconds=10
)


@dataclass(frozen=True)
class Pair:
    managed: Asterisk
    landlines: Landlines
    trunk: Trunk
    # Of our managed Asterisk.
    sip_port: int
    ami_port: int
    ami_user: str
    ami_secret: str

    async def trunk_up(self) -> None:
        """Wait until the landlines answer our managed Asterisk. Raises LabError when they do not."""
        line = re.compile(rf"trunk-{self.trunk.name}/\S+ +\S+ +Avail")
        try:
            async with asyncio.timeout(TRUNK_SECONDS):
                # Asterisk itself asks for the first time at some moment within qualify_frequency.
                await self.managed.command(f"pjsip qualify trunk-{self.trunk.name}")
                while not line.search(await self.managed.command("pjsip show contacts")):
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError as error:
            raise LabError("the landlines do not answer the trunk", mend=f"see {self.managed.log}") from error


@asynccontextmanager
async def running_pair(
    program: Program,
    folder: Path,
    behaviours: Behaviours,
    trunk: Trunk = LAB_TRUNK,
    network: Network = OPEN_NETWORK,
    *,
    wait: bool = True,
) -> AsyncIterator[Pair]:
    """Runs both under ``folder`` on free ports, the landlines in place of ``trunk``'s host and port.

    Ready when the trunk is, unless ``wait`` says otherwise. Raises LabError when it does not get there.
    """
    pair = _pair(program, folder, behaviours, trunk, network)
    try:
        await pair.landlines.start()
        await pair.managed.start()
        if wait:
            await pair.trunk_up()
        yield pair
    finally:
        await pair.managed.stop()
        await pair.landlines.stop()


def _pair(program: Program, folder: Path, behaviours: Behaviours, trunk: Trunk, network: Network) -> Pair:
    town_port, our_port = free_ports(SOCK_DGRAM, 2)
    [ami_port] = free_ports(SOCK_STREAM, 1)
    ami_secret = secrets.token_urlsafe(24)
    town_rtp, our_rtp = free_rtp_ports(2)
    port = network.secured.port if network.secured and trunk.transport is Transport.TLS else town_port
    trunk = trunk.model_copy(update={"host": "127.0.0.1", "port": port})
    files = managed_files(
        [trunk],
        sip_port=our_port,
        rtp_ports=our_rtp,
        ami_port=ami_port,
        ami_user=AMI_USER,
        ami_secret=ami_secret,
    )
    town = Landlines(program, folder / "landlines", behaviours, sip_port=town_port, rtp_ports=town_rtp, network=network)
    managed = Asterisk(program, folder / "managed", files)
    return Pair(managed, town, trunk, our_port, ami_port, AMI_USER, ami_secret)
