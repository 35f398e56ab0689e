"""Commands about the library of renderings: list, gc, check."""

import typer

from announcements.renderings import needed_renderings
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.moments import shown
from service.cli.output import print_json, results, table
from service.clock import utc_now
from service.current import current_store
from service.settings import Settings
from service.sweeping import sweep_library
from tts.check import Fault, check
from tts.prompts import render_prompts
from tts.shelf import Entry
from tts.speech import configured_library
from tts.sweep import Swept

WORDS_SHOWN = 60  # letters
KEY_COLUMN = "key"

speech = typer.Typer(help="The library of renderings.", no_args_is_help=True)
app.add_typer(speech, name="speech")


@speech.command("list")
def list_command(context: typer.Context, json: JsonOption = False) -> None:
    """All renderings: how long, how large, when last used, and what they say; the last used one at the end."""
    settings = settings_of(context)
    entries = configured_library(settings.speech).shelf.entries()
    if json:
        print_json([_as_json(entry) for entry in entries])
        return
    columns = (KEY_COLUMN, "seconds", "kB", "last used", "language", "words")
    results.print(table("Renderings", columns, [_row(entry, settings) for entry in entries], unbroken=(KEY_COLUMN,)))
    megabytes = sum(entry.size for entry in entries) / 1e6
    results.print(f"{len(entries)} renderings, {megabytes:.1f} of {settings.speech.library_megabytes} MB")


@speech.command("gc")
def gc_command(context: typer.Context, json: JsonOption = False) -> None:
    """Bring the library down to its size: what nobody used for longest goes, never what an announcement needs."""
    swept = run_async(_sweep(settings_of(context)))
    if json:
        print_json(swept)
        return
    freed, kept = swept.freed_bytes / 1e6, swept.kept_bytes / 1e6
    typer.echo(f"{swept.removed} renderings removed, {freed:.1f} MB freed; {swept.kept} kept, {kept:.1f} MB.")


@speech.command("check")
def check_command(context: typer.Context, json: JsonOption = False) -> None:
    """Look whether every rendering is whole and sounds as a telephone line needs it; exit code 1 if not."""
    faults = run_async(_check(settings_of(context)))
    if json:
        print_json(faults)
    elif faults:
        rows = [(fault.key, fault.what) for fault in faults]
        results.print(table("Faults", (KEY_COLUMN, "fault"), rows, unbroken=(KEY_COLUMN,)))
    else:
        typer.echo("All renderings are well.")
    if faults:
        raise typer.Exit(1)


async def _sweep(settings: Settings) -> Swept:
    library = configured_library(settings.speech)
    # What a running service says in every call was rendered when it began, maybe weeks ago.
    prompts = await render_prompts(library, settings.town.language, {"town": settings.town.name})
    async with current_store(settings.store) as store:
        return await sweep_library(
            library, store, prompts.values(), settings.speech.most_bytes, settings.hotline.listening_days, utc_now()
        )


async def _check(settings: Settings) -> list[Fault]:
    library = configured_library(settings.speech)
    async with current_store(settings.store) as store, store.reading() as session:
        needed = await needed_renderings(session)
    return await check(library.shelf, library.forms, needed, utc_now())


def _row(entry: Entry, settings: Settings) -> tuple[object, ...]:
    words = entry.card.words or f"({entry.card.voice})"
    said = words if len(words) <= WORDS_SHOWN else f"{words[:WORDS_SHOWN]}…"
    used = shown(entry.used_at, settings.town.zone)
    return entry.key, f"{entry.card.seconds:.1f}", entry.size // 1000, used, entry.card.language or "–", said


def _as_json(entry: Entry) -> dict[str, object]:
    card = entry.card
    return {
        "key": entry.key,
        "seconds": card.seconds,
        "bytes": entry.size,
        "used_at": entry.used_at,
        "language": card.language,
        "voice": card.voice,
        "words": card.words,
    }
