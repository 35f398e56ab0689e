"""say, call and asterisk config; the help of every command."""

import json
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from service.cli.app import app
from tests.clerk import Clerk, hired


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    with hired(tmp_path, capsys, monkeypatch) as clerk:
        yield clerk


def test_a_text_is_spoken_into_a_telephone_wav_and_raw_alaw(clerk: Clerk) -> None:
    assert clerk("say", "Dobrý den.", "-o", "x.wav").out.startswith("x.wav: ")
    said = json.loads(clerk("say", "Dobrý den.", "-o", "x.alaw", "--json").out)
    with wave.open(str(clerk.folder / "x.wav")) as audio:
        assert (audio.getframerate(), audio.getnchannels()) == (8000, 1)
        seconds = audio.getnframes() / 8000
    assert seconds == pytest.approx((clerk.folder / "x.alaw").stat().st_size / 8000, abs=0.1)
    assert (said["file"], said["seconds"]) == ("x.alaw", pytest.approx(seconds, abs=0.1))


BAD_SAY = {
    "empty": (("",), "the text is empty"),
    "too long": (("ahoj " * 4000,), "20000 letters"),
    "no folder": (("Ahoj", "-o", "neni/x.wav"), "neni/x.wav: No such file or directory"),
    "a folder": (("Ahoj", "-o", "slozka.wav"), "slozka.wav: Is a directory"),
    "another kind": (("Ahoj", "-o", "x.mp3"), "must end with .wav or .alaw"),
    "unknown language": (("Ahoj", "--language", "xx"), "no engine speaks “xx”"),
}


@pytest.mark.parametrize("name", BAD_SAY)
def test_what_cannot_be_said_is_refused(clerk: Clerk, name: str) -> None:
    arguments, reason = BAD_SAY[name]
    (clerk.folder / "slozka.wav").mkdir()
    output = () if "-o" in arguments else ("-o", "x.wav")
    said = clerk("say", *arguments, *output)
    assert (said.code, said.out) == (2, "")
    assert reason in said.err
    assert "mend: " in said.err
    assert not (clerk.folder / "x.wav").exists()


@pytest.mark.parametrize("command", [("say", "Nový text", "-o", "x.wav"), ("announce", "--text", "Nový text")])
def test_without_an_engine_the_error_names_what_to_install(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PATH", str(clerk.folder))
    before = clerk.rows()
    said = clerk(*command, *(("--topic", "voda") if command[0] == "announce" else ()))
    assert (said.code, said.out) == (2, "")
    assert "install festival, festival-czech and festvox-czech-dita" in said.err
    assert "install espeak-ng" in said.err
    assert "Traceback" not in said.err
    assert clerk.rows() == before


def test_a_full_disk_under_the_library_launches_nothing(clerk: Clerk) -> None:
    clerk.settings((clerk.folder / "hlasatel.toml").read_text().replace("/speech", "/full"))
    before = clerk.rows()
    said = clerk.process("announce", "--text", "Dlouhý nový text.", "--topic", "voda", file_bytes=9000)
    assert (said.code, said.out) == (2, "")
    assert "mend: " in said.err
    assert "Traceback" not in said.err
    assert clerk.rows() == before


BAD_CALLS = {
    "letters": (("556 400 OO1",), "contains letters"),
    "short": (("12345",), "too short"),
    "emergency": (("155",), "emergency"),
    "dialplan": (("+420556400001,${SYSTEM(id)}",), "phone number"),
    "a second leg": (("+420556400001&PJSIP/900@x",), "phone number"),
    "line break": (("+420556400001\r\nAction: Logoff",), "phone number"),
    "abroad": (("+14155552671",), "no trunk may dial +1"),
    "no text": (("556400001", "--text", ""), "the text is empty"),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_a_call_to_nowhere_is_refused(clerk: Clerk, name: str) -> None:
    arguments, reason = BAD_CALLS[name]
    before = clerk.rows()
    said = clerk("call", *arguments, *(() if "--text" in arguments else ("--text", "Zkouška")))
    assert (said.code, said.out) == (2, "")
    assert reason in said.err
    assert "mend: " in said.err
    assert "4155552671" not in said.err
    assert clerk.rows() == before


def test_the_configuration_for_asterisk_is_printed_or_written_for_its_owner_alone(clerk: Clerk) -> None:
    printed = clerk("asterisk", "config").out
    said = clerk("asterisk", "config", "etc")
    files = sorted((clerk.folder / "etc").iterdir())
    assert said.out.split() == [f"etc/{file.name}" for file in files]
    assert {"manager.conf", "pjsip.conf", "extensions-hlasatel.conf"} <= {file.name for file in files}
    assert all(file.read_text() in printed for file in files)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


@pytest.mark.parametrize("place", ["hlasatel.toml", "/dev/null/etc"])
def test_a_folder_that_cannot_be_made_is_named(clerk: Clerk, place: str) -> None:
    said = clerk("asterisk", "config", place)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"hlasatel: {place}: ")


def commands() -> Iterator[tuple[str, ...]]:
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        yield (name,)
        yield from ((name, below) for below in getattr(command, "commands", {}))


@pytest.mark.parametrize("path", [path for path in commands() if path != ("test",)], ids=" ".join)
def test_the_help_of_every_command_reads_well(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = clerk(*path, "--help")
    assert said.code == 0
    lines = [line.strip() for line in said.out.splitlines() if line.strip()]
    assert lines[0].startswith(f"Usage: hlasatel {' '.join(path)}")
    assert lines[1][0].isupper()
    rows = [line for line in lines if line.startswith("│")]
    assert not [row for row in rows if "<list" in row or "range>" in row], "the name of a Python type"
    assert not [row for row in rows if "…" in row.replace("+…", "")], "something is cut off"
