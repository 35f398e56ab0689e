"""SMS at work for tests: a town with mobiles, carriers, their dispatchers and the door, on a store."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry
from sqlalchemy import func, insert, select

from announcements.windows import ANY_HOUR
from channels.carriers import SmsSettings
from channels.outlet import Outlet
from channels.settings import DoorSettings, TextingSettings
from service.sections import TownSettings
from service.settings import Settings
from service.texting import Texting, open_texting
from store.database import Store
from store.people import Phone, PhoneKind, Subscriber, SubscriberTopic
from store.states import AnnouncementState, Channel, DeliveryState, Disposition, Priority
from store.work import Announcement, AnnouncementTopic, Attempt, Delivery, Recipient
from tests.people import RENDERING, RULES, prepare_town

DEADLINE_SECONDS = 60.0
TOWN = TownSettings(name="Vzorov")


def mobile(number: int) -> str:
    """A Czech mobile, 0 to 999 999."""
    return f"+420602{number:06}"


@dataclass
class Clock:
    """Goes with the real one, and may be put forward."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


async def text_people(store: Store, text: str, people: int = 1, priority: Priority = Priority.NORMAL) -> int:
    """An announcement about water that is due by SMS to so many people of a new town. Returns its id.

    Written at once, for the door of registrations would take a minute for ten thousand.
    """
    await prepare_town(store)
    now = datetime.now(UTC)
    numbers = range(people)
    announcement = Announcement(
        title="Voda",
        text=text,
        sms_text=text,
        language="cs",
        priority=priority,
        state=AnnouncementState.RUNNING,
        audience={"topics": ["voda"]},
        rendering=RENDERING,
        message_seconds=20.0,
        created_at=now,
        topics=[AnnouncementTopic(topic="voda")],
    )
    async with store.writing() as session:
        session.add(announcement)
        await session.flush()
        await session.execute(
            insert(Subscriber),
            [
                {"id": one + 1, "name": f"Jan {one}", "folded_name": "jan", "language": "cs", "created_at": now}
                for one in numbers
            ],
        )
        await session.execute(
            insert(SubscriberTopic),
            [{"subscriber_id": one + 1, "topic": "voda", "refused": False} for one in numbers],
        )
        phones = [
            {"subscriber_id": one + 1, "number": mobile(one), "kind": PhoneKind.MOBILE, "position": 0}
            for one in numbers
        ]
        await session.execute(insert(Phone), phones)
        due = [
            {
                "id": one + 1,
                "announcement_id": announcement.id,
                "channel": Channel.SMS,
                "address": mobile(one),
                "priority": priority,
                "state": DeliveryState.QUEUED,
                "due_at": now,
            }
            for one in numbers
        ]
        await session.execute(insert(Delivery), due)
        await session.execute(
            insert(Recipient), [{"delivery_id": one + 1, "subscriber_id": one + 1} for one in numbers]
        )
    return announcement.id


@dataclass
class PostOffice:
    """Text channels at work; ``outlets`` by preference."""

    store: Store
    texting: Texting
    clock: Clock
    parts: Sequence[asyncio.Task[None]]

    @property
    def outlets(self) -> Sequence[Outlet]:
        return self.texting.sms.all

    async def states(self) -> Counter[DeliveryState]:
        async with self.store.reading() as session:
            query = select(Delivery.state, func.count()).group_by(Delivery.state)
            return Counter(dict((await session.execute(query)).all()))

    async def attempts(self) -> Sequence[Attempt]:
        """In the order they began."""
        async with self.store.reading() as session:
            return (await session.scalars(select(Attempt).order_by(Attempt.started_at, Attempt.address))).all()

    async def dispositions(self) -> list[Disposition | None]:
        return [one.disposition for one in await self.attempts()]

    async def until_true(self, happened: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not await happened():
                await asyncio.sleep(0.02)

    async def until_states(self, seconds: float = DEADLINE_SECONDS, pause: float = 0.02, **wanted: int) -> None:
        """Wait until so many deliveries are in these states, and no other ones; ask after each ``pause``."""
        named = {DeliveryState(state): many for state, many in wanted.items()}
        await self.until(lambda states: states == named, seconds, pause)

    async def until(
        self,
        happened: Callable[[Counter[DeliveryState]], bool],
        seconds: float = DEADLINE_SECONDS,
        pause: float = 0.02,
    ) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not happened(await self.states()):
                    for part in self.parts:
                        assert not part.done(), part
                    await asyncio.sleep(pause)
        except TimeoutError:
            raise AssertionError(f"it stays {await self.states()}, {Counter(await self.dispositions())}") from None


@asynccontextmanager
async def texting(
    store: Store,
    *carriers: SmsSettings,
    clock: Clock | None = None,
    door_port: int = 0,
    own_hours: bool = False,
    **choices: object,
) -> AsyncIterator[PostOffice]:
    """Everything wired as in the service. Carriers have no closed hours unless they keep their own; ``choices``:
    of ``[texting]``.
    """
    if not own_hours:
        carriers = tuple(one.model_copy(update={"windows": ANY_HOUR}) for one in carriers)
    settings = Settings(
        town=TOWN,
        sms=carriers,
        door=DoorSettings(port=door_port),
        texting=TextingSettings.model_validate({"poll_seconds": 0.02, **choices}),
    )
    rules = replace(RULES, texts=settings.text_policies)
    clock = clock or Clock()
    async with open_texting(settings, store, rules, CollectorRegistry(), clock) as opened:
        parts = [asyncio.create_task(work, name=name) for name, work in opened.parts()]
        try:
            yield PostOffice(store, opened, clock, parts)
        finally:
            for part in parts:
                part.cancel()
            ended = await asyncio.gather(*parts, return_exceptions=True)
            await opened.drain()
        assert not [one for one in ended if not isinstance(one, asyncio.CancelledError)], ended
