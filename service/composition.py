"""The composition root: builds every part once, and hands each what it needs."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from announcements.hearing import Hearings
from announcements.scripts import Scripts
from dialer.calls import CallsInFlight
from dialer.dispatcher import Dispatcher
from dialer.exchange import Exchange, Sounds
from dialer.health import TrunkHealth
from dialer.link import AmiLink
from dialer.reconcile import Reconciler
from dialplans import names
from ivr.announcement import KEY_SECONDS, AnnouncementCall
from ivr.server import AgiServer, Handler
from service.clock import utc_now
from service.current import current_store
from service.guide import check_guide
from service.hotline import Hotline, make_hotline
from service.incoming import Doors, open_incoming
from service.mailing import make_mailing
from service.managed import ami_settings, managed_asterisk
from service.metrics import served
from service.retention import Retention
from service.service import Chore, Service
from service.settings import Settings, require_complete
from service.sweeping import Sweeper
from service.texting import open_texting
from service.wording import Wording
from store.database import Store
from tts.library import Library
from tts.shelf import MASTER
from tts.speech import configured_library


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
