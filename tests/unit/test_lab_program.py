"""Which Asterisk counts as one, and which ports and folders are given to it."""

from pathlib import Path

import pytest

import lab.program
from lab.configuration import LONGEST_SOCKET_PATH, write
from lab.ports import free_rtp_ports
from lab.program import Program, find_program


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose PATH leads to ``bin``, and whose Asterisk has its modules and data in place."""
    for file in ("modules/chan_pjsip.so", "data/documentation"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.setattr(lab.program, "_module_folders", lambda: [tmp_path / "modules"])
    monkeypatch.setattr(lab.program, "DATA_FOLDERS", [tmp_path / "data"])
    return tmp_path


def asterisk_says(machine: Path, text: str) -> Path:
    binary = machine / "bin" / "asterisk"
    binary.write_text(f"#!/bin/sh\necho '{text}'\n")
    binary.chmod(0o755)
    return binary


@pytest.mark.parametrize(
    ("says", "version", "major"),
    [
        ("Asterisk 18.10.0~dfsg+~cs6.10.40431411-2", "18.10.0~dfsg+~cs6.10.40431411-2", 18),
        ("Asterisk certified/18.9-cert4", "18.9-cert4", 18),
        ("Asterisk certified-20.7-cert2", "20.7-cert2", 20),
        ("Asterisk 22.10.1", "22.10.1", 22),
    ],
)
def test_an_asterisk_on_path_is_taken(machine: Path, says: str, version: str, major: int) -> None:
    binary = asterisk_says(machine, says)
    program = find_program(machine / "cache")
    assert program == Program((str(binary),), machine / "modules", machine / "data", version)
    assert program.major == major


@pytest.mark.parametrize("says", ["Asterisk 16.28.0", "Asterisk GIT-master-1234", "", "Segmentation fault"])
def test_one_that_is_too_old_or_says_no_version_is_not(machine: Path, says: str) -> None:
    asterisk_says(machine, says)
    assert find_program(machine / "cache") is None


def test_one_without_sip_is_not(machine: Path) -> None:
    asterisk_says(machine, "Asterisk 22.1.0")
    (machine / "modules" / "chan_pjsip.so").unlink()
    assert find_program(machine / "cache") is None


def test_the_control_socket_fits_whatever_the_folder(tmp_path: Path) -> None:
    program = Program(("asterisk",), tmp_path, tmp_path, "22.0.0")
    near = write(program, tmp_path / "a", {})
    far = write(program, tmp_path / ("b" * 120), {})
    assert near == tmp_path / "a" / "run"
    assert len(str(far / "asterisk.ctl")) <= LONGEST_SOCKET_PATH
    far.rmdir()


def test_rtp_ranges_do_not_overlap() -> None:
    (first, first_end), (second, second_end) = free_rtp_ports(2)
    assert first_end < second or second_end < first
    assert first % 2 == second % 2 == 0
