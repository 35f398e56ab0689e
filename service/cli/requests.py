"""Commands about registrations by phone that a clerk finishes: list, show, complete, reject."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.acting import ByOption, acting
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.following import LARGEST_ID
from service.cli.moments import shown
from service.cli.output import print_json, results, table
from service.clock import utc_now
from service.current import current_store
from service.settings import Settings
from store.callers import RegistrationRequest, RequestReason
from store.errors import InputError
from subscribers.proposals import from_json
from subscribers.requests import complete_request, find_request, list_requests, reject_request

group = typer.Typer(help="Registrations by phone that wait for a clerk.", no_args_is_help=True)
app.add_typer(group, name="requests")

WHY: Mapping[RequestReason, str] = {
    RequestReason.STUCK: "did not get on by keys and left a recording",
    RequestReason.HUNG_UP: "hung up before the end",
    RequestReason.NOT_PROVED: "did not confirm when called back",
    RequestReason.NAME: "is registered; the recording says the name",
}


def possible_id(request_id: int) -> int:
    if not 1 <= request_id <= LARGEST_ID:
        raise InputError(f"there is no request {request_id}", mend="see: hlasatel requests list")
    return request_id


IdArgument = Annotated[
    int, typer.Argument(metavar="ID", callback=possible_id, help="Request, as `hlasatel requests list` shows it.")
]


@group.command("list")
def list_command(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", metavar="", help="Also those closed already.")] = False,
    json: JsonOption = False,
) -> None:
    """Registrations that wait for a clerk, oldest first."""
    settings = settings_of(context)
    found = run_async(_list(settings, closed=everything))
    if json:
        print_json([_as_json(request, settings) for request in found])
        return
    columns = ("id", "called", "number", "state", "the caller")
    rows = [
        (one.id, shown(one.created_at, settings.town.zone), one.number or "withheld", one.state, WHY[one.reason])
        for one in found
    ]
    results.print(table("Registration requests", columns, rows))


@group.command("show")
def show_command(context: typer.Context, request_id: IdArgument, json: JsonOption = False) -> None:
    """What the caller has told, and the file of what they said."""
    settings = settings_of(context)
    request = run_async(_show(settings, request_id))
    if json:
        print_json(_as_json(request, settings))
        return
    zone = settings.town.zone
    closed = f" by {request.closed_by}, {shown(request.closed_at, zone)}" if request.closed_at else ""
    recording = _recording(request, settings)
    rows = [
        ("called", f"{shown(request.created_at, zone)}, call {request.call_id}"),
        ("number", request.number or "withheld"),
        ("the caller", WHY[request.reason]),
        ("state", f"{request.state}{closed} {request.note or ''}".strip()),
        ("recording", recording or "none"),
        *((field, _written(value)) for field, value in request.told.items() if value),
    ]
    results.print(table(f"Request {request.id}", ("what", ""), rows, unbroken=("what",)))


@group.command("complete")
def complete_command(
    context: typer.Context,
    request_id: IdArgument,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="First name and last name.")] = None,
    phone: Annotated[str | None, typer.Option(metavar="NUMBER", help="Else the number of the request.")] = None,
    town_part: Annotated[str | None, typer.Option(metavar="NAME", help="Part of the town.")] = None,
    street: Annotated[str | None, typer.Option(metavar="NAME", help="Street.")] = None,
    house_number: Annotated[str | None, typer.Option(metavar="NUMBER", help="Such as 123 or 123/4a.")] = None,
    birth_year: Annotated[int | None, typer.Option(metavar="YEAR", help="Year of birth.")] = None,
    package: Annotated[list[str] | None, typer.Option(metavar="PACKAGE", help="Number or name; repeated.")] = None,
    topic: Annotated[list[str] | None, typer.Option(metavar="TOPIC", help="Code or name; repeated.")] = None,
    by: ByOption = None,
    json: JsonOption = False,
) -> None:
    """Register the caller, who has agreed to it: with what they told, and with what is given here in its place."""
    given: dict[str, Any] = {
        "name": name,
        "phones": phone and (phone,),
        "town_part": town_part,
        "street": street,
        "house_number": house_number,
        "birth_year": birth_year,
        "packages": package and tuple(package),
        "topics": topic and tuple(topic),
    }
    told = {field: value for field, value in given.items() if value}
    subscriber_id = run_async(_complete(settings_of(context), request_id, told, by))
    if json:
        print_json({"request": request_id, "subscriber": subscriber_id})
    else:
        typer.echo(f"Request {request_id} is completed: subscriber {subscriber_id}.")


@group.command("reject")
def reject_command(
    context: typer.Context,
    request_id: IdArgument,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why nobody is registered.")],
    by: ByOption = None,
) -> None:
    """Close a request without registering anybody."""
    run_async(_reject(settings_of(context), request_id, reason, by))
    typer.echo(f"Request {request_id} is rejected.")


async def _list(settings: Settings, *, closed: bool) -> list[RegistrationRequest]:
    async with current_store(settings.store) as store, store.reading() as session:
        return list(await list_requests(session, closed=closed))


async def _show(settings: Settings, request_id: int) -> RegistrationRequest:
    async with current_store(settings.store) as store, store.reading() as session:
        return await find_request(session, request_id)


async def _complete(settings: Settings, request_id: int, given: Mapping[str, Any], by: str | None) -> int:
    async with current_store(settings.store) as store, store.writing() as session:
        request = await find_request(session, request_id)
        person = replace(from_json(request.told), **given)
        return await complete_request(
            session, request_id, person, await acting(session, by), country=settings.town.country, now=utc_now()
        )


async def _reject(settings: Settings, request_id: int, reason: str, by: str | None) -> None:
    async with current_store(settings.store) as store, store.writing() as session:
        await reject_request(session, request_id, reason, await acting(session, by), now=utc_now())


def _as_json(request: RegistrationRequest, settings: Settings) -> dict[str, object]:
    return {
        "id": request.id,
        "state": request.state,
        "reason": request.reason,
        "number": request.number,
        "call": request.call_id,
        "recording": _recording(request, settings),
        "told": request.told,
        "created_at": request.created_at,
        "closed_at": request.closed_at,
        "closed_by": request.closed_by,
        "subscriber": request.subscriber_id,
        "note": request.note,
    }


def _recording(request: RegistrationRequest, settings: Settings) -> Path | None:
    return None if request.recording is None else settings.hotline.recordings / request.recording


def _written(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
