"""Commands about what people write to us: messages, messages show, messages leaflet."""

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from channels.incoming.history import Exchange, exchanges
from channels.incoming.leaflet import leaflet
from channels.incoming.towns_book import load_book
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.output import print_json, results, table
from service.clock import utc_now
from service.current import current_store
from service.settings import Settings
from store.errors import InputError
from subscribers.phones import mask, parse_phone

messages = typer.Typer(help="What people wrote to us by SMS, and what they were answered.")
app.add_typer(messages, name="messages")

NumbersOption = Annotated[bool, typer.Option("--numbers", metavar="", help="Show whole phone numbers.")]
# What a table shows of one message.
SHOWN_LETTERS = 300


@messages.callback(invoke_without_command=True)
def list_command(
    context: typer.Context,
    subscriber: Annotated[int | None, typer.Option(metavar="ID", help="What concerned this subscriber.")] = None,
    phone: Annotated[str | None, typer.Option(metavar="NUMBER", help="What came from this number.")] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=10_000, help="So many, the newest first.")] = 50,
    numbers: NumbersOption = False,
    json: JsonOption = False,
) -> None:
    """What came and what was answered, the newest first."""
    if context.invoked_subcommand is not None:
        return
    settings = settings_of(context)
    number = parse_phone(phone, settings.town.country).number if phone else None
    found = run_async(_exchanges(settings, subscriber_id=subscriber, number=number, limit=limit))
    if json:
        print_json([_masked(one, numbers) for one in found])
        return
    rows = [_row(_masked(one, numbers), settings.town.zone) for one in found]
    columns = ("id", "came", "from", "message", "result", "answer")
    results.print(table("Messages", columns, rows, unbroken=("came", "from")))


@messages.command("show")
def show_command(
    context: typer.Context,
    message: Annotated[int, typer.Argument(metavar="ID")],
    numbers: NumbersOption = False,
    json: JsonOption = False,
) -> None:
    """One message, whole."""
    found = run_async(_exchanges(settings_of(context), message_id=message))
    if not found:
        raise InputError(f"no message has id {message}", mend="see: hlasatel messages")
    one = _masked(found[0], numbers)
    if json:
        print_json(one)
        return
    results.print(table(f"Message {one.id}", ("what", ""), [(k, "" if v is None else v) for k, v in one]))


@messages.command("leaflet")
def leaflet_command(
    context: typer.Context,
    phone: Annotated[str, typer.Option(metavar="NUMBER", help="The number that people write to.")] = "",
) -> None:
    """The text of a leaflet in Czech: what to send, with this town's topics and packages."""
    typer.echo(run_async(_leaflet(settings_of(context), phone)))


async def _exchanges(
    settings: Settings,
    *,
    message_id: int | None = None,
    subscriber_id: int | None = None,
    number: str | None = None,
    limit: int = 1,
) -> list[Exchange]:
    async with current_store(settings.store) as store, store.reading() as session:
        return await exchanges(session, message_id=message_id, subscriber_id=subscriber_id, number=number, limit=limit)


async def _leaflet(settings: Settings, phone: str) -> str:
    async with current_store(settings.store) as store, store.reading() as session:
        book = await load_book(session, settings.town.name, settings.town.country, utc_now().year)
    return leaflet(book, phone)


def _masked(one: Exchange, numbers: bool) -> Exchange:
    if numbers or not one.sender.startswith("+"):
        return one
    return one.model_copy(update={"sender": mask(one.sender)})


def _row(one: Exchange, zone: ZoneInfo) -> tuple[object, ...]:
    text = one.text if one.bytes is None else f"({one.bytes} bytes, no text)"
    answer = one.answer or "-"
    if one.answer_state is not None and one.answer_state != "sent":
        answer += f" ({one.answer_state})"
    came = f"{one.received_at.astimezone(zone):%Y-%m-%d %H:%M}"
    return one.id, came, one.sender, text[:SHOWN_LETTERS], one.result or one.state, answer
