"""What commands print: results on stdout (JSON for scripts, tables for people), everything else on stderr."""

import json
import sys
from collections.abc import Collection, Iterable, Sequence

import typer
from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.table import Table
from rich.text import Text

# Columns where nobody's terminal says how many; rich would take 80, which is narrow for a report.
PIPE_WIDTH = 120

errors = Console(stderr=True, highlight=False)
results = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def print_json(value: object) -> None:
    """One JSON value on stdout; moments are ISO 8601."""
    typer.echo(json.dumps(to_jsonable_python(value), ensure_ascii=False, indent=2))


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, unbroken: Collection[str] = ()
) -> Table:
    """Cells show what they hold: nothing a person wrote is taken as markup, and nothing is cut off.

    ``unbroken``: the columns whose lines stay whole where others must give way.
    """
    made = Table(title=Text(title), title_justify="left", header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold", no_wrap=column in unbroken)
    for row in rows:
        made.add_row(*(Text(str(cell)) for cell in row))
    return made
