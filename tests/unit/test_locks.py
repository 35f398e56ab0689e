"""The lock files fit what ``pyproject.toml`` asks for; ``.ci/lock`` writes them anew."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
BUILD = PROJECT["build-system"]["requires"]
RUN = PROJECT["project"]["dependencies"]
DEV = PROJECT["project"]["optional-dependencies"]["dev"]


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text()
    return {canonicalize_name(name): version for name, version in re.findall(r"^(\S+)==(\S+)", text, re.MULTILINE)}


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [("requirements-build.lock", BUILD), ("requirements.lock", RUN), ("requirements-dev.lock", RUN + DEV)],
)
def test_the_lock_pins_what_the_project_asks_for(lock: str, wanted: list[str]) -> None:
    pinned = pins(lock)
    unfit = [
        str(requirement)
        for requirement in map(Requirement, wanted)
        if not requirement.specifier.contains(pinned.get(canonicalize_name(requirement.name), ""))
    ]
    assert unfit == []


def test_the_tests_run_on_the_versions_that_are_installed_for_use() -> None:
    tested = pins("requirements-dev.lock")
    assert {name: tested.get(name) for name in pins("requirements.lock")} == pins("requirements.lock")


@pytest.mark.parametrize("lock", ["requirements-build.lock", "requirements.lock", "requirements-dev.lock"])
def test_a_lock_names_no_host_and_no_folder(lock: str) -> None:
    assert not re.search(r"://|^-|\s/", (ROOT / lock).read_text(), re.MULTILINE)
