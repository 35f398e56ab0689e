"""Fetching an Asterisk, and running it: its start, its end, and what goes wrong on the way."""

import asyncio
import hashlib
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

import lab.program
from dialer.trunk import Trunk
from lab.asterisk import Asterisk
from lab.managed import managed_files
from lab.ports import free_ports
from lab.program import Program, find_program, install_program
from service.settings import cache_folder
from store.errors import LabError
from tests.processes import alive

GONE_SECONDS = 20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def program() -> Program:
    return await install_program(cache_folder())


def free_port() -> int:
    [port] = free_ports(socket.SOCK_STREAM, 1)
    return port


def files(*trunks: Trunk) -> dict[str, str]:
    return managed_files(
        trunks,
        sip_port=free_port(),
        rtp_ports=(18000, 18099),
        ami_port=free_port(),
        ami_user="hlasatel",
        ami_secret="s;crèt",
    )


# Fetching: real apt-get and dpkg on a small archive of our own, with a script in place of the program.


def archive(folder: Path, suite: str, says: str = "Asterisk 20.1.0") -> None:
    """A Debian archive whose package ``asterisk`` is a script that prints ``says``."""
    root = folder / "package"
    architecture = subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()
    for name, text in {
        "DEBIAN/control": f"Package: asterisk\nVersion: 1\nArchitecture: {architecture}\n"
        "Maintainer: Test <test@example.org>\nDescription: a stand-in\n",
        "usr/lib/test-linux-gnu/ld-linux-test.so.1": f"#!/bin/sh\necho '{says}'\n",
        "usr/lib/test-linux-gnu/asterisk/modules/chan_pjsip.so": "",
    }.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)
    (root / "usr/bin").mkdir()
    (root / "usr/bin/becomes-root").touch()
    (root / "usr/bin/becomes-root").chmod(0o4755)
    pool = folder / "archive" / "pool"
    index = folder / "archive" / "dists" / suite / "main" / f"binary-{architecture}"
    pool.mkdir(parents=True)
    index.mkdir(parents=True)
    subprocess.run(["dpkg-deb", "-b", root, pool / "asterisk.deb"], check=True, stdout=subprocess.DEVNULL)
    package = (pool / "asterisk.deb").read_bytes()
    packages = (
        (root / "DEBIAN/control").read_text()
        + f"Filename: pool/asterisk.deb\nSize: {len(package)}\nSHA256: {hashlib.sha256(package).hexdigest()}\n"
    )
    (index / "Packages").write_text(packages)
    digest = hashlib.sha256(packages.encode()).hexdigest()
    (index.parents[1] / "Release").write_text(
        f"Suite: {suite}\nCodename: {suite}\nComponents: main\nArchitectures: {architecture}\n"
        f"SHA256:\n {digest} {len(packages)} main/binary-{architecture}/Packages\n"
    )


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """apt's folder of a machine without an Asterisk, whose suite is "stable"."""
    monkeypatch.setattr(lab.program, "_on_path", lambda: None)
    apt = tmp_path / "apt"
    apt.mkdir()
    (apt / "sources.list").write_text(f"deb [trusted=yes] file:{tmp_path}/archive stable main\n")
    return apt


@pytest.mark.parametrize("suite", ["stable", "sid", "bullseye"])
async def test_a_program_is_fetched_from_the_first_suite_that_has_one(tmp_path: Path, apt: Path, suite: str) -> None:
    archive(tmp_path, suite)
    cache = tmp_path / "cache"
    assert find_program(cache) is None
    fetched = await install_program(cache, apt)
    assert (fetched.version, fetched.major) == ("20.1.0", 20)
    assert find_program(cache) == fetched
    assert sorted(path.name for path in cache.iterdir()) == ["asterisk", "lock"]


async def test_a_fetched_package_brings_no_program_that_runs_as_root(tmp_path: Path, apt: Path) -> None:
    archive(tmp_path, "sid")
    await install_program(tmp_path / "cache", apt)
    mode = (tmp_path / "cache/asterisk/usr/bin/becomes-root").stat().st_mode
    assert not mode & (stat.S_ISUID | stat.S_ISGID)


