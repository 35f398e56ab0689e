"""Commands for a first try: say (speech into a file), call (one real call)."""

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from announcements.audience import AudienceRule
from announcements.launch import Draft, launch, prepare
from announcements.report import Report, report
from service.cli.announcing import show_report
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.output import print_json
from service.service import open_service, require_complete, utc_now
from service.settings import Settings
from store.database import opened
from store.errors import InputError
from store.migrate import migrate
from store.people import ConsentWay
from store.states import Channel, Priority
from subscribers.consent import Proof
from subscribers.person import Person
from subscribers.phones import mask, parse_phone
from subscribers.registration import register
from subscribers.topics import default_topics, store_topics
from tts.library import Rendering
from tts.speech import configured_library


@app.command()
def say(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="WAV (or .alaw) file to write.")],
    language: Annotated[str | None, typer.Option()] = None,
    json: JsonOption = False,
) -> None:
    """Speak a text into a file, as a telephone would play it."""
    settings = settings_of(context)
    made = run_async(_render(settings, text, language or settings.town.language))
    source = made.path.with_suffix(".alaw") if output.suffix == ".alaw" else made.path.with_suffix(".master.wav")
    try:
        shutil.copyfile(source, output)
    except OSError as error:
        raise InputError(f"{output}: {error.strerror}", mend="give a path that can be written") from error
    if json:
        print_json({"file": str(output), "seconds": made.seconds, "words": made.words})
    else:
        typer.echo(f"{output}: {made.seconds:.1f} s")


async def _render(settings: Settings, text: str, language: str) -> Rendering:
    return await configured_library(settings.speech).render(text, language)


@app.command()
def call(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Whom to ring; national or +… form.")],
    text: Annotated[str, typer.Option(help="What to say.")],
    json: JsonOption = False,
) -> None:
    """Ring one number once and say a text: a first try of trunk and voice. Leaves nothing in the store."""
    show_report(run_async(_call(settings_of(context), number, text)), settings_of(context), json=json)


async def _call(settings: Settings, number: str, text: str) -> Report:
    """The whole way of an announcement, on a store that is thrown away."""
    require_complete(settings)
    phone = parse_phone(number, settings.town.country)
    if not phone.number.startswith(settings.prefixes):
        raise InputError(f"no trunk may dial {mask(phone.number)}", mend="add its beginning to a trunk's prefixes")
    with tempfile.TemporaryDirectory(prefix="hlasatel-call-") as folder:
        alone = _for_one_call(settings, Path(folder))
        async with opened(alone.store.url) as store:
            await migrate(store)
            async with store.writing() as session:
                await store_topics(session, default_topics())
                topic = next(iter(default_topics().topics))
                await register(
                    session,
                    Person(name="call", phones=(phone.number,), topics=(topic,), channels=(Channel.VOICE,)),
                    Proof(ConsentWay.IN_PERSON, "call-1", "hlasatel call"),
                    country=settings.town.country,
                    now=utc_now(),
                )
            draft = Draft(
                AudienceRule(topics=(topic,)),
                text=text,
                title="hlasatel call",
                language=settings.town.language,
                priority=Priority.CRISIS,
            )
            library = configured_library(alone.speech)
            announcement_id = await launch(
                store, await prepare(store, library, draft, alone.prefixes, utc_now()), utc_now()
            )
            async with open_service(alone) as service:
                await service.run(until_done=True)
            async with store.reading() as session:
                return await report(session, announcement_id)


def _for_one_call(settings: Settings, folder: Path) -> Settings:
    """The same town and trunks, a store of its own, no retries, any free FastAGI port."""
    once = settings.dialer.retries.model_copy(update={"not_reached_tries": 1, "not_heard_tries": 1})
    return settings.model_copy(
        update={
            "store": settings.store.model_copy(update={"url": f"sqlite:///{folder}/call.db"}),
            "dialer": settings.dialer.model_copy(update={"retries": once}),
            "asterisk": settings.asterisk.model_copy(update={"agi_port": 0}),
        }
    )
