"""say, speech, call and asterisk config; the help of every command."""

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


@pytest.mark.parametrize(
    ("suffix", "magic"),
    [
        (".ulaw", b""),
        (".sln16", b""),
        (".g722", b""),
        (".mp3", b"ID3"),
        (".OGG", b"OggS"),
        (".flac", b"fLaC"),
        (".m4a", b"\0\0\0"),
    ],
)
def test_a_text_is_spoken_into_whatever_the_name_ends_with(clerk: Clerk, suffix: str, magic: bytes) -> None:
    assert clerk("say", "Dobrý den.", "-o", f"x{suffix}").code == 0
    content = (clerk.folder / f"x{suffix}").read_bytes()
    assert content.startswith(magic)
    assert len(content) > 1000


def test_personal_parts_are_said_as_the_one_who_is_told_of_hears_them(clerk: Clerk) -> None:
    text = "{osloveni}, ve vaší ulici {ulice} nepoteče voda."
    known = ("--set", "jmeno=Jan Novák", "--set", "ulice=Tyršova")
    said = json.loads(clerk("say", text, *known, "-o", "x.wav", "--json").out)
    assert said["words"] == "Pane Nováku, ve vaší ulici Tyršova nepoteče voda."
    assert said["seconds"] > 2
    unknown = json.loads(clerk("say", text, "--show-words", "--json").out)
    assert unknown["words"] == "Dobrý den, ve vaší ulici nepoteče voda."


@pytest.mark.parametrize(
    ("text", "known", "told"),
    [("{kolo}", "jmeno=Jan", "{kolo}"), ("{jmeno}", "kolo=1", "--set kolo"), ("{jmeno}", "Jan", "no NAME=VALUE")],
)
def test_what_nobody_knows_of_people_is_refused(clerk: Clerk, text: str, known: str, told: str) -> None:
    said = clerk("say", text, "--set", known, "-o", "x.wav")
    assert said.code == 2
    assert told in said.err
    assert not (clerk.folder / "x.wav").exists()


def test_it_tells_how_each_piece_is_read_and_where_it_is_unsure(clerk: Clerk) -> None:
    (clerk.folder / "lexicon.toml").write_text('[exact]\n"TS" = "technické služby"\n')
    said = clerk("say", "TS jezdí 24. listopadu v 8:00, viz QXW/7b.", "--show-words")
    assert said.code == 0
    for words in ("technické služby", "dvacátého čtvrtého listopadu", "24. listopadu", "lexicon"):
        assert words in said.out
    told = json.loads(clerk("say", "TS jezdí 24. listopadu.", "--show-words", "--json").out)
    assert told["words"] == "technické služby jezdí dvacátého čtvrtého listopadu."
    assert (told["changes"][0]["written"], told["changes"][0]["spoken"]) == ("TS", "technické služby")
    assert "seconds" not in told


def test_a_wrong_lexicon_is_named_and_nothing_is_said(clerk: Clerk) -> None:
    (clerk.folder / "lexicon.toml").write_text('[exact]\n"TS" = 5\n')
    said = clerk("say", "TS jezdí.", "-o", "x.wav")
    assert said.code == 2
    assert "lexicon.toml: [exact] “TS”" in said.err


