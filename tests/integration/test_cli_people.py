"""import, export, places import and migrate, as a clerk types them, well and badly; and disks that are full."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clerk import Clerk, hired
from tests.integration.sample_town import TOWN

HEAD = "jmeno;telefon;temata;ulice\n"


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    with hired(tmp_path, capsys, monkeypatch) as clerk:
        yield clerk


@pytest.fixture
def newcomer(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    with hired(tmp_path, capsys, monkeypatch, town=False) as clerk:
        yield clerk


def crowd(people: int) -> str:
    return HEAD + "".join(f"Jan Nový {place};5564{place};voda;\n" for place in range(20_000, 20_000 + people))


def test_a_new_town_is_set_up_step_by_step(newcomer: Clerk) -> None:
    assert newcomer("migrate").out == "The database is up to date.\n"
    assert "178 added" in newcomer("places", "import", TOWN / "addresses.csv").out
    assert "44 added" in newcomer("import", TOWN / "subscribers.csv").out
    assert json.loads(newcomer("import", TOWN / "subscribers.csv", "--json").out)["unchanged"] == 44
    assert json.loads(newcomer("places", "import", TOWN / "addresses.csv", "--json").out) == {
        "town_parts": 0,
        "streets": 0,
        "added": 0,
        "changed": 0,
        "unchanged": 178,
    }


def test_before_the_first_migration_every_command_says_so_and_makes_no_database(newcomer: Clerk) -> None:
    for command in (("list",), ("report", "1"), ("export", "-"), ("announce", "--text", "a", "--topic", "voda")):
        said = newcomer(*command)
        assert (said.code, said.out) == (2, "")
        assert "there is no database" in said.err
        assert "hlasatel migrate" in said.err
    assert not (newcomer.folder / "var").exists()


def test_an_export_is_read_back_as_unchanged(clerk: Clerk) -> None:
    assert clerk("export", "lide.csv").out == ""
    assert clerk("export", "-").out.encode() == (clerk.folder / "lide.csv").read_bytes()
    before = clerk.rows()
    again = json.loads(clerk("import", "lide.csv", "--json").out)
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 44)
    assert clerk.rows() == before


BAD_ROWS = {
    "letters in a number": ("Jan Nový;556 400 OO1;voda;", "contains letters"),
    "emergency": ("Jan Nový;112;voda;", "emergency"),
    "premium": ("Jan Nový;900123456;voda;", "premium"),
    "extension": ("Jan Nový;556400001 linka 3;voda;", "extension"),
    "dialplan in a number": ("Jan Nový;${SYSTEM(id)};voda;", "telefon"),
    "a second leg in a number": ("Jan Nový;556400001&SIP/x;voda;", "telefon"),
    "line break in a number": ('Jan Nový;"556400001\r\nAction: x";voda;', "telefon"),
    "line break in a name": ('"Jan\r\nNový";556400001;voda;', "line break"),
    "dialplan in a street": ("Jan Nový;556400001;voda;${SYSTEM(id)}", "unknown street"),
    "unknown topic": ("Jan Nový;556400001;vodda;", "did you mean voda"),
    "too few cells": ("Jan Nový;556400001", "2 cells, but 4 columns"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_named_and_no_row_is_taken(clerk: Clerk, name: str) -> None:
    row, reason = BAD_ROWS[name]
    clerk.write("lide.csv", f"{HEAD}Jana Dobrá;556400099;voda;\n{row}\n")
    before = clerk.rows()
    said = clerk("import", "lide.csv")
    assert (said.code, said.out) == (2, "")
    assert "lide.csv: " in said.err
    assert "line 3" in said.err
    assert reason in said.err
    assert clerk.rows() == before


def test_what_looks_like_dialplan_in_a_name_stays_a_name(clerk: Clerk) -> None:
    clerk.write("lide.csv", f"{HEAD}Jan ${{SYSTEM(id)}} & spol.;556400099;voda;\n")
    assert clerk("import", "lide.csv").code == 0
    assert "Jan ${SYSTEM(id)} & spol." in clerk("export", "-").out


@pytest.mark.parametrize("command", [("import",), ("places", "import")])
@pytest.mark.parametrize("file", ["neni.csv", ".", "smeti.bin", "prazdny.csv", "cizi.csv"])
def test_a_file_that_cannot_be_imported_is_named(clerk: Clerk, command: tuple[str, ...], file: str) -> None:
    clerk.write("smeti.bin", bytes(range(256)))
    clerk.write("prazdny.csv", "")
    clerk.write("cizi.csv", "a;b\n1;2\n")
    before = clerk.rows()
    said = clerk(*command, file)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"hlasatel: {file}")
    assert "Traceback" not in said.err
    assert clerk.rows() == before


@pytest.mark.parametrize("file", ["neni/lide.csv", ".", "/dev/full"])
def test_an_export_that_cannot_be_written_is_named(clerk: Clerk, file: str) -> None:
    said = clerk("export", file)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"hlasatel: {file}: ")
    assert "mend: give a path that can be written" in said.err


@pytest.mark.parametrize("command", [("export", "-"), ("list",)])
def test_a_full_output_is_an_error_without_a_traceback(clerk: Clerk, command: tuple[str, ...]) -> None:
    said = clerk.process(*command, out=Path("/dev/full"))
    assert said.code == 2
    assert "No space left on device" in said.err
    assert "Traceback" not in said.err


def test_an_export_onto_a_full_disk_leaves_the_older_file(clerk: Clerk) -> None:
    assert clerk("import", clerk.write("davy.csv", crowd(1500))).code == 0
    clerk.write("lide.csv", "older")
    said = clerk.process("export", "lide.csv", file_bytes=40_000)  # SQLite itself wants 32 kB for its index of the WAL
    assert (said.code, said.out) == (2, "")
    assert "lide.csv: File too large" in said.err
    assert (clerk.folder / "lide.csv").read_text() == "older"
    assert [file.name for file in clerk.folder.glob(".*")] == []


def test_a_store_on_a_full_disk_takes_all_of_an_import_or_nothing(clerk: Clerk) -> None:
    clerk.write("lide.csv", crowd(5000))
    before = clerk.rows()
    said = clerk.process("import", "lide.csv", file_bytes=400_000)
    assert (said.code, said.out) == (2, "")
    assert "the database refused" in said.err
    assert "its disk has room" in said.err
    assert clerk.rows() == before


def test_the_topics_of_a_town_come_from_its_own_file(newcomer: Clerk) -> None:
    newcomer.write("temata.toml", '[topics]\nvoda = "Voda"\n[[packages]]\nnumber = 1\nname = "Vše"\ntopics = "all"\n')
    assert newcomer("migrate", "--topics", "temata.toml").code == 0
    said = newcomer("announce", "--text", "a", "--topic", "sport")
    assert "unknown topic “sport”" in said.err


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"[topics\n", "topics"),
        ("voda = 'vý'".encode("cp1250"), "not UTF-8 at byte 9"),
        (b"[topics]\nVODA = 'a'\n", "topics"),
        (b"packages = []\n", "topics"),
    ],
)
def test_a_bad_file_of_topics_is_refused_before_the_database_is_touched(
    newcomer: Clerk, text: bytes, reason: str
) -> None:
    newcomer.write("temata.toml", text)
    said = newcomer("migrate", "--topics", "temata.toml")
    assert (said.code, said.out) == (2, "")
    assert reason in said.err
    assert not (newcomer.folder / "var").exists()
