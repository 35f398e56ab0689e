"""How near our whole path comes to a bare AMI loop, on one Asterisk and one network, in one run.

python -m benchmarks.dialer [--calls 2000] [--lines 200] [--store sqlite:///… | postgresql://…]
"""

import argparse
import asyncio
import os
import re
import tempfile
import time
from pathlib import Path

from announcements.audience import AudienceRule
from announcements.launch import Draft, Prepared, Reach, launch
from benchmarks.people import TOPIC, number, settle
from benchmarks.rig import Rig, dialing, rig
from service.log import set_up_logging
from service.service import utc_now
from store.database import opened
from store.migrate import migrate
from tts.library import Rendering

HANGUP = re.compile(rb"Event: Hangup\r\n")


async def bare(rig: Rig, calls: int) -> float:
    """Calls per second of a loop that only originates and counts hang-ups, ``rig.trunk.lines`` at once."""
    reader, writer = await asyncio.open_connection(rig.ami.host, rig.ami.port)
    writer.write(
        f"Action: Login\r\nUsername: {rig.ami.user}\r\nSecret: {rig.ami.secret.get_secret_value()}\r\n\r\n".encode()
    )
    begun, started, ended, rest = time.monotonic(), 0, 0, b""
    while ended < calls:
        while started < calls and started - ended < rig.trunk.lines:
            started += 1
            writer.write(
                f"Action: Originate\r\nChannel: PJSIP/{number(started)}@{rig.trunk.endpoint}\r\n"
                f"Application: Playback\r\nData: {rig.message}\r\nAsync: true\r\nCodecs: alaw\r\n\r\n".encode()
            )
        data = rest + await reader.read(65536)
        ended += len(HANGUP.findall(data))
        rest = data[-16:] if not data.endswith(b"\r\n\r\n") else b""
    writer.close()
    return calls / (time.monotonic() - begun)


async def full(rig: Rig, calls: int, url: str) -> tuple[float, float]:
    """Calls per second of our whole path, all committed, and our CPU milliseconds a call."""
    async with opened(url) as store:
        await migrate(store)
        await settle(store, calls)
        draft = Draft(AudienceRule(topics=(TOPIC,)), text="x")
        rendering = Rendering("message", rig.message, 0.8, "")
        await launch(store, Prepared(draft, rendering, Reach(calls, calls, 0), rig.trunk.prefixes), utc_now())
        async with dialing(rig, store) as service:
            begun, cpu = time.monotonic(), os.times()
            await service.run(until_done=True)
            seconds, spent = time.monotonic() - begun, os.times()
    return calls / seconds, 1000 * (spent.user + spent.system - cpu.user - cpu.system) / calls


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--store")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hlasatel-bench-") as name:
        folder = Path(name)
        with (folder / "log").open("w") as log:
            set_up_logging(log)
            async with rig(folder, options.lines) as made:
                limit = await bare(made, options.calls)
                print(f"bare loop: {limit:.0f} calls/s")  # noqa: T201
                rate, cpu = await full(made, options.calls, options.store or f"sqlite:///{folder}/store.db")
                print(f"whole path: {rate:.0f} calls/s, ratio {rate / limit:.2f}, {cpu:.1f} ms CPU a call")  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