def player(clerk: Clerk, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """An aplay of our own, first on PATH."""
    (clerk.folder / "bin").mkdir()
    (clerk.folder / "bin" / "aplay").write_text(f"#!/bin/sh\n{script}\n")
    (clerk.folder / "bin" / "aplay").chmod(0o755)
    monkeypatch.setenv("PATH", str(clerk.folder / "bin"), prepend=":")


def test_it_is_said_slowly_to_who_wants_it_so(clerk: Clerk) -> None:
    usual, slow = (
        json.loads(clerk("say", "Zítra nepoteče voda.", "-o", "out.wav", "--json", *more).out)
        for more in ((), ("--slow",))
    )
    assert 1.1 < slow["seconds"] / usual["seconds"] < 1.4


def test_without_a_file_it_is_played(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    player(clerk, monkeypatch, f'cp "$2" "{clerk.folder}/played.wav"')
    assert clerk("say", "Dobrý den.").code == 0
    with wave.open(str(clerk.folder / "played.wav")) as audio:
        assert audio.getnframes() > 4000


def test_a_machine_without_a_loudspeaker_is_told_the_way_out(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    player(clerk, monkeypatch, "echo 'no sound card' >&2; exit 1")
    said = clerk("say", "Dobrý den.")
    assert (said.code, said.out) == (2, "")
    assert "aplay: no sound card" in said.err
    assert "-o FILE" in said.err


def test_engines_are_compared_side_by_side(clerk: Clerk) -> None:
    said = json.loads(clerk("say", "Voda neteče.", "--compare", "--json", "-o", "x.wav").out)
    assert [(one["engine"], one["file"]) for one in said if one["file"]] == [
        ("festival", "x-festival.wav"),
        ("espeak-ng", "x-espeak-ng.wav"),
    ]
    for one in said:
        if one["file"]:
            assert one["loudness"] == pytest.approx(-19, abs=1)
            assert (clerk.folder / one["file"]).stat().st_size / 16000 == pytest.approx(one["seconds"], abs=0.1)
    shown = clerk("say", "Voda neteče.", "--compare").out
    assert "espeak-ng" in shown
    assert "LUFS" in shown


def own_library(clerk: Clerk) -> None:
    shared = str(clerk.folder.parent / "speech")
    clerk.settings((clerk.folder / "hlasatel.toml").read_text().replace(shared, str(clerk.folder / "own")))


def test_the_library_is_listed_checked_and_swept(clerk: Clerk) -> None:
    own_library(clerk)
    assert clerk("speech", "list").out.endswith("0 renderings, 0.0 of 2000 MB\n")
    said = json.loads(clerk("say", "Voda neteče.", "-o", "x.wav", "--json").out)
    [listed] = json.loads(clerk("speech", "list", "--json").out)
    assert (listed["words"], listed["voice"]) == ("Voda neteče.", said["voice"])
    assert "Voda neteče." in clerk("speech", "list").out
    assert clerk("speech", "check").out == "All renderings are well.\n"
    swept = json.loads(clerk("speech", "gc", "--json").out)
    assert (swept["removed"], swept["kept"]) == (0, 8)  # and the seven prompts
    assert clerk("speech", "gc").out.startswith("0 renderings removed")


def test_a_damaged_rendering_is_found(clerk: Clerk) -> None:
    own_library(clerk)
    clerk("say", "Voda neteče.", "-o", "x.wav")
    [alaw] = (clerk.folder / "own").glob("*.alaw")
    alaw.write_bytes(alaw.read_bytes()[:2000])
    said = clerk("speech", "check")
    assert said.code == 1
    assert alaw.stem in said.out
    assert "missing or cut" in said.out
    [fault] = json.loads(clerk("speech", "check", "--json").out)
    assert fault["key"] == alaw.stem


def test_without_a_store_nobody_knows_what_is_needed_and_nothing_is_removed(clerk: Clerk) -> None:
    (clerk.folder / "hlasatel.toml").write_text(
        (clerk.folder / "hlasatel.toml").read_text() + '[store]\nurl = "sqlite:///neni.db"\n'
    )
    said = clerk("speech", "gc")
    assert said.code == 2
    assert "there is no database" in said.err


BAD_SAY = {
    "empty": (("",), "the text is empty"),
    "too long": (("ahoj " * 4000,), "20000 letters"),
    "no folder": (("Ahoj", "-o", "neni/x.wav"), "neni/x.wav: No such file or directory"),
    "a folder": (("Ahoj", "-o", "slozka.wav"), "slozka.wav: Is a directory"),
    "another kind": (("Ahoj", "-o", "x.txt"), "must end with one of .wav, .mp3"),
    "unknown language": (("Ahoj", "--language", "xx"), "no engine speaks “xx”"),
    "compared in it": (("Ahoj", "--language", "xx", "--compare"), "no engine of the settings speaks “xx”"),
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
