"""Commands about people and places: import, export, pin, places import."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.acting import operator
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.files import read_file, write_file
from service.cli.output import print_json
from service.cli.pins import PinFileOption, PinOption, asked_pin
from service.clock import utc_now
from service.current import current_store
from service.settings import Settings
from subscribers.audit import note
from subscribers.csv_export import export_subscribers
from subscribers.csv_import import PeopleImported, import_subscribers
from subscribers.known import find_on_line, line_of, set_pin
from subscribers.phones import kind_in_words, parse_phone
from subscribers.pin_tries import pin_right
from subscribers.ruian import PlacesImported, import_places

places = typer.Typer(help="Town parts, streets and house numbers.", no_args_is_help=True)
app.add_typer(places, name="places")

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="CSV file.")]


@app.command("import")
def import_command(context: typer.Context, file: FileArgument, json: JsonOption = False) -> None:
    """Import subscribers from CSV: all rows or none; the same file again changes nothing."""
    done = run_async(_import_people(settings_of(context), file))
    if json:
        counts = {"added": done.added, "changed": done.changed, "unchanged": done.unchanged, "left": done.left}
        print_json({**counts, "phones": done.phones})
        return
    kinds = ", ".join(f"{count} {kind_in_words(kind)}" for kind, count in sorted(done.phones.items())) or "none"
    typer.echo(f"{file}: {done.added} added, {done.changed} changed, {done.unchanged} unchanged; phones: {kinds}")
    if done.left:
        lines = ", ".join(map(str, done.left_lines))
        typer.echo(f"{done.left} unsubscribed earlier and were left so (line {lines}); they may register again.")


async def _import_people(settings: Settings, file: Path) -> PeopleImported:
    data = read_file(file)
    async with current_store(settings.store) as store, store.writing() as session:
        return await import_subscribers(
            session,
            data,
            file.name,
            country=settings.town.country,
            language=settings.town.language,
            zone=settings.town.zone,
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
        typer.echo(text, nl=False)
    else:
        write_file(Path(file), text.encode())


async def _export_people(settings: Settings) -> str:
    async with current_store(settings.store) as store, store.reading() as session:
        return await export_subscribers(session, settings.town.zone)


@places.command("import")
def places_import(context: typer.Context, file: FileArgument, json: JsonOption = False) -> None:
    """Import the town's addresses from the CSV that the Czech address register (RÚIAN) publishes."""
    done = run_async(_import_places(settings_of(context), file))
    if json:
        print_json(done)
        return
    typer.echo(
        f"{file}: addresses: {done.added} added, {done.changed} changed, {done.unchanged} unchanged; "
        f"new town parts: {done.town_parts}, new streets: {done.streets}"
    )


async def _import_places(settings: Settings, file: Path) -> PlacesImported:
    data = read_file(file)
    async with current_store(settings.store) as store, store.writing() as session:
        return await import_places(session, data, file.name)


@app.command("pin")
def pin_command(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Phone number of the subscriber.")],
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Whose, where several are on that line.")] = None,
    pin: PinOption = False,
    pin_file: PinFileOption = None,
) -> None:
    """Give a subscriber a PIN, by which they change things on the phone; without --pin or --pin-file take it away."""
    hashed = asked_pin(pin_file, ask=pin)
    whose = run_async(_set_pin(settings_of(context), number, name, hashed))
    typer.echo(f"{whose}: {'no PIN' if hashed is None else 'the PIN is set'}.")


async def _set_pin(settings: Settings, number: str, name: str | None, pin_hash: str | None) -> str:
    line = parse_phone(number, settings.town.country).number
    async with current_store(settings.store) as store, store.writing() as session:
        subscriber_id, whose = await find_on_line(session, line, name)
        await set_pin(session, subscriber_id, pin_hash, utc_now())
        await pin_right(session, line_of(line))
        act = "took the PIN of" if pin_hash is None else "set the PIN of"
        await note(session, operator(), act, f"subscriber {subscriber_id}", utc_now())
        return whose
