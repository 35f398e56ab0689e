"""How soon a crisis rings over a long queue of normal deliveries, on full lines but one, its text rendered already.

python -m benchmarks.crisis [--queued 50000] [--lines 20] [--crisis 100]
"""

import argparse
import asyncio
import tempfile
import time
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select, update

from announcements.audience import AudienceRule
from announcements.launch import Draft, Prepared, launch
from announcements.reach import Reach
from announcements.ways import Ways
from benchmarks.people import TOPIC, number, settle
from benchmarks.rig import Rig, dialing, rig
from service.clock import utc_now
from service.log import set_up_logging
from store.database import Store, opened
from store.migrate import migrate
from store.people import SubscriberTopic
from store.states import Priority
from store.work import Attempt, Delivery
from tts.library import Rendering

CRISIS_TOPIC = "povodne"


async def begin(store: Store, made: Rig, topic: str, priority: Priority) -> datetime:
    """Launch; gives the moment when that began."""
    began = utc_now()
    draft = Draft(AudienceRule(topics=(topic,)), text="x", priority=priority)
    rendering = Rendering("message", made.message, 0.8, "")
    await launch(store, Prepared(draft, rendering, Reach(1, 1, 0), Ways(voice=made.trunk.prefixes)), utc_now())
    return began


async def measure(made: Rig, store: Store, queued: int, crisis: int) -> tuple[float, int]:
    """Milliseconds from launch to the first crisis INVITE, and normal calls sent while crisis ones waited."""
    await migrate(store)
    await settle(store, queued)
    async with store.writing() as session:
        few = select(SubscriberTopic.subscriber_id).order_by(SubscriberTopic.subscriber_id.desc()).limit(crisis)
        await session.execute(
            update(SubscriberTopic)
            .where(SubscriberTopic.subscriber_id.in_(few.scalar_subquery()))
            .values(topic=CRISIS_TOPIC)
        )
    await begin(store, made, TOPIC, Priority.NORMAL)
    async with dialing(made, store) as service:
        work = asyncio.create_task(service.run())
        while service.dispatchers[0].lines_up < made.trunk.lines - made.trunk.lines_for_crisis:
            await asyncio.sleep(0.01)
        began = await begin(store, made, CRISIS_TOPIC, Priority.CRISIS)
        done = time.monotonic() + 120
        while await _started(store, Priority.CRISIS, began) < crisis and time.monotonic() < done:
            await asyncio.sleep(0.1)
        work.cancel()
        await service.drain()
    rung = made.network.invited()
    warned = {number(index) for index in range(queued - crisis + 1, queued + 1)}
    first, *_, last = sorted(moment for line, moment in rung.items() if line in warned)
    ahead = [line for line, moment in rung.items() if line not in warned and first < moment < last]
    return 1000 * (first - began.timestamp()), len(ahead)


async def _started(store: Store, priority: Priority, since: datetime) -> int:
    query = select(func.count()).select_from(Attempt).join(Delivery)
    async with store.reading() as session:
        found = await session.scalar(query.where(Delivery.priority == priority, Attempt.started_at >= since))
    return found or 0


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queued", type=int, default=50_000)
    parser.add_argument("--lines", type=int, default=20)
    parser.add_argument("--crisis", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hlasatel-bench-") as name:
        folder = Path(name)
        with (folder / "log").open("w") as log:
            set_up_logging(log)
            async with rig(folder, options.lines, kept=1) as made, opened(f"sqlite:///{folder}/store.db") as store:
                waited, ahead = await measure(made, store, options.queued, options.crisis)
                print(  # noqa: T201
                    f"{options.queued} queued, {options.lines} lines full but one kept: first crisis call "
                    f"{waited:.0f} ms after launch; {ahead} normal call(s) started while crisis ones waited"
                )


if __name__ == "__main__":
    asyncio.run(main())
