"""The command that shows the audit trail."""

from typing import Annotated

import typer

from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.moments import shown
from service.cli.output import print_json, results, table
from service.current import current_store
from service.settings import Settings
from store.staff import Audit
from subscribers.audit import trail


@app.command("audit")
def audit_command(
    context: typer.Context,
    of: Annotated[str | None, typer.Option(metavar="SUBJECT", help="Only of this, such as “announcement 12”.")] = None,
    most: Annotated[int, typer.Option(metavar="N", min=1, max=100_000, help="So many, the latest ones.")] = 1000,
    json: JsonOption = False,
) -> None:
    """Who did what, when, by which way; newest first."""
    settings = settings_of(context)
    found = run_async(_trail(settings, of, most))
    if json:
        print_json([_as_json(entry) for entry in found])
        return
    columns = ("when", "who", "way", "what", "to what", "call", "details")
    rows = [
        (
            shown(entry.at, settings.town.zone),
            entry.who,
            entry.way,
            entry.act,
            entry.subject,
            entry.call_id,
            entry.details,
        )
        for entry in found
    ]
    results.print(table("Audit trail", columns, rows))


async def _trail(settings: Settings, of: str | None, most: int) -> list[Audit]:
    async with current_store(settings.store) as store, store.reading() as session:
        return list(await trail(session, subject=of, most=most))


def _as_json(entry: Audit) -> dict[str, object]:
    return {column.key: getattr(entry, column.key) for column in Audit.__table__.columns}
