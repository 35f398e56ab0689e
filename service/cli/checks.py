"""``hlasatel test``: every check of the project, on the checkout this code stands in."""

import importlib.util
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from store.errors import HlasatelError

TOOLS = ("ruff", "mypy", "importlinter", "pytest")
# The quick ones first.
SUITES = ("tests/unit", "tests/integration", "tests/acceptance")
# Files of tests side by side, for calls mostly wait; each file stays in one process, with its own servers.
SIDE_BY_SIDE = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")


@dataclass(frozen=True)
class Check:
    name: str
    command: tuple[str | Path, ...]


@dataclass(frozen=True)
class Outcome:
    check: Check
    exit_code: int
    seconds: float


def run_checks(arguments: list[str]) -> int:
    """Runs all checks, whichever fail, and returns the exit code of the process: 0 if every one passed, else 1.

    ``arguments`` go to pytest; where they name tests, only those run. Raises HlasatelError where there is no
    checkout, or its tools are missing.
    """
    root = checkout(Path(__file__).resolve().parents[2])
    return run_all(checks(root, arguments), root)


def checkout(folder: Path) -> Path:
    """``folder``, when it can be checked."""
    if not (folder / "pyproject.toml").is_file() or not (folder / "tests").is_dir():
        raise HlasatelError(
            f"{folder} is no checkout: an installed package comes without its tests",
            mend="clone the repository and start ./hlasatel test there",
        )
    missing = [tool for tool in TOOLS if importlib.util.find_spec(tool) is None]
    if missing:
        raise HlasatelError(f"missing here: {', '.join(missing)}", mend=f"start {folder}/hlasatel test")
    return folder


def checks(root: Path, arguments: Sequence[str]) -> list[Check]:
    names_tests = any((root / argument.partition("::")[0]).exists() for argument in arguments)
    python = Path(sys.executable)
    return [
        Check("format", (python, "-m", "ruff", "format", "--check", ".")),
        Check("lint", (python, "-m", "ruff", "check", ".")),
        Check("types", (python, "-m", "mypy")),
        Check("import contract", (python.with_name("lint-imports"), "--no-logo")),
        Check("tests", (python, "-m", "pytest", *(() if names_tests else (*SIDE_BY_SIDE, *SUITES)), *arguments)),
    ]


def run_all(checks: Sequence[Check], root: Path) -> int:
    console = Console()
    outcomes = [_run(check, root, console) for check in checks]
    console.print(_summary(outcomes))
    return int(any(outcome.exit_code for outcome in outcomes))


def _run(check: Check, root: Path, console: Console) -> Outcome:
    console.rule(check.name)
    started = time.monotonic()
    finished = subprocess.run(check.command, cwd=root, check=False)
    return Outcome(check, finished.returncode, time.monotonic() - started)


def _summary(outcomes: Sequence[Outcome]) -> Table:
    table = Table("check", "result", "seconds")
    for outcome in outcomes:
        result = "[red]failed[/]" if outcome.exit_code else "[green]passed[/]"
        table.add_row(outcome.check.name, result, f"{outcome.seconds:.1f}")
    return table
