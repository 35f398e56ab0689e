"""How fast the town's number answers keys while many register by phone and an announcement is being called.

python -m benchmarks.ivr [--callers 200] [--library FOLDER] [--cold]

A real Asterisk; the callers are ``benchmarks.phones``, a process of its own, and the announcement goes to sipp.
"""

import argparse
import asyncio
import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import uvloop
from sqlalchemy import func, select

from announcements.audience import AudienceRule
from announcements.callbacks import CallbackLimits
from announcements.launch import Draft, launch, prepare
from announcements.windows import ANY_HOUR
from benchmarks.load import PAGE, working
from benchmarks.people import TOPIC, settle
from benchmarks.phones import Order, Result, Step
from benchmarks.rig import Rig, rig
from dialer.exchange import DialerSettings
from ivr.roots import dialogue_prompts
from ivr.settings import HotlineSettings
from lab.town import sample_town
from service.asterisk import AsteriskSettings
from service.clock import utc_now
from service.composition import open_service
from service.hotline import make_desk, render_dialogues
from service.log import set_up_logging
from service.sections import StoreSettings, TownSettings
from service.settings import Settings
from store.callers import Proposal
from store.database import Store, opened
from store.migrate import migrate
from store.work import Attempt
from subscribers.ruian import import_places
from tts.library import Library
from tts.prompts import Prompts, placeholders
from tts.shelf import MASTER
from tts.speech import SpeechSettings, configured_library

TOWN_NUMBER = "+420556400000"
PEOPLE = 20_000
TICKS = 100  # of /proc, a second
# Whoever is called by the announcement hears it, and hangs up in the menu.
CALLED_SECONDS = 15.0
ARRIVING_SECONDS = 20.0
BLAST = Draft(AudienceRule(topics=(TOPIC,)), text="Zítra od osmi do dvanácti hodin nepoteče voda.")
PACE = {"calls_per_second": 5.0, "lines": 30}
HOTLINE = HotlineSettings(answers=True, most_calls=500, callbacks=CallbackLimits(an_hour=10_000))
# How they register, prompt by prompt; an address of the sample town.
SCRIPT = (
    ("hotline.stranger", "2"),
    ("register.this_number", "1"),
    ("packages.which", "13#"),
    ("packages.right", "1"),
    ("place.part", "1"),
    ("place.street", "897#"),
    ("place.which_street", "1"),
    ("place.house", "214#"),
    ("register.birth_year", "1950"),
    ("register.consent", "1"),
    ("register.name", "#", 12.0),
    ("register.right", "1"),
)


@dataclass(frozen=True)
class Usage:
    """Seconds of processor, and bytes of memory."""

    cpu: float
    memory: int

    @classmethod
    def of(cls, pid: int | str) -> "Usage":
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return cls((int(fields[11]) + int(fields[12])) / TICKS, int(fields[21]) * PAGE)


@dataclass(frozen=True)
class Figures:
    result: Result
    seconds: float
    ours: Usage
    asterisks: Usage
    # Announcement calls that ended meanwhile.
    called: int
    registered: int
    # Renderings made before the first call, and the seconds it took; those that an engine spoke during the calls.
    ahead: tuple[int, float] = (0, 0.0)
    spoken: int = 0


async def measure(made: Rig, folder: Path, library_folder: Path, callers: int, *, cold: bool) -> Figures:
    settings = _settings(made, folder, library_folder)
    async with opened(settings.store.url) as store:
        await migrate(store)
        await settle(store, PEOPLE)
        async with store.writing() as session:
            await import_places(session, sample_town().addresses.read_bytes(), "addresses.csv")
        library = configured_library(settings.speech)
        desk = make_desk(settings, store, library, utc_now)
        begun = time.monotonic()
        ahead = 0 if cold else len({one.key for one in await render_dialogues(desk)})
        took = time.monotonic() - begun
        prepared = await prepare(store, library, BLAST, settings.ways, utc_now())
        async with open_service(settings) as service, working(service):
            await launch(store, prepared, utc_now())
            await _until_called(store, int(PACE["lines"]))
            order, spoken = await _order(made, desk.prompts["cs"], library, range(callers)), _spoken(library)
            figures = await _run(made, store, folder, order)
            return dataclasses.replace(figures, ahead=(ahead, took), spoken=_spoken(library) - spoken)


def _settings(made: Rig, folder: Path, library: Path) -> Settings:
    return Settings(
        town=TownSettings(name="Vzorov", phone=TOWN_NUMBER),
        store=StoreSettings(url=f"sqlite:///{folder}/ivr.db"),
        asterisk=AsteriskSettings(
            managed=False, ami_port=made.ami.port, ami_user=made.ami.user, ami_secret=made.ami.secret, agi_port=0
        ),
        trunks=(made.trunk.model_copy(update=PACE),),
        speech=SpeechSettings(library=library),
        dialer=DialerSettings(detect_machine=False, windows=ANY_HOUR),
        hotline=HOTLINE.model_copy(update={"recordings": folder / "recordings"}),
    )


