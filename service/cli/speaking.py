"""The command for a first try of trunk and voice: call, one real call."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from announcements.audience import AudienceRule
from announcements.launch import Draft, launch, prepare
from announcements.report import Report, report
from channels.mailer import EmailSettings
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.following import show_report
from service.clock import utc_now
from service.composition import open_service
from service.sections import StoreSettings
from service.settings import Settings, require_complete
from store.database import Store, opened
from store.errors import InputError
from store.migrate import migrate
from store.people import ConsentWay
from store.states import Channel, Priority
from subscribers.consent import Proof
from subscribers.person import Person
from subscribers.phones import mask, parse_phone
from subscribers.registration import register
from subscribers.topics import default_topics, store_topics
from tts.speech import configured_library


@app.command()
def call(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Whom to ring; national or +… form.")],
    text: Annotated[str, typer.Option(metavar="TEXT", help="What to say.")],
    json: JsonOption = False,
) -> None:
    """Ring one number once and say a text: a first try of trunk and voice. Leaves nothing in the store."""
    settings = settings_of(context)
    show_report(run_async(_call(settings, number, text)), settings, json=json)


async def _call(settings: Settings, number: str, text: str) -> Report:
    """The whole way of an announcement, on a store that is thrown away."""
    require_complete(settings)
    phone = parse_phone(number, settings.town.country).number
    if not phone.startswith(settings.prefixes):
        raise InputError(f"no trunk may dial {mask(phone)}", mend="add its beginning to a trunk's prefixes")
    with tempfile.TemporaryDirectory(prefix="hlasatel-call-") as folder:
        alone = _for_one_call(settings, Path(folder))
        async with opened(alone.store.url) as store:
            announcement_id = await _launch(store, alone, phone, text)
            async with open_service(alone) as service:
                await service.run(until_done=True)
            async with store.reading() as session:
                return await report(session, announcement_id)


async def _launch(store: Store, settings: Settings, phone: str, text: str) -> int:
    """An announcement to the one subscriber of a new store."""
    await migrate(store)
    topics = default_topics()
    topic = next(iter(topics.topics))
    person = Person(name="call", phones=(phone,), topics=(topic,), channels=(Channel.VOICE,))
    proof = Proof(ConsentWay.IN_PERSON, "call-1", "hlasatel call")
    async with store.writing() as session:
        await store_topics(session, topics)
        await register(session, person, proof, country=settings.town.country, now=utc_now())
    rule = AudienceRule(topics=(topic,))
    draft = Draft(rule, text, title="hlasatel call", language=settings.town.language, priority=Priority.CRISIS)
    prepared = await prepare(store, configured_library(settings.speech), draft, settings.ways, utc_now())
    return await launch(store, prepared, utc_now())


def _for_one_call(settings: Settings, folder: Path) -> Settings:
    """The same town and trunks, a store of its own, no retries, any free FastAGI port; no texts, in or out."""
    once = settings.dialer.retries.model_copy(update={"not_reached_tries": 1, "not_heard_tries": 1})
    return settings.model_copy(
        update={
            "sms": (),
            "inboxes": (),
            "email": EmailSettings(),
            "store": StoreSettings(url=f"sqlite:///{folder}/call.db"),
            "dialer": settings.dialer.model_copy(update={"retries": once}),
            "asterisk": settings.asterisk.model_copy(update={"agi_port": 0}),
            # Callers stay with the service that runs beside this.
            "hotline": settings.hotline.model_copy(update={"answers": False}),
        }
    )
