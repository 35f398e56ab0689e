"""Personal parts at the command line: counted before the launch, made at it, refused where nobody knows them."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clerk import Clerk, hired


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    (folder := tmp_path / "clerk").mkdir()
    with hired(folder, capsys, monkeypatch) as clerk:
        yield clerk


def test_a_dry_run_counts_the_distinct_renderings_and_makes_only_what_all_hear(clerk: Clerk) -> None:
    text = "{osloveni}, ve vaší ulici {ulice} zítra neteče voda."
    made = json.loads(clerk("announce", "--topic", "voda", "--text", text, "--dry-run", "--json").out)
    assert 10 < made["renderings"] <= made["lines"] + 1
    assert "distinct renderings" in clerk("announce", "--topic", "voda", "--text", text, "--dry-run").out
    said = [entry["words"] for entry in json.loads(clerk("speech", "list", "--json").out)]
    assert said == ["Dobrý den, ve vaší ulici zítra neteče voda."]
    plain = json.loads(clerk("announce", "--topic", "voda", "--text", "Voda neteče.", "--dry-run", "--json").out)
    assert plain["renderings"] == 1


def test_a_launch_makes_each_of_them_and_the_library_keeps_them(clerk: Clerk) -> None:
    text = "V části {cast} zítra neteče voda."
    told = clerk("announce", "--topic", "voda", "--text", text, "--slow")
    assert (told.code, "renderings" in told.err) == (0, True)
    with contextlib.closing(sqlite3.connect(clerk.folder / "var" / "hlasatel.db")) as store:
        keys = {key for (key,) in store.execute("SELECT rendering FROM line_renderings")}
        (everybody,) = store.execute("SELECT rendering FROM announcements").fetchone()
    words = {entry["key"]: entry["words"] for entry in json.loads(clerk("speech", "list", "--json").out)}
    assert words[everybody] == "Ve vaší části obce zítra neteče voda."
    assert {"V části Butovice zítra neteče voda."} <= {words[key] for key in keys}
    assert clerk("speech", "check").code == 0


def test_an_unknown_placeholder_is_refused_with_the_known_ones(clerk: Clerk) -> None:
    before = clerk.rows()
    said = clerk("announce", "--topic", "voda", "--text", "Obec {obec} hlásí.")
    assert said.code == 2
    assert "{obec}" in said.err
    assert all(f"{{{name}}}" in said.err for name in ("osloveni", "jmeno", "ulice", "cislo", "cast"))
    assert clerk.rows() == before
