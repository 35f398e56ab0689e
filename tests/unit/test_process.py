"""Speech programs that do not end: they are killed with all that they started, and keep nobody waiting."""

import asyncio
from pathlib import Path

import pytest

from store.errors import SpeechError
from tests.deadline import until
from tests.processes import alive
from tts.process import run

# Its child holds the pipes, and would for an hour.
STUBBORN = "sleep 3600 & echo $! > {file}; wait"


async def gone(pid: int) -> None:
    async def looked() -> bool:
        return not alive(pid)

    await until(looked)


async def test_one_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    with pytest.raises(SpeechError, match="took longer than 1 s"):
        await run("/bin/sh", "-c", STUBBORN.format(file=file), seconds=1)
    await gone(int(file.read_text()))


async def test_who_gives_up_leaves_nothing_running(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    running = asyncio.create_task(run("/bin/sh", "-c", STUBBORN.format(file=file), seconds=600))

    async def began() -> bool:
        return file.exists() and bool(file.read_text().strip())

    await until(began)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await gone(int(file.read_text()))


async def test_an_unknown_program_is_named() -> None:
    with pytest.raises(SpeechError, match=r"no-such-voice is not installed"):
        await run("no-such-voice", seconds=1)


async def test_its_exit_code_and_words_are_told() -> None:
    ended = await run("/bin/sh", "-c", "echo out; echo first >&2; echo why >&2; exit 3", seconds=10)
    assert (ended.code, ended.output, ended.last_words) == (3, b"out\n", "why")
