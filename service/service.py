"""The composition root: builds every part once, hands each what it needs, and runs them until told to end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import exists, select

from announcements.callbacks import expire_callbacks
from announcements.closing import hand_over_closed
from announcements.completion import expire_overdue
from announcements.control import attempts_to_cut
from announcements.hearing import Hearings
from announcements.scripts import Scripts
from announcements.turned_back import SLACK, bring_forward
from dialer.calls import CallsInFlight
from dialer.dispatcher import Dispatcher
from dialer.exchange import Exchange, Sounds
from dialer.hangup import hang_up
from dialer.health import TrunkHealth
from dialer.link import AmiLink
from dialer.reconcile import Reconciler
from dialer.record import trim_record
from dialplans import names
from ivr.announcement import KEY_SECONDS, AnnouncementCall
from ivr.server import AgiServer, Handler
from service.current import current_store
from service.guide import check_guide
from service.hotline import Hotline, make_hotline
from service.incoming import Doors, Incoming, open_incoming
from service.mailing import make_mailing
from service.managed import ami_settings, managed_asterisk
from service.metrics import served, watch
from service.retention import Retention
from service.settings import Settings
from service.sweeping import Sweeper
from service.texting import Texting, open_texting
from service.wording import Wording
from store.database import Store
from store.errors import SettingsError, StoreError
from store.states import FINAL_DELIVERY_STATES, AnnouncementState
from store.tasks import for_ever
from store.work import Announcement, Delivery
from tts.library import Library
from tts.shelf import MASTER
from tts.speech import configured_library

log = structlog.get_logger(__name__)

Chore = Callable[[], Coroutine[None, None, None]]
NO_CHORES: Mapping[str, Chore] = {}
KEEPER_SECONDS = 1.0
# A call lasts at most this long, so an orderly end never waits longer.
DRAIN_SECONDS = 960.0


def utc_now() -> datetime:
    return datetime.now(UTC)


class Service:
    """The dispatchers of all trunks, the watch over trunks and the keeper, on one store.

    ``record``: the file of the dialplan's record of calls, to be kept bounded; ``chores``: what else has to run.
    """

    def __init__(
        self,
        exchange: Exchange,
        dispatchers: list[Dispatcher],
        record: Path | None = None,
        chores: Mapping[str, Chore] = NO_CHORES,
        texting: Texting | None = None,
        hotline: Hotline | None = None,
        incoming: Incoming | None = None,
    ) -> None:
        self.store = exchange.store
        self.dispatchers = dispatchers
        self.hotline = hotline
        self._exchange = exchange
        self._record = record
        self._chores = chores
        self._texting = texting
        self._incoming = incoming
        # When the keeper worked last; at its first work any clock before may have been ahead.
        self._kept_at = datetime.max.replace(tzinfo=UTC)

    async def run(self, *, until_done: bool = False) -> None:
        """Work until cancelled, or with ``until_done`` until every begun announcement is over.

        A part that dies ends the service with its error.
        """
        parts = [asyncio.create_task(d.run(), name=f"dispatcher {d.trunk.name}") for d in self.dispatchers]
        keeping = for_ever(self._look_after, KEEPER_SECONDS, "keeper cannot work yet")
        parts.append(asyncio.create_task(keeping, name="keeper"))
        parts.append(asyncio.create_task(self._exchange.health.run(), name="watch over trunks"))
        looking = watch(self._exchange.metrics, self._exchange, self.dispatchers)
        parts.append(asyncio.create_task(looking, name="metrics"))
        parts += [asyncio.create_task(chore(), name=name) for name, chore in self._chores.items()]
        if self._texting is not None:
            parts += [asyncio.create_task(work, name=name) for name, work in self._texting.parts()]
        if self._incoming is not None:
            parts += [asyncio.create_task(work, name=name) for name, work in self._incoming.parts()]
        if until_done:
            parts.append(asyncio.create_task(self._wait_done(), name="until done"))
        try:
            ended, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in ended:
                part.result()
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)

    async def drain(self) -> None:
        """Wait for the calls in progress to end; nothing new is started any more."""
        async with asyncio.timeout(DRAIN_SECONDS):
            for dispatcher in self.dispatchers:
                await dispatcher.drain()
            if self.hotline is not None:
                await self.hotline.reception.drain()
            if self._texting is not None:
                await self._texting.drain()

    async def _look_after(self) -> None:
        """What passes with time or is asked for by staff: windows that end, calls to be cut, a record that grows."""
        await self._mind_clock(utc_now())
        async with self.store.writing() as session:
            await expire_overdue(session, utc_now())
            await expire_callbacks(session, utc_now())
            unwanted = await attempts_to_cut(session)
        if self._texting is not None:
            rules = self._exchange.rules
            await hand_over_closed(self.store, self._texting.ways_out(rules.calendar), rules.ways, utc_now())
        if unwanted:
            await hang_up(self._exchange.link, unwanted)
        if self._record is not None:
            trim_record(self._record)

    async def _mind_clock(self, now: datetime) -> None:
        """Nothing waits for the hours of a clock that has been put back."""
        if now < self._kept_at - SLACK:
            async with self.store.writing() as session:
                moved = await bring_forward(session, now)
            if moved:
                log.warning("a clock was ahead: what it put off comes forward", moved=moved)
        self._kept_at = now

    async def _wait_done(self) -> None:
        while not await self._done():
            await asyncio.sleep(KEEPER_SECONDS / 4)

    async def _done(self) -> bool:
        """No running announcement, and no call, waits for anything. What is scheduled for later does not count."""
        waiting = exists().where(
            Delivery.state.not_in(FINAL_DELIVERY_STATES),
            Delivery.announcement_id == Announcement.id,
            (Announcement.state == AnnouncementState.RUNNING) | (Delivery.due_at <= utc_now()),
        )
        try:
            async with self.store.reading() as session:
                return not await session.scalar(select(waiting))
        except StoreError:
            return False  # nobody can tell now


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Service]:
    """Everything up and reconciled, ready to ``run``.

    Raises SettingsError, StoreError, SpeechError, AsteriskError or LabError that names what is missing.
    """
    require_complete(settings)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(current_store(settings.store))
        scripts = Scripts()
        library = configured_library(settings.speech)
        async with store.reading() as session:
            await check_guide(session, settings)
        wording = Wording(library, settings.town.language, settings.town.name)
        await wording.render()
        call = _announcement_call(store, library, wording, scripts)
        hotline = make_hotline(settings, store, library, wording.kept, utc_now)
        await stack.enter_async_context(managed_asterisk(settings))
        agi_url = await _answering(stack, settings, {names.ANNOUNCEMENT_ROUTE: call.handle, **hotline.routes})
        link, calls, health, reconciler = _watched_link(settings)
        stack.push_async_callback(link.close)
        link.greet(partial(hotline.introduce, link, agi_url))
        await link.start()
        rules = settings.outcome_rules
        exchange = Exchange(
            store=store,
            link=link,
            calls=calls,
            health=health,
            sounds=Sounds(wording.greeting, library.path_of),
            settings=settings.dialer,
            rules=rules,
            agi_url=agi_url,
            clock=utc_now,
            scripts=scripts,
        )
        stack.enter_context(served(exchange.metrics, settings.metrics.port))
        dispatchers = make_dispatchers(settings, exchange)
        for dispatcher in dispatchers:
            stack.push_async_callback(dispatcher.leave)
        await reconciler.settle_earlier_run(store, dispatchers)
        doors = Doors(settings, store, utc_now)
        mailing = make_mailing(settings, store, partial(library.shelf.file, suffix=MASTER), utc_now)
        routes = [*doors.routes, *(mailing.routes if mailing else ())]
        texting = await stack.enter_async_context(
            open_texting(settings, store, rules, exchange.metrics.registry, utc_now, routes, mailing)
        )
        incoming = await stack.enter_async_context(open_incoming(settings, store, doors, texting.sms, utc_now))
        chores = _chores(settings, store, library, wording, hotline)
        yield Service(exchange, dispatchers, settings.asterisk.record_file, chores, texting, hotline, incoming)


async def _answering(stack: AsyncExitStack, settings: Settings, routes: dict[str, Handler]) -> str:
    """Opens the FastAGI server till the stack's end; its URL, without a path."""
    host = settings.asterisk.agi_host
    server = AgiServer(routes)
    port = await server.start(host, settings.asterisk.agi_port)
    stack.push_async_callback(server.stop)
    return f"agi://{host}:{port}"


