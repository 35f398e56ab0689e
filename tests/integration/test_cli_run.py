"""The service as a process: what it says when Asterisk is not there, and how it leaves."""

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dialer.link import AmiLink
from tests.clerk import SETTINGS, Clerk, Said, command, environment, hired
from tests.fake_ami import SECRET, FakeAsterisk, fake_asterisk, keep_silent

DEADLINE_SECONDS = 40


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    with hired(tmp_path, capsys, monkeypatch) as clerk:
        yield clerk


@pytest.fixture
async def asterisk() -> AsyncIterator[FakeAsterisk]:
    async with fake_asterisk() as fake:
        yield fake


def settings(clerk: Clerk, *, ami_port: int, secret: str = SECRET, agi_port: int = 0) -> None:
    text = SETTINGS.format(library=clerk.folder.parent / "speech")
    clerk.settings(
        text.replace("ami_port = 1\n", f"ami_port = {ami_port}\n")
        .replace('ami_secret = "tajne-heslo"', f'ami_secret = "{secret}"')
        .replace("agi_port = 0", f"agi_port = {agi_port}")
    )


@asynccontextmanager
async def started(clerk: Clerk, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *command(*arguments),
        cwd=clerk.folder,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def run(clerk: Clerk, *arguments: str) -> Said:
    async with started(clerk, *arguments) as process:
        return await ended(process)


async def ended(process: asyncio.subprocess.Process) -> Said:
    out, complaints = await asyncio.wait_for(process.communicate(), DEADLINE_SECONDS)
    assert process.returncode is not None
    return Said(process.returncode, out.decode(), complaints.decode())


def test_a_dead_asterisk_is_named_by_whoever_needs_it(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AmiLink.start, "__defaults__", (1.0,))
    for arguments in (("run",), ("call", "556400001", "--text", "Zkouška")):
        said = clerk(*arguments)
        assert (said.code, said.out) == (2, "")
        assert "no Asterisk manager interface answers at 127.0.0.1:1" in said.err
        assert "mend: see that Asterisk runs and that asterisk.ami_host and ami_port are right" in said.err
        assert "Traceback" not in said.all
        assert "heslo" not in said.all
    examined = clerk("doctor", "--json")
    (wrong,) = [finding for finding in json.loads(examined.out) if not finding["ok"]]
    assert (examined.code, wrong["what"], "ami_port" in wrong["mend"]) == (1, "asterisk", True)
    assert "heslo" not in examined.all


async def test_a_wrong_secret_is_told_and_not_shown(clerk: Clerk, asterisk: FakeAsterisk) -> None:
    settings(clerk, ami_port=asterisk.port, secret="spatne-heslo")
    said = await run(clerk, "run")
    assert (said.code, said.out) == (2, "")
    assert "Asterisk refused the login of AMI user “hlasatel”: Authentication failed" in said.err
    assert "mend: make asterisk.ami_user and ami_secret the same" in said.err
    assert "heslo" not in said.all
    assert "Traceback" not in said.all


async def test_with_nothing_to_do_it_leaves_and_its_log_is_json(clerk: Clerk, asterisk: FakeAsterisk) -> None:
    settings(clerk, ami_port=asterisk.port)
    said = await run(clerk, "run", "--until-done")
    assert (said.code, said.out) == (0, "")
    entries = [json.loads(line) for line in said.err.splitlines()]
    assert "ami link up" in [entry["event"] for entry in entries]
    assert not [entry for entry in entries if entry["level"] == "debug"]


async def test_a_port_that_is_taken_is_named(clerk: Clerk, asterisk: FakeAsterisk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings(clerk, ami_port=asterisk.port, agi_port=port)
        said = await run(clerk, "run")
    assert (said.code, said.out) == (2, "")
    assert str(port) in said.err
    assert "in use" in said.err
    assert "Traceback" not in said.err


async def test_it_leaves_when_told_even_before_asterisk_has_answered(clerk: Clerk, asterisk: FakeAsterisk) -> None:
    asterisk.behaviour["Login"] = keep_silent
    settings(clerk, ami_port=asterisk.port)
    async with started(clerk, "run") as process:
        await asterisk.got("Login")
        process.send_signal(signal.SIGTERM)
        said = await ended(process)
    assert said.code == 130
    assert "Traceback" not in said.err


def test_without_a_trunk_it_does_not_start(clerk: Clerk) -> None:
    clerk.settings('[town]\nname = "Vzorov"\n')
    said = clerk("run")
    assert (said.code, "no trunk to call by" in said.err, "[[trunks]]" in said.err) == (2, True, True)
