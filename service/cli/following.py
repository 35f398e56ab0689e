"""Commands about announcements that were launched: report, list; and waiting for one's end."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from announcements.control import find_announcement
from announcements.progress import expected_end_of
from announcements.report import Report, report, summaries
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.files import write_file
from service.cli.moments import shown
from service.cli.output import errors, print_json, results, table
from service.cli.reporting import as_csv, report_tables
from service.clock import utc_now
from service.current import current_store
from service.settings import Settings
from store.database import Store
from store.errors import InputError
from store.states import LIVE_ANNOUNCEMENT_STATES, AnnouncementState
from store.work import Announcement

LARGEST_ID = 2**31 - 1  # what an integer column of PostgreSQL holds
WAIT_SECONDS = 0.5
HINT_SECONDS = 3.0


def possible_id(announcement_id: int) -> int:
    if not 1 <= announcement_id <= LARGEST_ID:
        raise InputError(f"no announcement {announcement_id}", mend="see: hlasatel list")
    return announcement_id


IdArgument = Annotated[
    int, typer.Argument(metavar="ID", callback=possible_id, help="Announcement, as `hlasatel list` shows it.")
]


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
    made, ends_at = run_async(_report(settings, announcement_id))
    if csv is None:
        show_report(made, settings, ends_at, json=json)
    elif csv == "-":
        typer.echo(as_csv(made), nl=False)
    else:
        write_file(Path(csv), as_csv(made).encode("utf-8-sig"))


async def _report(settings: Settings, announcement_id: int) -> tuple[Report, datetime | None]:
    """With the expected end."""
    async with current_store(settings.store) as store, store.reading() as session:
        made = await report(session, announcement_id)
        return made, await expected_end_of(
            session, await find_announcement(session, announcement_id), settings.calendar, utc_now()
        )


@app.command("list")
def list_command(context: typer.Context, json: JsonOption = False) -> None:
    """All announcements, newest first."""
    settings = settings_of(context)
    found = run_async(_list(settings))
    if json:
        print_json([_summary(one, ends_at) for one, ends_at in found])
        return
    zone = settings.town.zone
    rows = [
        (
            one.id,
            shown(one.created_at, zone),
            one.priority.name.lower(),
            one.state,
            shown(ends_at, zone) if ends_at else "",
            one.title,
        )
        for one, ends_at in found
    ]
    results.print(table("Announcements", ("id", "launched", "priority", "state", "done about", "title"), rows))


async def _list(settings: Settings) -> list[tuple[Announcement, datetime | None]]:
    """With the expected ends."""
    async with current_store(settings.store) as store, store.reading() as session:
        return [
            (one, await expected_end_of(session, one, settings.calendar, utc_now())) for one in await summaries(session)
        ]


def _summary(one: Announcement, ends_at: datetime | None) -> dict[str, object]:
    return {
        "id": one.id,
        "title": one.title,
        "state": one.state,
        "priority": one.priority.name.lower(),
        "created_at": one.created_at,
        "corrects": one.corrects_id,
        "expected_end": ends_at,
    }


def show_report(made: Report, settings: Settings, ends_at: datetime | None = None, *, json: bool) -> None:
    """``ends_at`` is when it will be over, where that is known."""
    if json:
        print_json({**made.model_dump(), "expected_end": ends_at})
        return
    if ends_at is not None:
        results.print(f"Done, as its calls went up to now, about {shown(ends_at, settings.town.zone)}.")
    results.print(*report_tables(made, settings.town.zone, settings.town.currency))


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
