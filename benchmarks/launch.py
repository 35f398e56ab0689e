"""How audience and launch grow with the town: seconds and peak memory.

python -m benchmarks.launch [--people 10000 100000 1000000] [--store URL]
"""

import argparse
import asyncio
import resource
import tempfile
import time
from pathlib import Path

from announcements.audience import AudienceRule
from announcements.launch import USUAL_PLAN, Draft, Prepared, launch
from announcements.reach import count_reach
from announcements.ways import Ways
from benchmarks.people import TOPIC, settle
from service.clock import utc_now
from store.database import opened
from store.migrate import migrate
from tts.library import Rendering

WAYS = Ways(voice=("+420",))


def peak_megabytes() -> float:
    """Of this process since its start."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def measure(url: str, people: int) -> tuple[float, float, float]:
    """Seconds to count the audience, seconds to launch, megabytes at the peak."""
    async with opened(url) as store:
        await migrate(store)
        await settle(store, people)
        rule = AudienceRule(topics=(TOPIC,))
        begun = time.monotonic()
        async with store.reading() as session:
            reach = await count_reach(session, rule, USUAL_PLAN, WAYS, utc_now())
        counted = time.monotonic()
        rendering = Rendering("message", Path("/nowhere/message"), 20.0, "")
        await launch(store, Prepared(Draft(rule, text="Voda."), rendering, reach, WAYS), utc_now())
        return counted - begun, time.monotonic() - counted, peak_megabytes()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--store", help="a database URL with {people} in it; else SQLite")
    options = parser.parse_args()
    first = 0.0
    with tempfile.TemporaryDirectory(prefix="hlasatel-bench-") as folder:
        for people in options.people:
            url = (options.store or f"sqlite:///{folder}/{{people}}.db").format(people=people)
            counting, launching, peak = await measure(url, people)
            per_thousand = 1000 * (counting + launching) / people
            first = first or per_thousand
            print(  # noqa: T201
                f"{people:>9} people: audience {counting:.2f} s, launch {launching:.2f} s, "
                f"{per_thousand / first:.2f} of the first a person, peak {peak:.0f} MB"
            )


if __name__ == "__main__":
    asyncio.run(main())
