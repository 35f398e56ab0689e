"""The demo command."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.live import Live
from rich.table import Table

from announcements.report import Totals
from lab.program import install_program
from lab.town import sample_town
from service.cli.app import JsonOption, app, run_async
from service.cli.output import errors, print_json, results, table
from service.cli.reporting import report_tables
from service.demo import Shown, demonstrate
from service.log import set_up_logging
from service.settings import Settings, cache_folder


@app.command()
def demo(
    json: JsonOption = False,
    keep: Annotated[bool, typer.Option("--keep", metavar="", help="Leave everything running until Ctrl-C.")] = False,
) -> None:
    """A simulated town is told by calls, SMS and e-mail. Exit 0 only if all ended as phones and mailboxes say."""
    folder = Path("var/demo").absolute() / datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    folder.mkdir(parents=True, exist_ok=True)
    shown = run_async(_demo(folder, keep=keep, json=json))
    if shown.differences:
        raise typer.Exit(1)


async def _demo(folder: Path, *, keep: bool, json: bool) -> Shown:
    errors.print("Getting Asterisk …")
    program = await install_program(cache_folder())
    errors.print(f"Asterisk {program.version}. Everything of this demo is in {folder}", soft_wrap=True)

    def reported(shown: Shown, settings: Settings) -> None:
        if not json:
            show_report(shown, settings)
            errors.print("Somebody with nothing but a landline calls the town and registers by keys …")

    async def linger(shown: Shown, settings: Settings) -> None:
        show_caller(shown, json=json)
        if keep:
            errors.print(f"Still running; AMI at 127.0.0.1:{settings.asterisk.ami_port}. Ctrl-C ends it.")
            await asyncio.Event().wait()

    with (folder / "hlasatel.log").open("w", encoding="utf-8") as log_file:
        set_up_logging(log_file)
        with Live(console=errors, refresh_per_second=4, transient=True) as live:

            def progress(totals: Totals) -> None:
                live.update(progress_table(totals))
                if totals.queued + totals.sending == 0:
                    live.stop()

            return await demonstrate(
                program, sample_town(), folder, progress=progress, reported=reported, linger=linger
            )


def progress_table(totals: Totals) -> Table:
    done = totals.people - totals.queued - totals.sending
    bar = "█" * (40 * done // max(totals.people, 1))
    return table(
        f"Announcing … {bar:░<40} {done}/{totals.people}",
        ("under way", "waiting", "delivered", "confirmed", "machine", "failed", "tries so far"),
        [
            (
                totals.sending,
                totals.queued,
                totals.delivered,
                totals.confirmed,
                totals.machine,
                totals.failed,
                totals.attempts,
            )
        ],
    )


def show_report(shown: Shown, settings: Settings) -> None:
    results.print(*report_tables(shown.report, settings.town.zone, settings.town.currency))
    results.print(f"What one phone heard: {shown.recording}", soft_wrap=True)
    for difference in shown.differences:
        results.print(f"DIFFERS: {difference}", style="red")
    if not shown.differences:
        results.print(
            "Every call ended as the simulated phones' own record says; every SMS and e-mail came, and once.",
            style="green",
        )


def show_caller(shown: Shown, *, json: bool) -> None:
    assert shown.called_in is not None
    person = shown.called_in.person
    address = f"{person.town_part}, {person.street} {person.house_number}"
    heard = str(shown.called_in.recording)
    if json:
        print_json(
            {
                "ok": not shown.differences,
                "differences": shown.differences,
                "recording": str(shown.recording) if shown.recording else None,
                "report": shown.report.model_dump(mode="json"),
                "called_in": {
                    "name": person.name,
                    "address": address,
                    "packages": person.packages,
                    "recording": heard,
                },
            }
        )
        return
    packages = ", ".join(person.packages)
    results.print(
        f"Registered, called back and confirmed: {person.name}; {address}; packages {packages}", style="green"
    )
    results.print(f"What the caller heard: {heard}", soft_wrap=True)
