"""The demo: a simulated town is told in Czech by calls of a real Asterisk, by SMS and by e-mail; what phones, gateway
and mail server recorded themselves proves the report.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from announcements.audience import build_rule
from announcements.launch import Draft, launch, prepare
from announcements.plan import Mode, Plan
from announcements.report import Report, Totals, report
from announcements.retry import RetryPolicy
from announcements.windows import ANY_HOUR
from channels.file import FileSettings
from channels.mailer import EmailSettings, Security
from channels.settings import DoorSettings
from dialer.exchange import DialerSettings
from ivr.settings import HotlineSettings
from lab.arrivals import Arrival, read_mails, read_texts, text_differences
from lab.comparison import differences
from lab.landlines import LandlineCall
from lab.mailbox import running_mailbox
from lab.pair import LAB_TRUNK, Pair, running_pair
from lab.program import Program
from lab.town import Town
from service.asterisk import AsteriskSettings
from service.clock import utc_now
from service.composition import open_service
from service.demo_caller import CONFIRMS, NUMBER, CalledIn, call_in
from service.sections import StoreSettings, TownSettings
from service.service import Service
from service.settings import Settings
from store.database import Store, opened
from store.migrate import migrate
from store.states import Channel, DeliveryState, Disposition, Priority
from subscribers.csv_import import import_subscribers
from subscribers.ruian import import_places
from subscribers.topics import default_topics, store_topics
from tts.speech import SpeechSettings, configured_library

TITLE = "Odstávka vody"
TEXT = (
    "V úterý 24. listopadu od 8:00 do 14:30 nepoteče voda v ulicích Tyršova a Komenského. "
    "Cisterna bude na nám. Republiky."
)
STREETS = ("Tyršova", "Komenského")
LINES = 40
RING_SECONDS = 8
# A town waits minutes between tries; a demo seconds.
RETRIES = RetryPolicy(
    not_reached_tries=2, not_heard_tries=1, busy_seconds=4, no_answer_seconds=2, congestion_seconds=2, failed_seconds=2
)
PROGRESS_SECONDS = 0.5
SMS_FILE = "sms.jsonl"


@dataclass(frozen=True)
class Shown:
    """What the demo brought: the report, where it and the networks' own records differ, what one phone heard, and who
    called in.
    """

    report: Report
    differences: list[str]
    recording: Path | None
    called_in: CalledIn | None = None


async def demonstrate(
    program: Program,
    town: Town,
    folder: Path,
    *,
    progress: Callable[[Totals], None],
    reported: Callable[[Shown, Settings], None],
    linger: Callable[[Shown, Settings], Awaitable[None]],
) -> Shown:
    """Call the town in ``folder``, then let somebody call in and register. ``progress`` gets the totals while it goes
    on, ``reported`` the report; ``linger`` runs before the end, with everything still up.
    """
    trunk = LAB_TRUNK.model_copy(update={"lines": LINES, "ring_seconds": RING_SECONDS})
    async with (
        running_mailbox(folder / "mails") as mailbox,
        running_pair(program, folder, {**town.behaviours, NUMBER: CONFIRMS}, trunk) as pair,
    ):
        settings = demo_settings(town, folder, pair, mailbox.port)
        async with opened(settings.store.url) as store:
            await load_town(store, town, settings)
            announcement_id = await _launch(store, settings)
            async with open_service(settings) as service:
                await _watch(service.run(until_done=True), store, announcement_id, progress)
                shown = await _show(
                    store, announcement_id, pair, read_texts(folder / SMS_FILE), read_mails(mailbox.mails)
                )
                reported(shown, settings)
            async with _answering(settings) as service:
                shown = replace(shown, called_in=await call_in(service, store, pair))
                await linger(shown, settings)
                return shown


@asynccontextmanager
async def _answering(settings: Settings) -> AsyncIterator[Service]:
    """The town's number answers only now, for its prompts take a voice as long as the announcement's calls."""
    hotline = settings.hotline.model_copy(update={"answers": True})
    async with open_service(settings.model_copy(update={"hotline": hotline})) as service:
        running = asyncio.create_task(service.run())
        try:
            yield service
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def demo_settings(town: Town, folder: Path, pair: Pair, mail_port: int) -> Settings:
    """The embedded defaults, with everything under ``folder`` and on the ports of the pair and the mailbox."""
    return Settings(
        town=TownSettings(name=town.name),
        store=StoreSettings(url=f"sqlite:///{folder.absolute()}/hlasatel.db"),
        asterisk=AsteriskSettings(
            managed=False,
            ami_port=pair.ami_port,
            ami_user=pair.ami_user,
            ami_secret=pair.ami_secret,
            agi_port=0,
        ),
        trunks=(pair.trunk,),
        speech=SpeechSettings(library=folder.absolute() / "renderings"),
        hotline=HotlineSettings(answers=False, recordings=folder.absolute() / "recordings"),
        dialer=DialerSettings(retries=RETRIES, windows=ANY_HOUR),
        sms=(FileSettings(adapter="file", name="sms", file=folder.absolute() / SMS_FILE, windows=ANY_HOUR),),
        email=EmailSettings(host="127.0.0.1", port=mail_port, security=Security.NONE, sender="hlasatel@example.cz"),
        door=DoorSettings(port=0),
    )


async def load_town(store: Store, town: Town, settings: Settings) -> None:
    """A new database with the sample town's topics, addresses and people."""
    await migrate(store)
    async with store.writing() as session:
        await store_topics(session, default_topics())
        await import_places(session, town.addresses.read_bytes(), town.addresses.name)
        await import_subscribers(
            session,
            town.subscribers.read_bytes(),
            town.subscribers.name,
            country=settings.town.country,
            language=settings.town.language,
            zone=settings.town.zone,
            now=utc_now(),
        )


async def _launch(store: Store, settings: Settings) -> int:
    async with store.reading() as session:
        rule = await build_rule(session, topics=["voda"], streets=STREETS)
    plan = Plan(mode=Mode.ESCALATE, unheard_attempts=RETRIES.not_reached_tries)
    draft = Draft(rule, text=TEXT, title=TITLE, priority=Priority.URGENT, plan=plan)
    prepared = await prepare(store, configured_library(settings.speech), draft, settings.ways, utc_now())
    return await launch(store, prepared, utc_now())


async def _watch(work: Awaitable[None], store: Store, announcement_id: int, progress: Callable[[Totals], None]) -> None:
    running = asyncio.ensure_future(work)
    try:
        while not running.done():
            await asyncio.wait([running], timeout=PROGRESS_SECONDS)
            async with store.reading() as session:
                progress((await report(session, announcement_id)).totals)
        await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _show(
    store: Store, announcement_id: int, pair: Pair, texts: Sequence[Arrival], mails: Sequence[Arrival]
) -> Shown:
    """The phones, the gateway's file and the mail server each have a record of their own."""
    async with store.reading() as session:
        made = await report(session, announcement_id)
    calls = await pair.landlines.calls()
    differ = [
        *differences(made, calls),
        *text_differences(made, Channel.SMS, texts),
        *text_differences(made, Channel.EMAIL, mails),
    ]
    return Shown(made, differ, _one_recording(made, calls))


def _one_recording(made: Report, calls: list[LandlineCall]) -> Path | None:
    """What a phone heard whose owner heard all."""
    heard = {
        attempt.phone
        for row in made.deliveries
        if row.state is DeliveryState.DELIVERED
        for attempt in row.attempts
        if attempt.disposition is Disposition.ANSWERED
    }
    return next((call.recording for call in calls if call.number in heard and call.recording), None)
