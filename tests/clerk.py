"""A town clerk at the command line, in a town of their own."""

import asyncio
import contextlib
import functools
import logging
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from service.cli import main
from store.database import opened
from store.migrate import migrate
from tests.integration.sample_town import SUBSCRIBERS, import_people, prepare_town

SOURCE = Path(__file__).parents[1]
SETTINGS = """
[town]
name = "Vzorov"
[asterisk]
managed = false
ami_port = 1
ami_secret = "tajne-heslo"
agi_port = 0
[speech]
library = "{library}"
[[trunks]]
name = "operator"
host = "127.0.0.1"
password = "jine-heslo"
"""


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


class Clerk:
    """Calls ``hlasatel …`` in this process, in ``folder``, where hlasatel.toml and a town lie."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str | Path) -> Said:
        self._capsys.readouterr()
        self._monkeypatch.setattr(sys, "argv", ["hlasatel", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self._capsys.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    def process(self, *arguments: str | Path, file_bytes: int | None = None, out: Path | None = None) -> Said:
        """As a process of its own; ``file_bytes``: no file of it may grow larger, as on a full disk."""
        limit: Callable[[], None] | None = None
        if file_bytes is not None:
            limit = functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
        with out.open("wb") if out else contextlib.nullcontext(subprocess.PIPE) as target:
            ended = subprocess.run(
                command(*arguments),
                cwd=self.folder,
                env=environment(),
                stdout=target,
                stderr=subprocess.PIPE,
                preexec_fn=limit,
                timeout=60,
                check=False,
            )
        return Said(ended.returncode, (ended.stdout or b"").decode(), ended.stderr.decode())

    def settings(self, text: str) -> None:
        (self.folder / "hlasatel.toml").write_text(text, encoding="utf-8")

    def write(self, name: str, text: str | bytes) -> Path:
        file = self.folder / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def rows(self) -> list[str]:
        """All that the store holds."""
        with contextlib.closing(sqlite3.connect(self.folder / "var" / "hlasatel.db")) as connection:
            return list(connection.iterdump())


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-c", "from service.cli import main; main()", *map(str, arguments)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SOURCE)}


@contextlib.contextmanager
def hired(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, town: bool = True
) -> Iterator[Clerk]:
    """``town``: the sample town is in the store already."""
    monkeypatch.chdir(folder)
    if town:
        (folder / "var").mkdir()
        (folder / "var" / "hlasatel.db").write_bytes(_sample_town())
    clerk = Clerk(folder, capsys, monkeypatch)
    clerk.settings(SETTINGS.format(library=folder.parent / "speech"))
    handlers, level = logging.root.handlers[:], logging.root.level
    try:
        yield clerk
    finally:
        structlog.reset_defaults()
        logging.root.handlers[:], logging.root.level = handlers, level


@functools.cache
def _sample_town() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "town.db"
        asyncio.run(_fill(f"sqlite:///{file}"))
        return file.read_bytes()


async def _fill(url: str) -> None:
    async with opened(url) as store:
        await migrate(store)
        await prepare_town(store)
        await import_people(store, SUBSCRIBERS)
