"""pause, resume, stop --cut, announce --corrects and the expected end, as a clerk types and sees them."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.database import opened
from store.states import Disposition
from tests.clerk import Clerk, hired
from tests.people import NOW, end, start

GOOD = ("--text", "Dnes nepoteče voda.", "--topic", "voda")
ALL_CLEAR = ("--text", "Voda už teče.", "--corrects", "1")


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    with hired(tmp_path, capsys, monkeypatch) as clerk:
        yield clerk


def call_one(clerk: Clerk) -> None:
    """Somebody hears the whole message."""

    async def call() -> None:
        async with opened(f"sqlite:///{clerk.folder}/var/hlasatel.db") as store:
            seconds = (datetime.now(UTC) - NOW).total_seconds()
            claimed = await start(store, seconds=seconds)
            await end(store, claimed, Disposition.ANSWERED, seconds=seconds, played_seconds=60)

    asyncio.run(call())


def column(clerk: Clerk, name: str) -> list[object]:
    with contextlib.closing(sqlite3.connect(clerk.folder / "var" / "hlasatel.db")) as connection:
        return [row[0] for row in connection.execute(f"SELECT {name} FROM announcements ORDER BY id")]  # noqa: S608


def test_an_announcement_is_paused_resumed_and_cut(clerk: Clerk) -> None:
    clerk("announce", *GOOD)
    assert clerk("pause", "1").out == "Announcement 1 is paused.\n"
    assert json.loads(clerk("list", "--json").out)[0]["state"] == "paused"
    again = clerk("pause", "1")
    assert (again.code, again.out, "is paused already" in again.err) == (2, "", True)
    assert json.loads(clerk("resume", "1", "--json").out) == {"id": 1, "state": "running"}
    assert "only a paused one" in clerk("resume", "1").err
    assert clerk("stop", "1").out == "Announcement 1 is stopped.\n"
    assert column(clerk, "cut_at") == [None]
    assert clerk("stop", "1", "--cut").out == "Announcement 1 is stopped.\n"
    assert column(clerk, "cut_at") != [None]


@pytest.mark.parametrize("command", ["pause", "resume"])
@pytest.mark.parametrize("number", ["999", "0", "-1", "99999999999999999999"])
def test_one_that_is_not_there_is_named(clerk: Clerk, command: str, number: str) -> None:
    said = clerk(command, "--", number)
    assert (said.code, said.out) == (2, "")
    assert f"no announcement {number}" in said.err


def test_the_expected_end_is_told_once_calls_have_ended_and_only_while_it_runs(clerk: Clerk) -> None:
    clerk("announce", *GOOD)
    assert json.loads(clerk("report", "1", "--json").out)["expected_end"] is None
    assert "Done" not in clerk("report", "1").out
    call_one(clerk)
    assert json.loads(clerk("report", "1", "--json").out)["expected_end"] is not None
    assert json.loads(clerk("list", "--json").out)[0]["expected_end"] is not None
    assert "Done, as its calls went up to now, about" in clerk("report", "1").out
    clerk("pause", "1")
    assert json.loads(clerk("list", "--json").out)[0]["expected_end"] is None


def test_a_correction_takes_after_its_original_and_names_it(clerk: Clerk) -> None:
    clerk("announce", *GOOD, "--priority", "urgent")
    assert json.loads(clerk("announce", *ALL_CLEAR, "--json").out) == {"id": 2, "people": 35, "lines": 34}
    newest, original = json.loads(clerk("list", "--json").out)
    assert (newest["corrects"], newest["priority"], newest["state"]) == (1, "urgent", "running")
    assert (original["corrects"], original["state"]) == (None, "stopped")
    made = json.loads(clerk("report", "2", "--json").out)
    assert (made["corrects"], made["totals"]["queued"]) == (1, 35)
    assert "(running; corrects 1)" in clerk("report", "2").out
    clerk("announce", "--text", "Oprava.", "--corrects", "2", "--priority", "crisis")
    assert json.loads(clerk("list", "--json").out)[0]["priority"] == "crisis"


def test_a_dry_run_of_a_correction_tells_whom_it_reaches_and_stops_nothing(clerk: Clerk) -> None:
    clerk("announce", *GOOD)
    before = clerk.rows()
    assert json.loads(clerk("announce", *ALL_CLEAR, "--dry-run", "--json").out)["lines"] == 34
    assert clerk.rows() == before


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (("--street", "Tyršova"), "for all who heard the original"),
        (("--age-from", "60"), "for all who heard the original"),
        (("--language", "cs"), "for all who heard the original"),
        (("--topic", "vodda"), "unknown topic “vodda”"),
        (("--corrects", "7"), "no announcement 7"),
        (("--corrects", "0"), "no announcement 0"),
        (("--corrects", "99999999999999999999"), "no announcement 9999"),
        (("--topic", "sport"), "nobody got announcement 1"),
    ],
)
def test_a_bad_correction_is_refused_and_changes_nothing(clerk: Clerk, more: tuple[str, ...], what: str) -> None:
    clerk("announce", "--text", "Zápas je v neděli.", "--topic", "voda", "--street", "Tyršova:1-1")
    before = clerk.rows()
    said = clerk("announce", *ALL_CLEAR, *more)
    assert (said.code, said.out) == (2, "")
    assert what in said.err
    assert clerk.rows() == before


def test_what_nobody_heard_or_waits_for_needs_no_correction(clerk: Clerk) -> None:
    clerk("announce", *GOOD)
    clerk("stop", "1")
    said = clerk("announce", *ALL_CLEAR)
    assert (said.code, "nobody got announcement 1" in said.err, "announce it anew" in said.err) == (2, True, True)