async def _order(made: Rig, prompts: Prompts, library: Library, callers: Sequence[int]) -> Order:
    """Prompts that are the same in every call are known by their sound, the others by being unknown."""
    known = {"town", "office"}
    fixed = [key for key in dialogue_prompts() if placeholders(prompts.text(key)) <= known]
    return Order(
        port=made.sip_port,
        called=TOWN_NUMBER,
        callers=[f"+42055650{caller:04}" for caller in callers],
        apart=ARRIVING_SECONDS / len(callers),
        script=[Step(prompt, keys, prompt in fixed, *says) for prompt, keys, *says in SCRIPT],
        prompts={key: str(await prompts.sound(key)) for key in fixed},
        library=str(library.folder),
    )


async def _run(made: Rig, store: Store, folder: Path, order: Order) -> Figures:
    called, ours, theirs, begun = await _ended(store), _Peak.of("self"), _Peak.of(made.asterisk.pid), time.monotonic()
    (folder / "order.json").write_text(json.dumps(dataclasses.asdict(order)))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.phones", str(folder / "order.json"), str(folder / "result.json")
    )
    waiting = asyncio.create_task(process.wait())
    while not waiting.done():
        ours.look()
        theirs.look()
        await asyncio.wait([waiting], timeout=1.0)
    if waiting.result():
        raise SystemExit("the phones failed")
    result = Result(**json.loads((folder / "result.json").read_text()))
    seconds = time.monotonic() - begun
    return Figures(result, seconds, ours.used, theirs.used, await _ended(store) - called, await _registered(store))


@dataclass
class _Peak:
    """What a process uses from the beginning on: processor in all, memory at most."""

    pid: int | str
    first: Usage
    most: int = 0

    @classmethod
    def of(cls, pid: int | str) -> "_Peak":
        return cls(pid, Usage.of(pid))

    def look(self) -> None:
        self.most = max(self.most, Usage.of(self.pid).memory)

    @property
    def used(self) -> Usage:
        return Usage(Usage.of(self.pid).cpu - self.first.cpu, max(self.most - self.first.memory, 0))


def _spoken(library: Library) -> int:
    """Renderings that an engine spoke: what is joined has no master."""
    return sum(1 for _ in library.folder.glob(f"*{MASTER}"))


async def _until_called(store: Store, lines: int) -> None:
    """The announcement's calls are in full swing."""
    while True:
        async with store.reading() as session:
            if (await session.scalar(select(func.count()).where(Attempt.ended_at.is_(None))) or 0) >= lines:
                return
        await asyncio.sleep(0.5)


async def _ended(store: Store) -> int:
    async with store.reading() as session:
        return await session.scalar(select(func.count()).where(Attempt.ended_at.is_not(None))) or 0


async def _registered(store: Store) -> int:
    """Registrations that wait for their proof."""
    async with store.reading() as session:
        return await session.scalar(select(func.count()).select_from(Proposal)) or 0


def told(figures: Figures, callers: int) -> str:
    result = figures.result
    delays = [one for each in result.delays.values() for one in each] or [0.0, 0.0]
    cuts = quantiles(delays, n=100)
    lines = [
        f"{figures.ahead[0]} renderings were there before the first call, made or found in {figures.ahead[1]:.0f} s; "
        f"{figures.spoken} were spoken by an engine during the calls",
        f"{result.completed} of {callers} calls registered to the end, {figures.registered} registrations kept; "
        f"{result.at_once} calls at once; {figures.called} announcement calls ended meanwhile",
        f"key to the next prompt's first packet, {len(delays)} keys: "
        f"p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms, most {max(delays):.0f} ms",
        f"in {figures.seconds:.0f} s, a call: our process {1000 * figures.ours.cpu / callers:.0f} ms CPU, "
        f"{figures.ours.memory / 1024 / callers:.0f} KiB; "
        f"Asterisk {1000 * figures.asterisks.cpu / callers:.0f} ms CPU, "
        f"{figures.asterisks.memory / 1024 / callers:.0f} KiB (the announcement's calls included)",
        f"{result.packets_lost} packets lost; failed: {len(result.failed)}",
        *(
            f"  {prompt}: p50 {median(each):.0f} ms, most {max(each):.0f} ms"
            for prompt, each in result.delays.items()
            if each
        ),
        *result.failed[:20],
    ]
    return "\n".join(lines)


@asynccontextmanager
async def _bench(callers: int) -> AsyncIterator[tuple[Rig, Path]]:
    with tempfile.TemporaryDirectory(prefix="hlasatel-bench-") as name, (Path(name) / "log").open("w") as log:
        set_up_logging(log)
        # Two ports a call leg.
        async with rig(Path(name), callers, call_seconds=CALLED_SECONDS) as made:
            yield made, Path(name)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, default=200)
    parser.add_argument(
        "--library", type=Path, help="a folder of renderings that is kept, so that the next run begins sooner"
    )
    parser.add_argument(
        "--cold", action="store_true", help="a new service: callers come when only the fixed prompts are spoken"
    )
    options = parser.parse_args()
    async with _bench(options.callers) as (made, folder):
        figures = await measure(made, folder, options.library or folder / "library", options.callers, cold=options.cold)
    print(told(figures, options.callers))  # noqa: T201


if __name__ == "__main__":
    uvloop.run(main())
