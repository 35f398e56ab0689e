"""Commands about announcements that were launched: stop, report, list; and waiting for one's end."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from announcements.control import stop
from announcements.report import Report, report, summaries
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.files import write_file
from service.cli.moments import shown
from service.cli.output import errors, print_json, results, table
from service.cli.reporting import as_csv, report_tables
from service.current import current_store
from service.service import utc_now
from service.settings import Settings
from store.database import Store
from store.errors import InputError
from store.states import LIVE_ANNOUNCEMENT_STATES, AnnouncementState
from store.work import Announcement

LARGEST_ID = 2**31 - 1  # what an integer column of PostgreSQL holds
WAIT_SECONDS = 0.5
HINT_SECONDS = 3.0


def _possible(announcement_id: int) -> int:
    if not 1 <= announcement_id <= LARGEST_ID:
        raise InputError(f"no announcement {announcement_id}", mend="see: hlasatel list")
    return announcement_id


IdArgument = Annotated[
    int, typer.Argument(metavar="ID", callback=_possible, help="Announcement, as `hlasatel list` shows it.")
]


@app.command("stop")
def stop_command(context: typer.Context, announcement_id: IdArgument, json: JsonOption = False) -> None:
    """Start no further call of an announcement, retries included; calls in progress end by themselves."""
    stopped = run_async(_stop(settings_of(context), announcement_id))
    if json:
        print_json({"id": stopped.id, "state": stopped.state})
    else:
        typer.echo(f"Announcement {announcement_id} is stopped.")


async def _stop(settings: Settings, announcement_id: int) -> Announcement:
    async with current_store(settings.store) as store, store.writing() as session:
        return await stop(session, announcement_id, utc_now())


@app.command("report")
def report_command(
    context: typer.Context,
    announcement_id: IdArgument,
    json: JsonOption = False,
    csv: Annotated[str | None, typer.Option("--csv", metavar="FILE", help="Write CSV; - for standard output.")] = None,
) -> None:
    """Who heard an announcement, who did not, and how every call ended."""
    if json and csv is not None:
        raise InputError("both --json and --csv were given", mend="give one of them")
    settings = settings_of(context)
    made = run_async(_report(settings, announcement_id))
    if csv is None:
        show_report(made, settings, json=json)
    elif csv == "-":
        typer.echo(as_csv(made), nl=False)
    else:
        write_file(Path(csv), as_csv(made).encode("utf-8-sig"))


async def _report(settings: Settings, announcement_id: int) -> Report:
    async with current_store(settings.store) as store, store.reading() as session:
        return await report(session, announcement_id)


@app.command("list")
def list_command(context: typer.Context, json: JsonOption = False) -> None:
    """All announcements, newest first."""
    settings = settings_of(context)
    found = run_async(_list(settings))
    if json:
        print_json([_summary(one) for one in found])
        return
    zone = settings.town.zone
    rows = [(one.id, shown(one.created_at, zone), one.priority.name.lower(), one.state, one.title) for one in found]
    results.print(table("Announcements", ("id", "launched", "priority", "state", "title"), rows))


async def _list(settings: Settings) -> list[Announcement]:
    async with current_store(settings.store) as store, store.reading() as session:
        return await summaries(session)


def _summary(one: Announcement) -> dict[str, object]:
    return {
        "id": one.id,
        "title": one.title,
        "state": one.state,
        "priority": one.priority.name.lower(),
        "created_at": one.created_at,
    }


def show_report(made: Report, settings: Settings, *, json: bool) -> None:
    if json:
        print_json(made)
    else:
        results.print(*report_tables(made, settings.town.zone))


async def wait_for_end(store: Store, announcement_id: int) -> Report:
    """Wait until a running service has brought the announcement to its end."""
    waited = 0.0
    while True:
        async with store.reading() as session:
            made = await report(session, announcement_id)
        if made.state not in LIVE_ANNOUNCEMENT_STATES and not made.totals.sending:
            return made
        await asyncio.sleep(WAIT_SECONDS)
        # One that is scheduled for later has no call yet by right.
        if made.state is AnnouncementState.RUNNING and made.totals.attempts == 0:
            waited += WAIT_SECONDS
            if waited == HINT_SECONDS:
                errors.print("No call yet. Does `hlasatel run` run?", style="yellow")
