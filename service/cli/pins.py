"""A PIN given at the command line, unseen."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from service.cli.files import read_text
from store.errors import InputError
from subscribers.pins import check_pin, hash_pin

PinOption = Annotated[bool, typer.Option("--pin", metavar="", help="Ask for their PIN on the terminal.")]
PinFileOption = Annotated[
    str | None, typer.Option(metavar="FILE", help="File with the PIN alone; - for standard input.")
]


def asked_pin(file: str | None, *, ask: bool) -> str | None:
    """The hash of a PIN typed unseen, or read. It is never an argument: those show in the list of processes."""
    if ask and file is not None:
        raise InputError("both --pin and --pin-file were given", mend="give one of them")
    if file is not None:
        return hash_pin((sys.stdin.readline() if file == "-" else read_text(Path(file))).strip())
    if not ask:
        return None
    pin = check_pin(typer.prompt("PIN", hide_input=True).strip())
    if typer.prompt("Once more", hide_input=True).strip() != pin:
        raise InputError("the two PINs differ", mend="type the same one twice")
    return hash_pin(pin)
