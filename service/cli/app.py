"""The typer application, and what every command shares: the settings file, the event loop, and how errors show."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
import uvloop

from service.cli.output import errors
from service.loading import load_settings
from service.log import set_up_logging
from service.settings import Settings
from store.errors import HlasatelError

Result = TypeVar("Result")

app = typer.Typer(
    name="hlasatel",
    help="A town speaks to its citizens: announcements read aloud over real phone calls.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# An empty metavar: help would show the word <bool>.
JsonOption = Annotated[bool, typer.Option("--json", metavar="", help="Print JSON for scripts.")]


@app.callback()
def _options(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option("-c", "--config", help="Settings file; else hlasatel.toml here.", metavar="FILE")
    ] = None,
) -> None:
    context.obj = config


def settings_of(context: typer.Context) -> Settings:
    """The settings that the command was called with. Raises SettingsError."""
    file: Path | None = context.find_root().obj
    return load_settings(file)


def run_async(work: Coroutine[Any, Any, Result]) -> Result:
    return uvloop.run(work)


def main() -> None:
    """Entry of the ``hlasatel`` command. Wrong input, settings or surroundings: the reason and the mend, exit 2."""
    set_up_logging(sys.stderr)
    try:
        app(prog_name="hlasatel")
    except HlasatelError as error:
        show_error(error)
        sys.exit(2)
    except OSError as error:
        show_error(_of_system(error))
        sys.exit(2)
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)


def show_error(error: HlasatelError) -> None:
    errors.print(f"hlasatel: {error.what}", style="red", markup=False, soft_wrap=True)
    if error.mend:
        errors.print(f"  mend: {error.mend}", markup=False, soft_wrap=True)


def _of_system(error: OSError) -> HlasatelError:
    """What no command expects: a file of ours that may not be written, a port that is taken, a full output."""
    if error.filename is not None:
        return HlasatelError(f"{error.filename}: {error.strerror}", mend="see its owner, and that its disk has room")
    _forget_output()
    return HlasatelError(f"{error.strerror or error}", mend="see the output, or the port in the settings")


def _forget_output() -> None:
    """What stdout did not take is still in its buffer; Python would try it again at exit, and complain."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  (a device)
        os.dup2(nowhere.fileno(), sys.__stdout__.fileno() if sys.__stdout__ else nowhere.fileno())
