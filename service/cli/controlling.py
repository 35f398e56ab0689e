"""Commands that control an announcement under way: pause, resume, stop."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.control import pause, resume, stop
from service.cli.acting import ByOption, acting
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.following import IdArgument
from service.cli.output import print_json
from service.clock import utc_now
from service.current import current_store
from service.settings import Settings
from store.work import Announcement
from subscribers.audit import note

Step = Callable[[AsyncSession], Awaitable[Announcement]]


@app.command("pause")
def pause_command(
    context: typer.Context, announcement_id: IdArgument, by: ByOption = None, json: JsonOption = False
) -> None:
    """Start no further call of an announcement until it is resumed; calls in progress end by themselves."""
    _take(context, partial(pause, announcement_id=announcement_id), "paused", by, json=json)


@app.command("resume")
def resume_command(
    context: typer.Context, announcement_id: IdArgument, by: ByOption = None, json: JsonOption = False
) -> None:
    """Go on with a paused announcement where it was paused."""
    _take(context, partial(resume, announcement_id=announcement_id, now=utc_now()), "resumed", by, json=json)


@app.command("stop")
def stop_command(
    context: typer.Context,
    announcement_id: IdArgument,
    cut: Annotated[
        bool, typer.Option("--cut", metavar="", help="Hang up calls in progress; else they end by themselves.")
    ] = False,
    by: ByOption = None,
    json: JsonOption = False,
) -> None:
    """Start no further call of an announcement, retries included."""
    step = partial(stop, announcement_id=announcement_id, now=utc_now(), cut=cut)
    _take(context, step, "cut" if cut else "stopped", by, json=json)


def _take(context: typer.Context, step: Step, act: str, by: str | None, *, json: bool) -> None:
    announcement = run_async(_in_store(settings_of(context), step, act, by))
    if json:
        print_json({"id": announcement.id, "state": announcement.state})
    else:
        typer.echo(f"Announcement {announcement.id} is {announcement.state}.")


async def _in_store(settings: Settings, step: Step, act: str, by: str | None) -> Announcement:
    async with current_store(settings.store) as store, store.writing() as session:
        announcement = await step(session)
        await note(session, await acting(session, by), act, f"announcement {announcement.id}", utc_now())
        return announcement
