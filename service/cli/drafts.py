"""Commands about announcements that wait for approval: list, show, listen, approve, reject."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from announcements.drafts import approve, drafts, find_draft, reach_of, reject, written
from announcements.reach import Reach
from announcements.wording import rule_in_words
from service.cli.acting import ByOption, acting
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.following import LARGEST_ID
from service.cli.listening import give
from service.cli.moments import shown
from service.cli.output import print_json, results, table
from service.clock import utc_now
from service.current import current_store
from service.settings import Settings, require_complete
from store.errors import InputError
from store.staff import SavedDraft
from tts.export import check_suffix
from tts.library import Rendering
from tts.speech import configured_library

group = typer.Typer(help="Announcements that wait for approval.", no_args_is_help=True)
app.add_typer(group, name="drafts")


def possible_id(draft_id: int) -> int:
    if not 1 <= draft_id <= LARGEST_ID:
        raise InputError(f"no draft {draft_id}", mend="see: hlasatel drafts list --all")
    return draft_id


IdArgument = Annotated[
    int, typer.Argument(metavar="ID", callback=possible_id, help="Draft, as `hlasatel drafts list` shows it.")
]


@group.command("list")
def list_command(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", metavar="", help="Also those decided already.")] = False,
    json: JsonOption = False,
) -> None:
    """Announcements that wait for approval, oldest first."""
    settings = settings_of(context)
    found = run_async(_list(settings, decided=everything))
    if json:
        print_json([_summary(saved) for saved in found])
        return
    columns = ("id", "drafted", "by", "priority", "state", "title")
    rows = [
        (
            saved.id,
            shown(saved.created_at, settings.town.zone),
            saved.author,
            saved.priority.name.lower(),
            saved.state,
            saved.title,
        )
        for saved in found
    ]
    results.print(table("Drafts", columns, rows))


@group.command("show")
def show_command(context: typer.Context, draft_id: IdArgument, json: JsonOption = False) -> None:
    """The whole of a draft: its words, whom it concerns, and how many it would reach now."""
    settings = settings_of(context)
    saved, whom, reach = run_async(_show(settings, draft_id))
    draft = written(saved)
    if json:
        told = {"text": draft.text, "audience": whom, "not_before": draft.not_before, "not_after": draft.not_after}
        print_json({**_summary(saved), **told, "reach": reach})
        return
    zone = settings.town.zone
    decided = f"{saved.state} by {saved.decided_by}, {shown(saved.decided_at, zone)}" if saved.decided_at else "waits"
    rows = [
        ("title", saved.title),
        ("by", f"{saved.author}, {shown(saved.created_at, zone)}"),
        ("state", f"{decided} {saved.reason}".strip()),
        ("priority", saved.priority.name.lower()),
        ("whom", whom),
        ("people", f"{reach.people} on {reach.lines} lines; {reach.without_line} without one"),
        ("from", _moment(draft.not_before, settings)),
        ("until", _moment(draft.not_after, settings)),
        ("text", draft.text or f"a recording of {saved.message_seconds:.0f} s: hlasatel drafts listen {saved.id}"),
    ]
    results.print(table(f"Draft {saved.id}", ("what", ""), rows))


@group.command("listen")
def listen_command(
    context: typer.Context,
    draft_id: IdArgument,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it here.")] = None,
) -> None:
    """Hear what the phones would hear, on this machine's loudspeaker, or write it to a file."""
    if output is not None:
        check_suffix(output)
    made = run_async(_listen(settings_of(context), draft_id, output))
    if output is not None:
        typer.echo(f"{output}: {made.seconds:.1f} s")


@group.command("approve")
def approve_command(
    context: typer.Context, draft_id: IdArgument, by: ByOption = None, json: JsonOption = False
) -> None:
    """Launch a draft, with the sound that `listen` plays."""
    settings = settings_of(context)
    require_complete(settings)
    announcement_id = run_async(_approve(settings, draft_id, by))
    if json:
        print_json({"id": announcement_id, "draft": draft_id})
    else:
        typer.echo(f"Announcement {announcement_id}. Follow it with: hlasatel report {announcement_id}")


@group.command("reject")
def reject_command(
    context: typer.Context,
    draft_id: IdArgument,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for its author.")],
    by: ByOption = None,
) -> None:
    """Nobody is called with a draft."""
    saved = run_async(_reject(settings_of(context), draft_id, by, reason))
    typer.echo(f"Draft {saved.id} is {saved.state}.")


async def _list(settings: Settings, *, decided: bool) -> list[SavedDraft]:
    async with current_store(settings.store) as store, store.reading() as session:
        return list(await drafts(session, decided=decided))


async def _show(settings: Settings, draft_id: int) -> tuple[SavedDraft, str, Reach]:
    async with current_store(settings.store) as store, store.reading() as session:
        saved = await find_draft(session, draft_id)
        whom = await rule_in_words(session, written(saved).rule)
        return saved, whom, await reach_of(session, saved, settings.ways, utc_now())


async def _listen(settings: Settings, draft_id: int, output: Path | None) -> Rendering:
    async with current_store(settings.store) as store, store.reading() as session:
        saved = await find_draft(session, draft_id)
    made = await configured_library(settings.speech).again(saved.rendering)
    await give(made, output)
    return made


async def _approve(settings: Settings, draft_id: int, by: str | None) -> int:
    async with current_store(settings.store) as store:
        async with store.reading() as session:
            who = await acting(session, by)
        library = configured_library(settings.speech)
        return await approve(store, library, draft_id, who, settings.ways, utc_now())


async def _reject(settings: Settings, draft_id: int, by: str | None, reason: str) -> SavedDraft:
    async with current_store(settings.store) as store, store.writing() as session:
        return await reject(session, draft_id, await acting(session, by), reason, utc_now())


def _moment(at: datetime | None, settings: Settings) -> str:
    return shown(at, settings.town.zone) if at else "any time"


def _summary(saved: SavedDraft) -> dict[str, object]:
    return {
        "id": saved.id,
        "title": saved.title,
        "state": saved.state,
        "priority": saved.priority.name.lower(),
        "author": saved.author,
        "created_at": saved.created_at,
        "seconds": saved.message_seconds,
        "decided_at": saved.decided_at,
        "decided_by": saved.decided_by,
        "reason": saved.reason,
        "announcement": saved.announcement_id,
    }
