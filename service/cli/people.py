"""Commands about people and places: import, export, places import."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.output import print_json
from service.service import utc_now
from service.settings import Settings
from store.database import opened
from store.errors import InputError
from store.migrate import require_current
from subscribers.csv_export import export_subscribers
from subscribers.csv_import import PeopleImported, import_subscribers
from subscribers.phones import kind_in_words
from subscribers.ruian import PlacesImported, import_places

places = typer.Typer(help="Town parts, streets and house numbers.", no_args_is_help=True)
app.add_typer(places, name="places")

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="CSV file.")]


@app.command("import")
def import_command(context: typer.Context, file: FileArgument, json: JsonOption = False) -> None:
    """Import subscribers from CSV: all rows or none; the same file again changes nothing."""
    done = run_async(_import_people(settings_of(context), file))
    if json:
        print_json(
            {
                "added": done.added,
                "changed": done.changed,
                "unchanged": done.unchanged,
                "left": done.left,
                "phones": {kind.value: count for kind, count in done.phones.items()},
            }
        )
        return
    kinds = ", ".join(f"{count} {kind_in_words(kind)}" for kind, count in sorted(done.phones.items()))
    typer.echo(f"{file}: {done.added} added, {done.changed} changed, {done.unchanged} unchanged; phones: {kinds}")
    if done.left:
        lines = ", ".join(map(str, done.left_lines))
        typer.echo(f"{done.left} unsubscribed earlier and were left so (line {lines}); they may register again.")


async def _import_people(settings: Settings, file: Path) -> PeopleImported:
    data = read_file(file)
    async with opened(settings.store.url) as store:
        await require_current(store)
        async with store.writing() as session:
            return await import_subscribers(
                session,
                data,
                file.name,
                country=settings.town.country,
                language=settings.town.language,
                now=utc_now(),
            )


@app.command("export")
def export_command(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV file to write; - for standard output.")],
) -> None:
    """Export all subscribers as CSV, in the form that import reads."""
    text = run_async(_export_people(settings_of(context)))
    if file == "-":
        sys.stdout.write(text)
    else:
        write_file(Path(file), text.encode())


async def _export_people(settings: Settings) -> str:
    async with opened(settings.store.url) as store:
        await require_current(store)
        async with store.reading() as session:
            return await export_subscribers(session)


@places.command("import")
def places_import(context: typer.Context, file: FileArgument, json: JsonOption = False) -> None:
    """Import the town's addresses from the CSV that the Czech address register (RÚIAN) publishes."""
    done = run_async(_import_places(settings_of(context), file))
    if json:
        print_json(done.__dict__)
    else:
        typer.echo(f"{file}: {done}")


async def _import_places(settings: Settings, file: Path) -> PlacesImported:
    data = read_file(file)
    async with opened(settings.store.url) as store:
        await require_current(store)
        async with store.writing() as session:
            return await import_places(session, data, file.name)


def read_file(file: Path) -> bytes:
    """Raises InputError where it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}", mend="give a file that can be read") from error


def write_file(file: Path, data: bytes) -> None:
    """Raises InputError where it cannot be written."""
    try:
        file.write_bytes(data)
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}", mend="give a path that can be written") from error
