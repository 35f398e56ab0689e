"""``hlasatel test`` itself."""

import sys
from pathlib import Path

import pytest

from service.cli.checks import Check, checkout, checks, run_all
from store.errors import HlasatelError

ROOT = Path(__file__).parents[2]


def test_all_suites_run_the_quick_ones_first() -> None:
    command = checks(ROOT, ["-k", "retry"])[-1].command
    assert command[-5:] == ("tests/unit", "tests/integration", "tests/acceptance", "-k", "retry")


def test_named_tests_replace_the_suites() -> None:
    named = "tests/unit/test_checks.py::test_named_tests_replace_the_suites"
    command = checks(ROOT, [named, "-x"])[-1].command
    assert command[-3:] == ("pytest", named, "-x")


def test_every_check_runs_and_one_failure_fails_all(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    failing = Check("first", (sys.executable, "-c", "raise SystemExit(3)"))
    passing = Check("second", (sys.executable, "-c", "print('ran after the failure')"))

    assert run_all([failing, passing], tmp_path) == 1

    printed = capfd.readouterr().out
    assert "ran after the failure" in printed
    rows = [line for line in printed.splitlines() if "failed" in line or "passed" in line]
    assert [("first" in row, "failed" in row) for row in rows] == [(True, True), (False, False)]


def test_all_passed_is_zero(tmp_path: Path) -> None:
    assert run_all([Check("one", (sys.executable, "-c", ""))], tmp_path) == 0


def test_an_installed_package_says_where_the_tests_are(tmp_path: Path) -> None:
    with pytest.raises(HlasatelError, match=r"is no checkout.* — clone the repository"):
        checkout(tmp_path)
