"""Commands that control an announcement under way: pause, resume, stop."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.control import pause, resume, stop
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.following import IdArgument
from service.cli.output import print_json
from service.current import current_store
from service.service import utc_now
from service.settings import Settings
from store.work import Announcement

Step = Callable[[AsyncSession], Awaitable[Announcement]]


@app.command("pause")
def pause_command(context: typer.Context, announcement_id: IdArgument, json: JsonOption = False) -> None:
    """Start no further call of an announcement until it is resumed; calls in progress end by themselves."""
    _take(context, partial(pause, announcement_id=announcement_id), json=json)


@app.command("resume")
def resume_command(context: typer.Context, announcement_id: IdArgument, json: JsonOption = False) -> None:
    """Go on with a paused announcement where it was paused."""
    _take(context, partial(resume, announcement_id=announcement_id, now=utc_now()), json=json)


@app.command("stop")
def stop_command(
    context: typer.Context,
    announcement_id: IdArgument,
    cut: Annotated[
        bool, typer.Option("--cut", metavar="", help="Hang up calls in progress; else they end by themselves.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Start no further call of an announcement, retries included."""
    _take(context, partial(stop, announcement_id=announcement_id, now=utc_now(), cut=cut), json=json)


def _take(context: typer.Context, step: Step, *, json: bool) -> None:
    announcement = run_async(_in_store(settings_of(context), step))
    if json:
        print_json({"id": announcement.id, "state": announcement.state})
    else:
        typer.echo(f"Announcement {announcement.id} is {announcement.state}.")


async def _in_store(settings: Settings, step: Step) -> Announcement:
    async with current_store(settings.store) as store, store.writing() as session:
        return await step(session)
