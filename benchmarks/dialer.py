"""How near our whole path comes to a bare AMI loop, on one Asterisk and one network, in one run.

python -m benchmarks.dialer [--calls 2000] [--lines 450] [--queued 1000 10000 100000] [--csv figures.csv]

Besides calls a second it tells what each call takes of the processors, by part: that ratio hardly changes with whatever
else the machine has to do.
"""

import argparse
import asyncio
import csv
import re
import secrets
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import uvloop

from benchmarks.load import Figures, Meter, delays, whole_path
from benchmarks.people import number
from benchmarks.processor import OURSELVES
from benchmarks.rig import Rig, rig
from service.log import set_up_logging
from tests.postgres import in_postgres, postgres, postmaster

# Greeting and message take most of it; whoever was called hangs up in the menu, or in the bare loop's endless sound.
CALL_SECONDS = 1.1
# No single run takes near so long; one whose network has gone would never end.
RUN_SECONDS = 600
# At which due calls become due where their delay is measured.
PER_SECOND = 40
# Where a call's time goes.
PARTS = (OURSELVES, "Asterisk", "network", "database")
HANGUP = re.compile(rb"Event: Hangup\r\n")


async def bare(rig: Rig, calls: int) -> Figures:
    """A loop that only originates and counts hang-ups, ``rig.trunk.lines`` at once."""
    reader, writer = await asyncio.open_connection(rig.ami.host, rig.ami.port)
    writer.write(
        f"Action: Login\r\nUsername: {rig.ami.user}\r\nSecret: {rig.ami.secret.get_secret_value()}\r\n\r\n".encode()
    )
    meter, lines, started, ended, rest = Meter({}), rig.trunk.lines, 0, 0, b""
    first = None
    while first is None or ended < first + calls:
        while started - ended < lines:
            started += 1
            writer.write(
                f"Action: Originate\r\nChannel: PJSIP/{number(started)}@{rig.trunk.endpoint}\r\n"
                f"Application: Playback\r\nData: {rig.message}&{rig.message}\r\n"
                f"Async: true\r\nCodecs: alaw\r\n\r\n".encode()
            )
        data = rest + await reader.read(65536)
        ended += len(HANGUP.findall(data))
        rest = data[-16:] if not data.endswith(b"\r\n\r\n") else b""
        if first is None and ended >= lines:
            first = ended
            meter.begin(first)
    figures = meter.read(ended)
    writer.close()
    return figures


@dataclass(frozen=True)
class Comparison:
    """One line of the table: our whole path beside the bare loop."""

    store: str
    queued: int
    lines: int
    calls: int
    ours: Figures
    bare: Figures
    # Milliseconds from due to INVITE, lines being free.
    p50: float
    p99: float

    def columns(self) -> Mapping[str, str | int | float]:
        ours, bare = self.ours, self.bare
        return {
            "store": self.store,
            "queued": self.queued,
            "lines": self.lines,
            "calls measured": self.calls,
            "bare calls/s": round(bare.calls_per_second),
            "our calls/s": round(ours.calls_per_second),
            "ratio": round(ours.calls_per_second / bare.calls_per_second, 2),
            "bare ms/call": round(bare.whole_cost, 2),
            "our ms/call": round(ours.whole_cost, 2),
            "ratio of ms": round(bare.whole_cost / ours.whole_cost, 2),
            **{f"{part} ms/call": round(ours.cost.get(part, 0.0), 2) for part in PARTS},
            "AMI events/s": round(ours.events_per_second),
            "KiB/line": round(ours.kib_per_line),
            "p50 ms": round(self.p50),
            "p99 ms": round(self.p99),
        }


async def compare(lines: int, server: str, queued: int, calls: int) -> tuple[Figures, Figures]:
    """Ours, and the better of a bare run before and one after it, each on a fresh Asterisk: it slows down with what it
    has just done.
    """
    before = await bare_figures(lines, calls)
    async with fresh_rig(lines) as made:
        url = await empty_store(made, server)
        ours = await whole_path(made, url, queued, calls, {"database": await postmaster(server)} if server else {})
    after = await bare_figures(lines, calls)
    return ours, max(before, after, key=lambda figures: figures.calls_per_second)


def window(queued: int, lines: int, calls: int) -> tuple[int, int]:
    """How many lines, and of how many calls the middle is measured: half of a queue at least, or all that were wished.

    Before it all lines have to be full, and after it they have to be full still.
    """
    lines = min(lines, queued // 4)
    return lines, min(calls, queued - 2 * lines)


async def bare_figures(lines: int, calls: int) -> Figures:
    async with fresh_rig(lines) as made:
        return await bare(made, calls)


async def wait_for_invite(lines: int, server: str) -> list[float]:
    """Percentiles, the first to the 99th."""
    async with fresh_rig(lines) as made:
        return quantiles(await delays(made, await empty_store(made, server), PER_SECOND * 20, PER_SECOND), n=100)


def kind(server: str) -> str:
    return "PostgreSQL" if server else "SQLite"


@asynccontextmanager
async def fresh_rig(lines: int) -> AsyncIterator[Rig]:
    with tempfile.TemporaryDirectory(prefix="hlasatel-bench-") as name, (Path(name) / "log").open("w") as log:
        set_up_logging(log)
        async with rig(Path(name), lines, call_seconds=CALL_SECONDS) as made, asyncio.timeout(RUN_SECONDS):
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
    parser.add_argument("--lines", type=int, default=450)
    parser.add_argument("--queued", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    rows = []
    with postgres(durable=True) as postgresql:
        for server in ("", postgresql):
            waited = await wait_for_invite(options.lines, server)
            for queued in options.queued:
                lines, calls = window(queued, options.lines, options.calls)
                ours, bare = await compare(lines, server, queued, calls)
                row = Comparison(kind(server), queued, lines, calls, ours, bare, waited[49], waited[98])
                rows.append(row.columns())
                print(", ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)  # noqa: T201
    if options.csv:
        save(options.csv, rows)


def save(file: Path, rows: Sequence[Mapping[str, str | int | float]]) -> None:
    with file.open("w", newline="") as made:
        table = csv.DictWriter(made, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


if __name__ == "__main__":
    uvloop.run(main())
