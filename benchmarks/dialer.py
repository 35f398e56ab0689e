"""How near our whole path comes to a bare AMI loop, on one Asterisk and one network, in one run.

python -m benchmarks.dialer [--calls 2000] [--lines 300] [--queued 1000 10000 100000]
"""

import argparse
import asyncio
import re
import secrets
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles

import uvloop

from benchmarks.load import delays, whole_path
from benchmarks.people import number
from benchmarks.rig import Rig, rig
from service.log import set_up_logging
from tests.postgres import in_postgres, postgres

# Greeting and message take most of it; whoever was called hangs up in the menu, or in the bare loop's endless sound.
CALL_SECONDS = 1.1
# At which due calls become due where their delay is measured.
PER_SECOND = 40
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
                f"Application: Playback\r\nData: {rig.message}&{rig.message}\r\n"
                f"Async: true\r\nCodecs: alaw\r\n\r\n".encode()
            )
        data = rest + await reader.read(65536)
        ended += len(HANGUP.findall(data))
        rest = data[-16:] if not data.endswith(b"\r\n\r\n") else b""
    writer.close()
    return calls / (time.monotonic() - begun)


async def compare(lines: int, server: str, queued: int, calls: int) -> None:
    """A bare run before and one after ours, each on a fresh Asterisk: it slows down with what it has just done."""
    before = await bare_rate(lines, calls)
    async with fresh_rig(lines) as made:
        ours = await whole_path(made, await empty_store(made, server), queued, calls)
    limit = max(before, await bare_rate(lines, calls))
    print(  # noqa: T201
        f"{kind(server)}, {queued} queued: {ours.calls_per_second:.0f} of {limit:.0f} calls/s, "
        f"ratio {ours.calls_per_second / limit:.2f}; {ours.cpu_per_call:.1f} ms CPU a call, "
        f"{ours.events_per_second:.0f} events/s, {ours.kib_per_line:.0f} KiB a line"
    )


async def bare_rate(lines: int, calls: int) -> float:
    async with fresh_rig(lines) as made:
        return await bare(made, calls)


async def wait_for_invite(lines: int, server: str) -> None:
    async with fresh_rig(lines) as made:
        waited = quantiles(await delays(made, await empty_store(made, server), PER_SECOND * 20, PER_SECOND), n=100)
    print(f"{kind(server)}: due to INVITE p50 {waited[49]:.0f} ms, p99 {waited[98]:.0f} ms")  # noqa: T201


def kind(server: str) -> str:
    return "PostgreSQL" if server else "SQLite"


@asynccontextmanager
async def fresh_rig(lines: int) -> AsyncIterator[Rig]:
    with tempfile.TemporaryDirectory(prefix="hlasatel-bench-") as name, (Path(name) / "log").open("w") as log:
        set_up_logging(log)
        async with rig(Path(name), lines, call_seconds=CALL_SECONDS) as made:
            yield made


async def empty_store(made: Rig, server: str) -> str:
    """URL of a new database: in a file, or on the PostgreSQL ``server``."""
    name = f"b{secrets.token_hex(6)}"
    if not server:
        return f"sqlite:///{made.message.with_name(name)}.db"
    await in_postgres(server, f"CREATE DATABASE {name}")
    return f"{server}/{name}"


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--lines", type=int, default=300)
    parser.add_argument("--queued", type=int, nargs="+", default=[1000, 10_000, 100_000])
    options = parser.parse_args()
    with postgres(durable=True) as postgresql:
        for server in ("", postgresql):
            for queued in options.queued:
                await compare(options.lines, server, queued, min(queued, options.calls))
            await wait_for_invite(options.lines, server)


if __name__ == "__main__":
    uvloop.run(main())
