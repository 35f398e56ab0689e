"""How long speech takes: engines, normaliser, a cache hit, many personal texts, and a crisis from launch to playable.

python -m benchmarks.speech [--parts 500] [--repeats 3] [--piper-model FILE.onnx]
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from announcements.audience import AudienceRule
from announcements.launch import Draft, launch, prepare
from announcements.personal import Addressee, worded
from announcements.voicing import render_wordings
from announcements.ways import Ways
from benchmarks.people import TOPIC, settle
from service.clock import utc_now
from store.database import opened
from store.migrate import migrate
from store.states import Priority
from tts.engines.engine import Engine
from tts.engines.festival import Festival
from tts.library import Library
from tts.measure import seconds_of
from tts.normaliser import normalised
from tts.speech import SpeechSettings, configured_engines
from tts.words.listed import listed

# About twenty seconds.
MESSAGE = (
    "Vážení občané, v úterý 24. listopadu od 8:00 do 14:30 nepoteče voda v ulicích Tyršova, Komenského a Poštovní. "
    "Náhradní cisterna bude na nám. Republiky. Dotazy na tel. 556 414 322. Děkujeme za pochopení. Případ {number}."
)
CRISIS = "Výstraha! Hrozí povodeň. Opusťte domy u řeky a jděte do školy v Butovicích. Volejte 112. {number}"
PERSONAL = "{osloveni}, ve vaší ulici {ulice} zítra od 8:00 do 14:30 nepoteče voda. Cisterna bude u školy. Děkujeme."
SURNAMES = listed(
    """
    Novák Svoboda Novotný Dvořák Černý Procházka Kučera Veselý Horák Němec Pokorný Pospíšil Hájek Jelínek Král Růžička
    Beneš Fiala Sedláček Doležal Zeman Kolář Krejčí Navrátil Čermák Vaněk Urban Blažek Kříž Kovář Kratochvíl Bartoš
    Vlček Polák Musil Kopecký Šimek Konečný Malý Čech Štěpánek Holub Staněk Sýkora Dostál Soukup Šťastný Mareš Moravec
    Beran
    """
)
STREETS = ("Tyršova", "Komenského", "Poštovní", "Nádražní", "Sjednocení", "Dlouhá", "Krátká", "Polní", "Lesní", "Luční")
WAYS = Ways(voice=("+420",))
PEOPLE = 1000


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Seconds."""
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def engine_line(engine: Engine, folder: Path, repeats: int) -> str:
    """The engine alone, then with all that follows; for twenty seconds of speech, and as real-time factor."""
    words = normalised(MESSAGE).words
    out = folder / "spoken.wav"
    await engine.identity("cs")
    alone = statistics.median(
        [await timed(lambda: engine.synthesize(words, "cs", out)) for _ in range(repeats)]
    ) / await asyncio.to_thread(seconds_of, out)
    library = Library(folder / engine.name, [engine])
    rendered, seconds = [], 0.0
    for number in range(repeats):
        began = time.perf_counter()
        seconds = (await library.render(MESSAGE.format(number=number))).seconds
        rendered.append(time.perf_counter() - began)
    whole = statistics.median(rendered) / seconds
    return (
        f"{engine.name}: engine {20 * alone:.2f} s, rendering {20 * whole:.2f} s for 20 s of speech; "
        f"real-time factor {alone:.3f} and {whole:.3f}"
    )


def normaliser_line() -> str:
    text = MESSAGE * 10
    times = []
    for number in range(20):
        began = time.perf_counter()
        normalised(f"{text} {number}")
        times.append((time.perf_counter() - began) / len(text))
    return f"normaliser: {statistics.median(times) * 1e9:.0f} µs for 1 000 letters"


async def hit_line(folder: Path, repeats: int) -> str:
    library = Library(folder / "hit", [Festival()])
    first = await timed(lambda: library.render(MESSAGE))
    hit = statistics.median([await timed(lambda: library.render(MESSAGE)) for _ in range(20 * repeats)])
    return f"cache hit: {hit * 1000:.2f} ms, {first / hit:.0f} times faster than the rendering"


async def parts_line(folder: Path, parts: int) -> str:
    """As a launch makes them: each piece is spoken once, then all are joined."""
    library = Library(folder / "parts", [Festival()])
    people = [
        Addressee(f"Jan {SURNAMES[n // len(STREETS) % len(SURNAMES)]}", STREETS[n % len(STREETS)]) for n in range(parts)
    ]
    wordings = [worded(PERSONAL, [one], "cs") for one in people]
    made: list[int] = []

    async def work() -> None:
        made.append(len(set((await render_wordings(library, wordings, "cs", lambda _made, _of: None)).values())))

    first, again = await timed(work), await timed(work)
    return (
        f"{made[0]} distinct personal texts: {first:.1f} s, {1000 * first / made[0]:.0f} ms each; "
        f"all of them found again in {again:.1f} s"
    )


async def crisis_line(folder: Path, repeats: int) -> str:
    """Checked, counted, rendered and written: from then on a dispatcher may call."""
    library = Library(folder / "crisis", [Festival()])
    draft = Draft(AudienceRule(topics=(TOPIC,)), text="", priority=Priority.CRISIS)
    async with opened(f"sqlite:///{folder}/store.db") as store:
        await migrate(store)
        await settle(store, PEOPLE)

        async def announce(number: int) -> None:
            written = replace(draft, text=CRISIS.format(number=number))
            await launch(store, await prepare(store, library, written, WAYS, utc_now()), utc_now())

        times = [await timed(lambda number=number: announce(number)) for number in range(repeats)]  # type: ignore[misc]
    return f"crisis to {PEOPLE} people, from launch to playable: {statistics.median(times):.2f} s (aim 1.5)"


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--piper-model", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hlasatel-bench-") as name:
        folder = Path(name)
        for engine in configured_engines(SpeechSettings(piper_model=options.piper_model)):
            missing = await engine.missing()
            print(f"{engine.name}: {missing}" if missing else await engine_line(engine, folder, options.repeats))  # noqa: T201
        print(normaliser_line())  # noqa: T201
        print(await hit_line(folder, options.repeats))  # noqa: T201
        print(await crisis_line(folder, options.repeats))  # noqa: T201
        print(await parts_line(folder, options.parts))  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
