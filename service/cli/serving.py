"""Commands that run and look after the service: run, migrate, doctor, asterisk, test."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer

from dialplans.names import conf
from lab.program import install_program
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.checks import run_checks
from service.cli.files import OWNER_ONLY, make_folder, read_text, write_file
from service.cli.output import errors, print_json, results, table
from service.composition import open_service
from service.doctor import examine
from service.garbage import search_rarely
from service.managed import config_files
from service.settings import Settings, cache_folder
from store.database import opened
from store.migrate import migrate
from subscribers.topics import TopicSet, default_topics, load_topics, store_topics

asterisk = typer.Typer(help="Our own Asterisk, or the pieces for yours.", no_args_is_help=True)
app.add_typer(asterisk, name="asterisk")


@app.command("run")
def run_command(
    context: typer.Context,
    until_done: Annotated[
        bool, typer.Option("--until-done", metavar="", help="Leave when every begun announcement is over.")
    ] = False,
) -> None:
    """Run the service: call whoever is due, until Ctrl-C or SIGTERM. Calls in progress are heard to their end."""
    run_async(serve(settings_of(context), until_done=until_done))


async def serve(settings: Settings, *, until_done: bool) -> None:
    asked = asyncio.Event()
    serving = asyncio.create_task(_serve(settings, asked, until_done=until_done), name="service")
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, _end_soon, serving, asked)
    await serving


async def _serve(settings: Settings, asked: asyncio.Event, *, until_done: bool) -> None:
    async with open_service(settings) as service:
        search_rarely()
        try:
            await service.run(until_done=until_done)
        except asyncio.CancelledError:
            if not asked.is_set():
                raise
        await service.drain()


def _end_soon(serving: "asyncio.Task[None]", asked: asyncio.Event) -> None:
    """First signal: start nothing more. Second: leave at once; what is in flight is reconciled at the next start."""
    if asked.is_set():
        raise SystemExit(130)
    asked.set()
    errors.print("Ending: no new calls; waiting for those in progress. Once more to leave at once.")
    serving.cancel()


@app.command("migrate")
def migrate_command(
    context: typer.Context,
    topics: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TOML file of topics and packages, instead of the default set.")
    ] = None,
) -> None:
    """Bring the database to this version's shape, and its topics and packages up to date."""
    settings = settings_of(context)
    kept = run_async(_migrate(settings, load_topics(read_text(topics)) if topics else default_topics()))
    if kept:
        typer.echo(f"Kept, for somebody uses them: {', '.join(kept)}")
    typer.echo("The database is up to date.")


async def _migrate(settings: Settings, offered: TopicSet) -> tuple[str, ...]:
    async with opened(settings.store.url) as store:
        await migrate(store)
        async with store.writing() as session:
            return await store_topics(session, offered)


@app.command("doctor")
def doctor_command(context: typer.Context, json: JsonOption = False) -> None:
    """Look at everything the service needs: a line each, with the mend. Exit 1 when something is wrong."""
    findings = run_async(examine(settings_of(context)))
    if json:
        print_json(findings)
    else:
        rows = [("ok" if one.ok else "WRONG", one.what, one.found, one.mend) for one in findings]
        results.print(table("Doctor", ("", "what", "found", "mend"), rows))
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@asterisk.command("install")
def asterisk_install() -> None:
    """Find an Asterisk (18 to 22), or fetch one from this machine's own package mirror, as any user."""
    program = run_async(install_program(cache_folder()))
    typer.echo(f"Asterisk {program.version}: {' '.join(program.command)}")


@asterisk.command("config")
def asterisk_config(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="Write the files here; else print them.")
    ] = None,
) -> None:
    """The configuration of our Asterisk; for one of your own, extensions-hlasatel.conf and manager.conf matter."""
    files = {**config_files(settings_of(context)), "extensions-hlasatel.conf": conf("extensions-hlasatel.conf")}
    if folder is None:
        typer.echo("\n".join(f"; ===== {name}\n{text}" for name, text in sorted(files.items())))
        return
    make_folder(folder)
    for name, text in sorted(files.items()):
        write_file(folder / name, text.encode(), OWNER_ONLY)  # secrets are in them
        typer.echo(str(folder / name))


@app.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def test_command(context: typer.Context) -> None:
    """Run every check of the project: format, lint, types, import contract, all tests (./hlasatel test)."""
    raise typer.Exit(run_checks(context.args))
