"""announce, list, report, stop, as a clerk types them, well and badly."""

import asyncio
import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from announcements.report import Totals
from service.cli import following
from service.cli.reporting import COLUMNS
from tests.clerk import Clerk, command, environment, hired

GOOD = ("--text", "Dnes nepoteče voda.", "--topic", "voda")
LATER = (datetime.now(UTC) + timedelta(days=2)).isoformat()


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    with hired(tmp_path, capsys, monkeypatch) as clerk:
        yield clerk


BAD = {
    "no topic": (("--text", "a"), "needs a topic", "--topic or --package"),
    "unknown topic": (("--text", "a", "--topic", "vodda"), "unknown topic “vodda”", "did you mean voda"),
    "unknown package": ((*GOOD, "--package", "Kultura a spor"), "unknown package", "Kultura a sport"),
    "package number": ((*GOOD, "--package", "8"), "unknown package “8”", "1, 2, 3, 4, 5"),
    "unknown part": ((*GOOD, "--part", "Butovize"), "unknown town part “Butovize”", "Butovice"),
    "unknown street": ((*GOOD, "--street", "Tirsova"), "unknown street “Tirsova”", "Tyršova"),
    "unknown group": ((*GOOD, "--group", "hasici2"), "unknown group “hasici2”", "mend"),
    "reversed houses": ((*GOOD, "--street", "Tyršova:20-1"), "ends before it begins", "Tyršova:1-20"),
    "no houses": ((*GOOD, "--street", "Tyršova:a"), "no range of numbers", "Tyršova:1-20"),
    "street as dialplan": ((*GOOD, "--street", "${SYSTEM(id)}"), "unknown street", "mend"),
    "topic with a line break": ((*GOOD, "--topic", "voda\r\nAction: Logoff"), "invisible character", ""),
    "unknown language": ((*GOOD, "--language", "xx"), "'xx' is not a language", "cs, en"),
    "language with a line break": ((*GOOD, "--language", "cs\r\nx"), "is not a language", "cs, en"),
    "ages reversed": ((*GOOD, "--age-from", "60", "--age-to", "20"), "from 60 to 20", "swap"),
    "age too high": ((*GOOD, "--age-from", "200"), "--age-from", "130"),
    "age in words": ((*GOOD, "--age-to", "sto"), "--age-to", "integer"),
    "unknown priority": ((*GOOD, "--priority", "hned"), "--priority", "crisis"),
    "unknown option": ((*GOOD, "--strit", "x"), "--strit", "--street"),
    "nobody": ((*GOOD, "--street", "Tyršova:9000-"), "no audience", "widen"),
    "no text": (("--topic", "voda"), "either a text or a recording", "one of the two"),
    "empty text": (("--text", "", "--topic", "voda"), "the text is empty", "write what"),
    "blank text": (("--text", " \n\t", "--topic", "voda"), "the text is empty", "write what"),
    "nothing to speak": (("--text", "…", "--topic", "voda"), "nothing to speak", "write words"),
    "20 000 letters": (("--text", "ahoj " * 4000, "--topic", "voda"), "20000 letters, 5000 at most", "shorten"),
    "control character": (("--text", "voda\x07", "--topic", "voda"), "U+0007", "remove it"),
    "title of two lines": ((*GOOD, "--title", "a\r\nAction: x"), "title", "one short line"),
    "title too long": ((*GOOD, "--title", "a" * 201), "title", "one short line"),
    "window over": ((*GOOD, "--not-after", "2020-01-01T10:00"), "ended already at 2020-01-01T10:00", "--not-after"),
    "window reversed": ((*GOOD, "--not-after", LATER, "--not-before", "2199-01-01T10:00"), "before it begins", "swap"),
    "no moment": ((*GOOD, "--not-after", "zítra"), "--not-after: 'zítra' is no moment", "2026-11-24T18:00"),
    "no such day": (
        (*GOOD, "--not-before", "2026-02-30T10:00"),
        "--not-before: '2026-02-30T10:00'",
        "write it such as",
    ),
    "no time of day": ((*GOOD, "--not-after", "2199-11-24"), "no time of day", "2199-11-24T18:00"),
    "before all time": ((*GOOD, "--not-before", "0001-01-01T00:00+14:00"), "is no moment", "write it such as"),
    "no text file": (("--text-file", "neni.txt", "--topic", "voda"), "neni.txt: No such file", "can be read"),
    "text file is a folder": (("--text-file", ".", "--topic", "voda"), "Is a directory", "can be read"),
    "text file not UTF-8": (
        ("--text-file", "latin2.txt", "--topic", "voda"),
        "latin2.txt: not UTF-8 at byte 2",
        "UTF-8",
    ),
    "text twice": ((*GOOD, "--text-file", "latin2.txt"), "both --text and --text-file", "one of them"),
    "text and recording": ((*GOOD, "--audio", "zvuk.wav"), "either a text or a recording", "one of the two"),
    "no recording": (("--audio", "neni.wav", "--topic", "voda"), "neni.wav", "WAV, MP3, OGG or M4A"),
    "recording is a folder": (("--audio", ".", "--topic", "voda"), "no such file", "WAV, MP3, OGG or M4A"),
    "recording is none": (("--audio", "zvuk.wav", "--topic", "voda"), "zvuk.wav: not a known kind", "save it as"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_announcement_is_refused_by_name_with_the_mend_and_changes_nothing(clerk: Clerk, name: str) -> None:
    clerk.write("latin2.txt", "hlášení".encode("iso-8859-2"))
    clerk.write("zvuk.wav", b"RIFX nothing")
    arguments, what, mend = BAD[name]
    before = clerk.rows()
    said = clerk("announce", *arguments)
    assert said.code == 2, said.all
    told = re.sub(r"[│\s]+", " ", said.err)
    assert what in told
    assert mend in told
    assert "Traceback" not in said.err
    assert said.out == ""
    assert clerk.rows() == before


def test_without_a_trunk_there_is_no_announcement(clerk: Clerk) -> None:
    clerk.settings('[town]\nname = "Vzorov"\n')
    said = clerk("announce", *GOOD)
    assert (said.code, "no trunk to call by" in said.err, "[[trunks]]" in said.err) == (2, True, True)


def test_a_town_without_a_name_announces_nothing(clerk: Clerk) -> None:
    clerk.settings('[town]\nname = " "\n[[trunks]]\nname = "a"\nhost = "b"\n')
    said = clerk("announce", *GOOD)
    assert said.code == 2
    assert "town.name is missing" in said.err


def test_an_announcement_is_written_listed_reported_and_stopped_once(clerk: Clerk) -> None:
    assert clerk("announce", *GOOD, "--title", "[bold]Voda[/bold]").out.startswith("Announcement 1: 35 people on 34")
    assert "[bold]Voda[/bold]" in clerk("list").out
    assert "Announcement 1 is stopped." in clerk("stop", "1").out
    again = clerk("stop", "1")
    assert (again.code, again.out) == (2, "")
    assert "announcement 1 is stopped already" in again.err
    assert "Marie Nováková" in clerk("report", "1").out


@pytest.mark.parametrize("command", ["report", "stop"])
@pytest.mark.parametrize("number", ["999", "0", "-1", "99999999999999999999", "abc"])
def test_an_announcement_that_is_not_there_is_named(clerk: Clerk, command: str, number: str) -> None:
    said = clerk(command, "--", number)
    assert (said.code, said.out) == (2, "")
    assert ("'ID'" if number == "abc" else f"no announcement {number}") in said.err
    assert "Traceback" not in said.err


def test_json_is_all_that_stdout_gets(clerk: Clerk) -> None:
    assert json.loads(clerk("announce", *GOOD, "--json").out) == {"id": 1, "people": 35, "lines": 34}
    (listed,) = json.loads(clerk("list", "--json").out)
    assert (listed["id"], listed["state"], listed["priority"]) == (1, "running", "normal")
    assert datetime.fromisoformat(listed["created_at"]).tzinfo is not None
    assert json.loads(clerk("stop", "1", "--json").out) == {"id": 1, "state": "stopped"}


def test_a_report_in_json_has_the_keys_that_scripts_rely_on(clerk: Clerk) -> None:
    clerk("announce", *GOOD)
    made = json.loads(clerk("report", "1", "--json").out)
    assert made.keys() >= {"id", "title", "state", "totals", "deliveries"}
    assert made["totals"].keys() == Totals.model_fields.keys()
    assert made["deliveries"][0].keys() >= {
        *("subscriber", "phone", "channel", "state", "heard_seconds", "confirmed", "attempts")
    }


def test_a_report_as_csv_goes_to_stdout_or_a_file(clerk: Clerk) -> None:
    clerk("announce", *GOOD)
    printed = clerk("report", "1", "--csv", "-").out
    assert next(csv.reader(io.StringIO(printed), delimiter=";")) == list(COLUMNS)
    assert clerk("report", "1", "--csv", "zprava.csv").out == ""
    assert (clerk.folder / "zprava.csv").read_text(encoding="utf-8-sig") == printed


def test_a_report_is_either_csv_or_json(clerk: Clerk) -> None:
    clerk("announce", *GOOD)
    said = clerk("report", "1", "--csv", "-", "--json")
    assert (said.code, said.out) == (2, "")
    assert "--json and --csv" in said.err


def test_a_dry_run_tells_whom_it_reaches_and_writes_nothing(clerk: Clerk) -> None:
    before = clerk.rows()
    told = clerk("announce", *GOOD, "--dry-run")
    assert told.code == 0
    assert re.search(r"people +│ 35 ", told.out)
    assert re.search(r"lines to ring +│ 34 ", told.out)
    made = json.loads(clerk("announce", *GOOD, "--dry-run", "--json").out)
    assert (made["people"], made["lines"]) == (35, 34)
    assert datetime.fromisoformat(made["starts_at"]) < datetime.fromisoformat(made["ends_at"])
    assert clerk.rows() == before


def test_a_window_without_an_offset_is_in_the_zone_of_the_town(clerk: Clerk) -> None:
    made = clerk("announce", *GOOD, "--dry-run", "--json", "--not-before", "2199-07-01T10:00")
    assert json.loads(made.out)["starts_at"] == "2199-07-01T10:00:00+02:00"


def test_a_text_file_with_a_byte_order_mark_is_read(clerk: Clerk) -> None:
    clerk.write("text.txt", "\ufeffDnes nepoteče voda.")
    assert clerk("announce", "--text-file", "text.txt", "--topic", "voda").code == 0
    assert json.loads(clerk("list", "--json").out)[0]["title"] == "Dnes nepoteče voda."


async def test_waiting_with_no_service_running_says_so_and_goes_on_until_the_end(clerk: Clerk) -> None:
    waiting = await asyncio.create_subprocess_exec(
        *command("announce", *GOOD, "--wait", "--json"),
        cwd=clerk.folder,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert waiting.stderr is not None
        async with asyncio.timeout(following.HINT_SECONDS + 25):
            while b"hlasatel run" not in (line := await waiting.stderr.readline()):
                assert line, "it ended without the hint"
        stopped = await asyncio.to_thread(clerk.process, "stop", "1")
        assert stopped.code == 0, stopped.all
        out, _ = await asyncio.wait_for(waiting.communicate(), 20)
        assert (waiting.returncode, json.loads(out)["state"]) == (0, "stopped")
    finally:
        if waiting.returncode is None:
            waiting.kill()
            await waiting.communicate()
