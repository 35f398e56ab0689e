"""Commands about announcements: announce, stop, report, list."""

import asyncio
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from announcements.audience import build_rule
from announcements.control import stop
from announcements.forecast import Capacity, Forecast, forecast
from announcements.launch import Draft, Prepared, launch, prepare
from announcements.report import Report, report, summaries
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.output import errors, print_json, results, table
from service.cli.people import read_file, write_file
from service.cli.reporting import as_csv, report_tables
from service.service import require_complete, utc_now
from service.settings import Settings
from store.database import Store, opened
from store.errors import InputError
from store.migrate import require_current
from store.states import LIVE_ANNOUNCEMENT_STATES, Priority
from store.work import Announcement
from tts.speech import configured_library

WAIT_SECONDS = 0.5
HINT_SECONDS = 10.0


class PriorityWord(StrEnum):
    CRISIS = "crisis"
    URGENT = "urgent"
    NORMAL = "normal"


IdArgument = Annotated[int, typer.Argument(metavar="ID", help="Announcement, as `hlasatel list` shows it.")]


@app.command()
def announce(
    context: typer.Context,
    text: Annotated[str | None, typer.Option(help="What to say.")] = None,
    text_file: Annotated[Path | None, typer.Option(help="File with what to say, UTF-8.")] = None,
    audio: Annotated[Path | None, typer.Option(help="A recording to play instead (WAV; MP3, OGG with ffmpeg).")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="Topic, code or name; may be repeated.")] = None,
    package: Annotated[list[str] | None, typer.Option(help="Package of topics, number or name.")] = None,
    title: Annotated[str, typer.Option(help="Short name for lists; else the first words.")] = "",
    part: Annotated[list[str] | None, typer.Option(help="Town part; may be repeated.")] = None,
    street: Annotated[
        list[str] | None, typer.Option(help='Street, or "Tyršova:1-20" for house numbers; may be repeated.')
    ] = None,
    age_from: Annotated[int | None, typer.Option(min=0, max=130)] = None,
    age_to: Annotated[int | None, typer.Option(min=0, max=130)] = None,
    language: Annotated[str | None, typer.Option(help="Only people of this language, and its voice.")] = None,
    group: Annotated[list[str] | None, typer.Option(help="Only people of this group; may be repeated.")] = None,
    priority: Annotated[PriorityWord, typer.Option()] = PriorityWord.NORMAL,
    not_before: Annotated[str | None, typer.Option(metavar="ISO", help="Start of the window.")] = None,
    not_after: Annotated[str | None, typer.Option(metavar="ISO", help="End of the window.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell whom it reaches; call nobody.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the end and print the report.")] = False,
    json: JsonOption = False,
) -> None:
    """Announce to everyone it concerns. A running service (`hlasatel run`) starts within a second."""
    settings = settings_of(context)
    require_complete(settings)
    if text_file is not None:
        if text is not None:
            raise InputError("both --text and --text-file were given", mend="give one of them")
        text = decoded(text_file)

    async def work() -> None:
        async with opened(settings.store.url) as store:
            await require_current(store)
            async with store.reading() as session:
                rule = await build_rule(
                    session,
                    topics=topic or [],
                    packages=package or [],
                    town_parts=part or [],
                    streets=street or [],
                    age_from=age_from,
                    age_to=age_to,
                    language=language,
                    groups=group or [],
                )
            draft = Draft(
                rule=rule,
                text=text,
                audio=audio,
                title=title,
                language=language or settings.town.language,
                priority=Priority[priority.name],
                not_before=moment(not_before, "--not-before", settings),
                not_after=moment(not_after, "--not-after", settings),
            )
            library = configured_library(settings.speech)
            prepared = await prepare(store, library, draft, settings.prefixes, utc_now())
            if dry_run:
                show_forecast(forecast_of(prepared, settings), settings, json=json)
                return
            announcement_id = await launch(store, prepared, utc_now())
            if wait:
                show_report(await wait_for_end(store, announcement_id), settings, json=json)
            elif json:
                print_json({"id": announcement_id, "people": prepared.reach.people, "lines": prepared.reach.lines})
            else:
                typer.echo(
                    f"Announcement {announcement_id}: {prepared.reach.people} people on {prepared.reach.lines} lines. "
                    f"Follow it with: hlasatel report {announcement_id}"
                )

    run_async(work())


