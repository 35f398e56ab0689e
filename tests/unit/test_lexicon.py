import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from store.errors import SettingsError
from tts.lexicon import NO_LEXICON, LexiconFile, read_lexicon
from tts.normaliser import normalise, normalised, version

TOWN = """
[words]
"sk slovan" = "es ká Slovan"
"KB" = "komerční banka"

[exact]
"TS" = "technické služby"
"TS Studénka" = "technické služby Studénka"

[streets]
"Rooseveltov*" = "rúzveltov*"
"2. května" = "druhého května"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lexicon.toml"
    path.write_text(TOWN, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("SK Slovan hraje.", "es ká Slovan hraje."),
        ("SK SLOVAN hraje.", "es ká Slovan hraje."),
        ("v KB i v kb.", "v komerční banka i v komerční banka."),
        ("TS Studénka a TS.", "technické služby Studénka a technické služby."),
        ("Ts.", "Ts."),
        ("Rooseveltova 5.", "rúzveltova pět."),
        ("v Rooseveltově ulici.", "v rúzveltově ulici."),
        ("ul. 2. května 12.", "ulice druhého května dvanáct."),
        ("skříň kbelíku.", "skříň kbelíku."),
    ],
)
def test_a_town_reads_its_own_words_in_its_own_way(file: Path, written: str, spoken: str) -> None:
    assert normalise(written, "cs", read_lexicon(file)) == spoken


def test_the_lexicon_comes_before_every_rule_and_settles_what_was_unsure(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.toml"
    path.write_text('[words]\n"2 lavory" = "dva lavory"\n', encoding="utf-8")
    assert normalised("2 lavory").unsure
    result = normalised("2 lavory", "cs", read_lexicon(path))
    assert (result.words, result.unsure) == ("dva lavory.", ())
    assert [(change.written, change.rule) for change in result.changes] == [("2 lavory", "lexicon")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[words", "is no TOML"),
        ('a = "b"', "“a” is no section|has “a”"),
        ("[slova]\n", "has “slova” — use the sections"),
        ("words = 5\n", "“words” is no section"),
        ("[words]\na = 5\n", "“a” is read as something else"),
        ('[words]\na = ""\n', "empty or longer"),
        ('[words]\n"" = "a"\n', "empty or longer"),
        ('[words]\n"–" = "a"\n', "needs a letter"),
        ('[words]\n"a  b" = "a"\n', "single spaces"),
        ('[exact]\n"a" = "5 a"\n', "a sign that nobody says"),
        ('[exact]\n"a" = "<b>"\n', "a sign that nobody says"),
        ('[exact]\n"a" = "a\\nb"\n', "a sign that nobody says"),
        ('[streets]\n"a*b" = "a"\n', "a star that is not at the end"),
        ('[streets]\n"ab*" = "a"\n', "a star that is not at the end"),
        ('[streets]\n"*" = "*"\n', "needs a letter"),
        ("[words]\n" + "".join(f'a{number} = "a"\n' for number in range(2001)), "more than 2000"),
        (f'[words]\na = "{"a" * 201}"\n', "longer than 200"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "lexicon.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=reason) as caught:
        read_lexicon(path)
    assert f"speech.lexicon: {path}" in str(caught.value)


def test_a_file_that_comes_while_the_service_runs_is_read(tmp_path: Path) -> None:
    following = LexiconFile(tmp_path / "lexicon.toml")
    assert following.current() == NO_LEXICON
    (tmp_path / "lexicon.toml").write_text('[exact]\n"TS" = "technické služby"\n', encoding="utf-8")
    assert normalise("TS.", "cs", following.current()) == "technické služby."


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes('[words]\na = "č"\n'.encode("cp1250"))
    with pytest.raises(SettingsError, match="is no TOML in UTF-8"):
        LexiconFile(tmp_path / "latin.toml")


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(file: Path) -> None:
    following = LexiconFile(file)
    before = following.current()
    assert following.current() is before
    file.write_text('[words]\n"TS" = "té es"\n', encoding="utf-8")
    after = following.current()
    assert normalise("TS.", "cs", after) == "té es."
    assert after.digest != before.digest


def test_a_file_that_went_wrong_is_told_once_and_the_last_good_one_serves(file: Path) -> None:
    following = LexiconFile(file)
    good = following.current()
    file.write_text("[words", encoding="utf-8")
    with capture_logs() as logs:
        assert following.current() is good
        assert following.current() is good
    assert [entry["event"] for entry in logs] == ["lexicon_kept"]
    file.unlink()
    assert following.current() is good
    file.write_text(TOWN, encoding="utf-8")
    assert following.current().digest == good.digest


def test_the_version_differs_when_something_is_read_otherwise_and_only_then(file: Path) -> None:
    first = version(read_lexicon(file))
    assert version() == version(NO_LEXICON) != first
    os.utime(file, (1, 1))
    file.write_text(f"# a remark\n{TOWN}", encoding="utf-8")
    assert version(read_lexicon(file)) == first
    file.write_text(TOWN.replace("rúzveltov*", "rouzveltov*"), encoding="utf-8")
    assert version(read_lexicon(file)) != first
