"""Commands about trunks: list, and the kill switch off and on."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer
from pydantic import BaseModel
from rapidfuzz import process

from announcements.money import SHOWN, spent_today
from announcements.switches import ALL, switch_off, switch_on, switches
from dialer.trunk import Transport
from service.cli.acting import operator
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.moments import shown
from service.cli.output import print_json, results, table
from service.clock import utc_now
from service.current import current_store
from service.settings import Settings
from store.errors import UnknownName
from subscribers.audit import note

# 0 to 100 (rapidfuzz.fuzz.WRatio).
LEAST_LIKENESS = 60

trunks = typer.Typer(help="The ways out to the phone network.", no_args_is_help=True)
app.add_typer(trunks, name="trunks")

NameArgument = Annotated[str | None, typer.Argument(metavar="NAME", help="One trunk, as in the settings; else all.")]


class TrunkState(BaseModel):
    """One trunk as staff see it; money in the town's currency."""

    trunk: str
    host: str
    port: int
    transport: Transport
    lines: int
    weight: int
    # Since when it is switched off; None: it is on.
    off_since: datetime | None
    spent_today: Decimal
    # 0: no limit.
    daily_spend_cap: Decimal


@trunks.command("list")
def list_command(context: typer.Context, json: JsonOption = False) -> None:
    """All trunks of the settings: on or off, and what they spent today."""
    settings = settings_of(context)
    states = run_async(_states(settings))
    if json:
        print_json(states)
        return
    money = f"today, {settings.town.currency}"
    columns = ("trunk", "peer", "lines", "weight", "switch", money, "cap")
    results.print(table("Trunks", columns, [_row(state, settings) for state in states]))


@trunks.command("off")
def off_command(context: typer.Context, name: NameArgument = None) -> None:
    """Start no further call on a trunk, no further SMS by a carrier, or nothing at all; calls in progress go on.
    Running services obey within a second.
    """
    settings = settings_of(context)
    run_async(_off(settings, known(name, settings)))
    typer.echo(f"{_named(name)} off. Back with: hlasatel trunks on{f' {name}' if name else ''}")


@trunks.command("on")
def on_command(context: typer.Context, name: NameArgument = None) -> None:
    """Start calls again on a trunk, or on all."""
    settings = settings_of(context)
    run_async(_on(settings, known(name, settings)))
    typer.echo(f"{_named(name)} on.")


def known(name: str | None, settings: Settings) -> str:
    """What a switch calls it. Raises UnknownName with the nearest names of the settings."""
    if name is None:
        return ALL
    names = [one.name for one in (*settings.trunks, *settings.sms)]
    if name not in names:
        nearest = process.extractOne(name, names, score_cutoff=LEAST_LIKENESS)
        mend = f"the settings have: {', '.join(names) or 'no trunk'}"
        raise UnknownName("trunk", name, [nearest[0]] if nearest else [], mend=mend)
    return name


async def _states(settings: Settings) -> list[TrunkState]:
    now, zone = utc_now(), settings.town.zone
    async with current_store(settings.store) as store, store.reading() as session:
        off = await switches(session)
        return [
            TrunkState(
                trunk=trunk.name,
                host=trunk.host,
                port=trunk.port,
                transport=trunk.transport,
                lines=trunk.lines,
                weight=trunk.weight,
                off_since=off.get(ALL, off.get(trunk.name)),
                spent_today=(await spent_today(session, trunk.name, now, zone)).quantize(SHOWN),
                daily_spend_cap=trunk.daily_spend_cap,
            )
            for trunk in settings.trunks
        ]


async def _off(settings: Settings, name: str) -> None:
    async with current_store(settings.store) as store, store.writing() as session:
        await switch_off(session, name, utc_now())
        await note(session, operator(), "switched off", _subject(name), utc_now())


async def _on(settings: Settings, name: str) -> None:
    async with current_store(settings.store) as store, store.writing() as session:
        await switch_on(session, name)
        await note(session, operator(), "switched on", _subject(name), utc_now())


def _subject(name: str) -> str:
    return "all trunks" if name == ALL else f"trunk {name}"


def _row(state: TrunkState, settings: Settings) -> tuple[object, ...]:
    switch = f"off since {shown(state.off_since, settings.town.zone)}" if state.off_since else "on"
    peer = f"{state.host}:{state.port} {state.transport}"
    return state.trunk, peer, state.lines, state.weight, switch, state.spent_today, state.daily_spend_cap or "none"


def _named(name: str | None) -> str:
    return f"Trunk {name} is" if name else "All trunks are"
