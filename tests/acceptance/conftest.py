"""The real Asterisk pair, once for all scenes, and a town of its own for each."""

import dataclasses
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from announcements.audience import build_rule
from announcements.launch import USUAL_PLAN, Draft, launch, prepare
from announcements.reach import Reach, count_reach
from announcements.report import Report, report
from announcements.retry import RetryPolicy
from announcements.windows import ANY_HOUR
from dialer.exchange import DialerSettings
from ivr.settings import HotlineSettings
from lab.comparison import differences
from lab.landlines import LandlineCall
from lab.pair import LAB_TRUNK, Pair, running_pair
from lab.program import install_program
from service.asterisk import AsteriskSettings
from service.composition import open_service
from service.sections import StoreSettings, TownSettings
from service.settings import Settings, cache_folder
from store.database import Store, opened
from store.migrate import migrate
from store.people import ConsentWay
from store.work import Announcement
from subscribers.consent import Proof
from subscribers.person import Person
from subscribers.registration import register
from subscribers.topics import default_topics, store_topics
from tests.acceptance.phones import behaviours
from tts.library import Library
from tts.speech import SpeechSettings, configured_library

TEXT = "V úterý 24. listopadu od 8:00 nepoteče voda v ulici Tyršova."
QUICK_RETRIES = RetryPolicy(
    not_reached_tries=2,
    not_heard_tries=2,
    busy_seconds=1,
    no_answer_seconds=1,
    congestion_seconds=1,
    failed_seconds=1,
    not_heard_seconds=1,
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    program = await install_program(cache_folder())
    trunk = LAB_TRUNK.model_copy(update={"ring_seconds": 4, "lines": 30})
    async with running_pair(program, tmp_path_factory.mktemp("pair"), behaviours(), trunk) as pair:
        yield pair


@pytest.fixture(scope="session")
def renderings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One library for all scenes, so that a prompt is rendered once."""
    return tmp_path_factory.mktemp("renderings")


@dataclasses.dataclass(frozen=True)
class Scene:
    """A town with its own store, on the shared pair."""

    settings: Settings
    store: Store
    library: Library
    pair: Pair

    async def add(self, name: str, *phones: str, topics: Sequence[str] = ("voda",)) -> int:
        async with self.store.writing() as session:
            return await register(
                session,
                Person(name=name, phones=phones, topics=tuple(topics)),
                Proof(ConsentWay.IN_PERSON, "test-1", "acceptance"),
                country="CZ",
                now=now(),
            )

    async def announce(self, text: str = TEXT, *, topic: str = "voda", **draft: Any) -> int:
        async with self.store.reading() as session:
            rule = await build_rule(session, topics=[topic])
        prepared = await prepare(self.store, self.library, Draft(rule, text=text, **draft), self.settings.ways, now())
        return await launch(self.store, prepared, now())

    async def reach(self, topic: str) -> Reach:
        async with self.store.reading() as session:
            rule = await build_rule(session, topics=[topic])
            return await count_reach(session, rule, USUAL_PLAN, self.settings.ways, now())

    async def message_file(self) -> Path:
        """The telephone audio of the latest announcement."""
        async with self.store.reading() as session:
            newest = (await session.scalars(select(Announcement).order_by(Announcement.id.desc()))).first()
        assert newest is not None
        return self.library.path_of(newest.rendering).with_suffix(".alaw")

    async def run(self) -> None:
        async with open_service(self.settings) as service:
            await service.run(until_done=True)

    async def report(self, announcement_id: int) -> Report:
        async with self.store.reading() as session:
            return await report(session, announcement_id)

    async def calls(self, *numbers: str) -> list[LandlineCall]:
        return [call for call in await self.pair.landlines.calls() if call.number in numbers]

    async def run_and_compare(self, announcement_id: int, *numbers: str) -> tuple[Report, list[LandlineCall]]:
        """Run to the end; the report must tell what the phones' own record tells."""
        await self.run()
        made, calls = await self.report(announcement_id), await self.calls(*numbers)
        assert differences(made, calls) == []
        return made, calls


@asynccontextmanager
async def opened_scene(pair: Pair, folder: Path, renderings: Path) -> AsyncIterator[Scene]:
    settings = scene_settings(pair, folder, renderings)
    async with opened(settings.store.url) as store:
        await migrate(store)
        async with store.writing() as session:
            await store_topics(session, default_topics())
        yield Scene(settings, store, configured_library(settings.speech), pair)


@pytest_asyncio.fixture(loop_scope="session")
async def scene(pair: Pair, tmp_path: Path, renderings: Path) -> AsyncIterator[Scene]:
    async with opened_scene(pair, tmp_path, renderings) as scene:
        yield scene


def scene_settings(pair: Pair, folder: Path, renderings: Path, **trunk: Any) -> Settings:
    return Settings(
        town=TownSettings(name="Vzorov"),
        store=StoreSettings(url=f"sqlite:///{folder}/scene.db"),
        asterisk=AsteriskSettings(
            managed=False,
            ami_port=pair.ami_port,
            ami_user=pair.ami_user,
            ami_secret=pair.ami_secret,
            agi_port=0,
        ),
        trunks=(pair.trunk.model_copy(update=trunk),),
        speech=SpeechSettings(library=renderings),
        # Scenes of callers turn it on; the others need not render all its prompts.
        hotline=HotlineSettings(answers=False, recordings=folder / "recordings"),
        dialer=DialerSettings(retries=QUICK_RETRIES, poll_seconds=0.1, windows=ANY_HOUR),
    )


def with_trunk(scene: Scene, **changes: Any) -> Scene:
    """The same scene with another trunk setting, such as one line only."""
    trunk = scene.settings.trunks[0].model_copy(update=changes)
    return dataclasses.replace(scene, settings=scene.settings.model_copy(update={"trunks": (trunk,)}))


def with_retries(scene: Scene, **changes: Any) -> Scene:
    """The same scene with other limits or delays."""
    retries = scene.settings.dialer.retries.model_copy(update=changes)
    dialer = scene.settings.dialer.model_copy(update={"retries": retries})
    return dataclasses.replace(scene, settings=scene.settings.model_copy(update={"dialer": dialer}))


def now() -> datetime:
    return datetime.now(UTC)