@app.command("stop")
def stop_command(context: typer.Context, announcement_id: IdArgument, json: JsonOption = False) -> None:
    """Start no further call of an announcement, retries included; calls in progress end by themselves."""

    async def work() -> None:
        async with opened(settings_of(context).store.url) as store:
            await require_current(store)
            async with store.writing() as session:
                stopped = await stop(session, announcement_id, utc_now())
                answer = {"id": stopped.id, "state": stopped.state.value}
        if json:
            print_json(answer)
        else:
            typer.echo(f"Announcement {announcement_id} is stopped.")

    run_async(work())


@app.command("report")
def report_command(
    context: typer.Context,
    announcement_id: IdArgument,
    json: JsonOption = False,
    csv: Annotated[str | None, typer.Option("--csv", metavar="FILE", help="Write CSV; - for standard output.")] = None,
) -> None:
    """Who heard an announcement, who did not, and how every call ended."""
    settings = settings_of(context)

    async def work() -> Report:
        async with opened(settings.store.url) as store:
            await require_current(store)
            async with store.reading() as session:
                return await report(session, announcement_id)

    made = run_async(work())
    if csv == "-":
        typer.echo(as_csv(made), nl=False)
    elif csv is not None:
        write_file(Path(csv), as_csv(made).encode("utf-8-sig"))
    else:
        show_report(made, settings, json=json)


@app.command("list")
def list_command(context: typer.Context, json: JsonOption = False) -> None:
    """All announcements, newest first."""
    settings = settings_of(context)

    async def work() -> list[Announcement]:
        async with opened(settings.store.url) as store:
            await require_current(store)
            async with store.reading() as session:
                return await summaries(session)

    found = run_async(work())
    if json:
        print_json(
            [
                {
                    "id": one.id,
                    "title": one.title,
                    "state": one.state,
                    "priority": one.priority.name.lower(),
                    "created_at": one.created_at.isoformat(),
                }
                for one in found
            ]
        )
        return
    rows = [(one.id, shown(one.created_at, settings), one.priority.name.lower(), one.state, one.title) for one in found]
    results.print(table("Announcements", ("id", "launched", "priority", "state", "title"), rows))


async def wait_for_end(store: Store, announcement_id: int) -> Report:
    """Wait until a running service has brought the announcement to its end."""
    waited = 0.0
    while True:
        async with store.reading() as session:
            made = await report(session, announcement_id)
        if made.state not in LIVE_ANNOUNCEMENT_STATES and not made.totals.sending:
            return made
        if made.totals.attempts == 0 and waited < HINT_SECONDS <= waited + WAIT_SECONDS:
            errors.print("No call yet. Does `hlasatel run` run?", style="yellow")
        await asyncio.sleep(WAIT_SECONDS)
        waited += WAIT_SECONDS


def forecast_of(prepared: Prepared, settings: Settings) -> Forecast:
    trunks = [Capacity(trunk.calls_per_second, trunk.lines) for trunk in settings.trunks]
    starts_at = max(prepared.draft.not_before or utc_now(), utc_now())
    return forecast(prepared.reach, prepared.rendering.seconds, trunks, starts_at)


def show_forecast(made: Forecast, settings: Settings, *, json: bool) -> None:
    if json:
        print_json(made.__dict__)
        return
    rows = [
        ("people", made.people),
        ("lines to ring", made.lines),
        ("concerned, but without a line", made.without_line),
        ("seconds of speech a call", made.message_seconds),
        ("minutes of speech in all", made.minutes),
        ("starts", shown(made.starts_at, settings)),
        ("done, if everybody answers, about", shown(made.ends_at, settings)),
    ]
    results.print(table("Dry run: nobody was called", ("what", "how much"), rows))


def show_report(made: Report, settings: Settings, *, json: bool) -> None:
    if json:
        print_json(made)
    else:
        results.print(*report_tables(made, settings.town.zone))


def moment(text: str | None, option: str, settings: Settings) -> datetime | None:
    """An ISO 8601 moment; without an offset it is in the town's zone. Raises InputError."""
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{option}: {text!r} is no moment", mend="write 2026-11-24T18:00") from error
    return read if read.tzinfo else read.replace(tzinfo=settings.town.zone)


def shown(at: datetime, settings: Settings) -> str:
    return at.astimezone(settings.town.zone).strftime("%d.%m.%Y %H:%M")


def decoded(file: Path) -> str:
    """Text of a UTF-8 file. Raises InputError."""
    try:
        return read_file(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: not UTF-8 at byte {error.start}", mend="save it as UTF-8") from error