async def test_two_at_once_fetch_once(tmp_path: Path, apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive(tmp_path, "sid")
    fetches = []
    fetch = lab.program._fetch

    async def counted(cache: Path, apt: Path) -> Program:
        fetches.append(cache)
        return await fetch(cache, apt)

    monkeypatch.setattr(lab.program, "_fetch", counted)
    first, second = await asyncio.gather(*(install_program(tmp_path / "cache", apt) for _ in range(2)))
    assert first == second
    assert len(fetches) == 1


async def test_a_fetch_that_was_cut_off_is_begun_anew(tmp_path: Path, apt: Path) -> None:
    archive(tmp_path, "sid")
    cache = tmp_path / "cache"
    (cache / ".fetch-old" / "prefix").mkdir(parents=True)
    (cache / "asterisk").mkdir()
    await install_program(cache, apt)
    assert not (cache / ".fetch-old").exists()


async def test_a_failure_tells_what_apt_said_at_each_try_and_the_mend(tmp_path: Path, apt: Path) -> None:
    with pytest.raises(LabError) as caught:
        await install_program(tmp_path / "cache", apt)
    for name in ("the machine's own suites", "Debian unstable", "Debian bullseye", "E: "):
        assert name in caught.value.what
    assert "apt-get install asterisk" in caught.value.mend
    assert find_program(tmp_path / "cache") is None


async def test_a_program_that_does_not_start_is_not_taken(tmp_path: Path, apt: Path) -> None:
    archive(tmp_path, "stable", says="Segmentation fault")
    with pytest.raises(LabError, match="does not start"):
        await install_program(tmp_path / "cache", apt)


async def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, apt: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(LabError, match="cache"):
        await install_program(tmp_path / "cache", apt)


# Running: the real program.


async def test_it_starts_clean_and_stops(program: Program, tmp_path: Path) -> None:
    asterisk = Asterisk(program, tmp_path / "a", files(Trunk(name="lab", host="127.0.0.1", port=free_port())))
    await asterisk.start()
    try:
        assert asterisk.running
        assert program.version in await asterisk.command("core show version")
    finally:
        await asterisk.stop()
    assert not asterisk.running
    log = asterisk.log.read_text()
    assert "WARNING" not in log
    assert "ERROR" not in log


async def test_its_files_are_for_its_owner_alone(program: Program, tmp_path: Path) -> None:
    asterisk = Asterisk(program, tmp_path / "a", files())
    await asterisk.start()
    await asterisk.stop()
    assert stat.S_IMODE(asterisk.folder.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (asterisk.folder / "etc").iterdir()}
    assert modes == {0o600}


async def test_passwords_arrive_as_they_were_written(program: Program, tmp_path: Path) -> None:
    password = r'>a;b\;"č" $x={};--'
    trunk = Trunk(
        name="operator", host="127.0.0.1", port=free_port(), username="700@x.cz", password=SecretStr(password)
    )
    asterisk = Asterisk(program, tmp_path / "a", files(trunk))
    await asterisk.start()
    try:
        assert f" : {password}\n" in await asterisk.command("pjsip show auth trunk-operator-account")
        assert "trunk-operator-account" in await asterisk.command("pjsip show registrations")
    finally:
        await asterisk.stop()
    assert "ERROR" not in asterisk.log.read_text()


async def test_a_folder_too_deep_for_a_socket_still_serves(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 30)
    asterisk = Asterisk(program, folder, files())
    await asterisk.start()
    try:
        [run] = re.findall(r"^astrundir = (.+)$", (folder / "etc" / "asterisk.conf").read_text(), re.MULTILINE)
        assert there(f"{run}/asterisk.ctl")
    finally:
        await asterisk.stop()
    assert not there(run)


def there(path: str) -> bool:
    return Path(path).exists()


async def test_it_comes_back_after_a_crash(program: Program, tmp_path: Path) -> None:
    asterisk = Asterisk(program, tmp_path / "a", files())
    await asterisk.start()
    await asterisk.kill()
    assert not asterisk.running
    with pytest.raises(LabError):
        await asterisk.command("core show version")
    await asterisk.start()
    await asterisk.stop()


async def test_a_second_one_in_the_same_folder_is_refused(program: Program, tmp_path: Path) -> None:
    asterisk = Asterisk(program, tmp_path / "a", files())
    await asterisk.start()
    try:
        with pytest.raises(LabError, match="already"):
            await Asterisk(program, tmp_path / "a", files()).start()
        assert asterisk.running
    finally:
        await asterisk.stop()


async def test_a_start_that_fails_shows_the_last_lines_of_the_log(program: Program, tmp_path: Path) -> None:
    broken = {name: text for name, text in files().items() if name != "amd.conf"}
    asterisk = Asterisk(program, tmp_path / "a", broken)
    with pytest.raises(LabError, match=r"amd\.conf missing"):
        await asterisk.start()
    assert not asterisk.running


@pytest.mark.parametrize("name", ["a;b", "a|b", "a${X}", "a\nb", "a,b", "a&b"])
def test_a_folder_that_asterisk_could_misread_is_refused(program: Program, tmp_path: Path, name: str) -> None:
    with pytest.raises(LabError, match="cannot live"):
        Asterisk(program, tmp_path / name, {})


async def test_a_command_is_one_line(program: Program, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="one line"):
        await Asterisk(program, tmp_path / "a", {}).command("core show version\ncore stop now")


OWNER = """
import asyncio, json, sys
from pathlib import Path
from lab.asterisk import Asterisk
from lab.program import Program

command, modules, data, version, folder, files = json.loads(sys.stdin.read())

async def main():
    asterisk = Asterisk(Program(tuple(command), Path(modules), Path(data), version), Path(folder), files)
    await asterisk.start()
    print("started", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_it_does_not_outlive_an_owner_who_was_killed(program: Program, tmp_path: Path) -> None:
    owner = await asyncio.create_subprocess_exec(sys.executable, "-c", OWNER, stdin=PIPE, stdout=PIPE)
    assert owner.stdin is not None
    assert owner.stdout is not None
    folder = tmp_path / "a"
    owner.stdin.write(described(program, folder, files()))
    owner.stdin.close()
    async with asyncio.timeout(60):
        assert await owner.stdout.readline() == b"started\n"
    pid = int((folder / "run" / "asterisk.pid").read_text())
    os.kill(owner.pid, signal.SIGKILL)
    await owner.wait()
    async with asyncio.timeout(GONE_SECONDS):
        while alive(pid):
            await asyncio.sleep(0.05)


def described(program: Program, folder: Path, configuration: dict[str, str]) -> bytes:
    facts = [program.command, str(program.modules), str(program.data), program.version, str(folder), configuration]
    return json.dumps(facts).encode()