def _announcement_call(store: Store, library: Library, wording: Wording, scripts: Scripts) -> AnnouncementCall:
    """The handler of the calls."""
    silence = str(library.silence(KEY_SECONDS))
    return AnnouncementCall(wording.sounds, library.path_of, silence, utc_now, Hearings(store, scripts))


def _chores(
    settings: Settings, store: Store, library: Library, wording: Wording, hotline: Hotline
) -> Mapping[str, Chore]:
    most_bytes, days = settings.speech.most_bytes, settings.hotline.listening_days
    sweeper = Sweeper(library, store, wording.kept, most_bytes, days, Retention.of(store, settings.hotline))
    chores: dict[str, Chore] = {"sweeper": partial(sweeper.run, utc_now), "wording": wording.keep_up}
    return chores | ({"prompts": hotline.render_ahead} if settings.hotline.answers else {})


def _watched_link(settings: Settings) -> tuple[AmiLink, CallsInFlight, TrunkHealth, Reconciler]:
    """The AMI link, not started yet, and those who listen to it; lost calls are settled before trunks are tried."""
    link = AmiLink(ami_settings(settings))
    calls = CallsInFlight(utc_now)
    reconciler = Reconciler(link, calls, settings.asterisk.record_file, utc_now)
    health = TrunkHealth(link, settings.trunks)
    for listener in (calls.on_event, reconciler.on_event, health.on_event):
        link.listen(listener)
    link.greet(reconciler.settle_lost_calls)
    link.greet(health.greet)
    return link, calls, health, reconciler


def make_dispatchers(settings: Settings, exchange: Exchange) -> list[Dispatcher]:
    dispatchers: list[Dispatcher] = []
    for trunk in settings.trunks:
        shown = trunk if trunk.caller_id else trunk.model_copy(update={"caller_id": settings.town.phone})
        dispatchers.append(Dispatcher(shown, exchange, dispatchers))
    return dispatchers


def require_complete(settings: Settings) -> None:
    """Raises SettingsError where something is missing that a running service needs."""
    if not settings.town.name:
        raise SettingsError("town.name is missing", mend="write it into hlasatel.toml; see hlasatel.example.toml")
    if not settings.trunks:
        raise SettingsError("no trunk to call by", mend="add a [[trunks]] section to the settings")
