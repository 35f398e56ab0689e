"""Plans, templates and the communication manual, as a clerk types them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clerk import Clerk, hired

SMS = """
[[sms]]
name = "soubor"
adapter = "file"
price_per_part = 1.1
"""
MANUAL = """
[voda]
mode = "escalate"
channels = ["voice", "sms", "email"]
unheard_attempts = 3
priority = "urgent"
template = "odstavka-vody"
lasts_hours = 12

[povodne]
approval = true
mode = "all"
text = "Pozor, stoupá hladina."
sms_text = "Pozor, povoden."
"""
WATER = ("--template", "odstavka-vody", "--set", "ulice=Tyršova", "--set", "od=2099-12-01T08:00")
UNTIL = ("--set", "do=2099-12-01T14:00")


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    with hired(tmp_path, capsys, monkeypatch) as clerk:
        settings = clerk.folder / "hlasatel.toml"
        settings.write_text(settings.read_text(encoding="utf-8") + SMS, encoding="utf-8")
        yield clerk


def manual(clerk: Clerk, text: str = MANUAL) -> None:
    (clerk.folder / "rozesilky.toml").write_text(text, encoding="utf-8")


def test_a_template_is_announced_to_those_who_want_its_topic(clerk: Clerk) -> None:
    said = clerk("announce", *WATER, *UNTIL, "--street", "Tyršova")
    assert said.code == 0, said.err
    assert said.out.startswith("Announcement 1: ")
    listed = json.loads(clerk("list", "--json").out)
    assert listed[0]["title"] == "Odstávka vody: Tyršova"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*WATER,), "mend: add: --set do=…"),
        ((*WATER, *UNTIL, "--set", "kdo=x"), "mend: it needs ulice, od, do"),
        ((*WATER, *UNTIL, "--set", "ulice=x"), "--set ulice was given twice"),
        ((*WATER, *UNTIL, "--set", "ulice"), "--set ulice: no NAME=VALUE"),
        ((*WATER, *UNTIL, "--text", "x"), "both a template and a text"),
        (("--text", "x", "--topic", "voda", "--set", "a=b"), "--set without a template"),
        (
            (
                "--template",
                "odstavka-vod",
            ),
            "did you mean odstavka-vody",
        ),
        (("--text", "x", "--topic", "voda", "--channels", "fax"), "unknown channel “fax”"),
        (("--text", "x", "--topic", "voda", "--channels", ","), "names no channel"),
        (("--text", "x", "--topic", "voda", "--plan", "vsem"), "--plan"),
        (("--text", "x", "--topic", "voda", "--sms-text", " "), "the SMS text is empty"),
        (("--text", "x", "--topic", "voda", "--sms-text", "{kdo}"), "the text has the placeholder {kdo}"),
        (("--text", "x", "--topic", "voda", "--sms-text", "x" * 700), "5 SMS parts, over texting.most_parts = 4"),
    ],
)
def test_what_cannot_be_meant_is_refused(clerk: Clerk, arguments: tuple[str, ...], message: str) -> None:
    assert clerk("import", clerk.write("lide.csv", "jmeno;telefon;temata;kanaly\nEva;602 123 456;voda;sms\n")).code == 0
    said = clerk("announce", *arguments)
    assert (said.code, message in said.err) == (2, True), said.err
    assert json.loads(clerk("list", "--json").out) == []


def test_a_dry_run_tells_each_channel_and_the_parts(clerk: Clerk) -> None:
    people = "jmeno;telefon;skupiny;temata;kanaly\nEva;602 123 456;a;sport;sms\nJan;602 123 457;a;sport;sms, hlas\n"
    clerk("import", clerk.write("lide.csv", people + "Ota;556 414 322;a;sport;\n"))
    said = clerk(
        "announce",
        "--text",
        "Zápas se nekoná.",
        "--topic",
        "sport",
        "--group",
        "a",
        "--sms-text",
        "x" * 200,
        "--dry-run",
        "--json",
    )
    told = json.loads(said.out)
    by_channel = {one["channel"]: one for one in told["channels"]}
    assert told["people"] == 3
    assert told["sms_parts"] == 2
    assert by_channel["voice"]["people"] == 1
    assert (by_channel["sms"]["addresses"], by_channel["sms"]["parts"], by_channel["sms"]["price"]) == (2, 4, "4.40")
    shown = clerk("announce", "--text", "Zápas.", "--topic", "sport", "--plan", "all", "--dry-run").out
    assert "SMS parts" in shown


def test_the_manual_settles_what_was_not_said(clerk: Clerk) -> None:
    manual(clerk)
    said = clerk("announce", "--topic", "voda", *WATER[2:], *UNTIL, "--street", "Tyršova")
    assert said.code == 0, said.err
    listed = json.loads(clerk("list", "--json").out)
    assert (listed[0]["title"], listed[0]["priority"]) == ("Odstávka vody: Tyršova", "urgent")
    assert clerk("announce", "--topic", "voda", "--text", "Jinak.", "--priority", "normal").code == 0
    assert json.loads(clerk("list", "--json").out)[0]["priority"] == "normal"


def test_what_needs_approval_becomes_a_draft(clerk: Clerk) -> None:
    manual(clerk)
    said = clerk("announce", "--topic", "povodne", "--json")
    assert said.code == 0, said.err
    assert "draft" in json.loads(said.out)
    assert json.loads(clerk("list", "--json").out) == []
    assert clerk("announce", "--topic", "povodne", "--wait").code == 2
    assert clerk("drafts", "approve", "1").code == 0
    assert len(json.loads(clerk("list", "--json").out)) == 1


def test_whoever_may_approve_launches_at_once(clerk: Clerk) -> None:
    manual(clerk)
    added = clerk("staff", "add", "Starosta", "--may", "approve", "--may", "launch")
    assert added.code == 0, added.err
    said = clerk("announce", "--topic", "povodne", "--by", "Starosta", "--json")
    assert said.code == 0, said.err
    assert "id" in json.loads(said.out)


def test_the_manual_is_shown_and_checked(clerk: Clerk) -> None:
    manual(clerk)
    shown = clerk("manual", "show").out
    assert "escalate" in shown
    assert "needed" in shown
    told = json.loads(clerk("manual", "show", "--json").out)
    assert told["voda"]["plan"] == {
        "mode": "escalate",
        "channels": ["voice", "sms", "email"],
        "unheard_attempts": 3,
        "overrides": False,
    }
    assert "2 topic(s)" in clerk("manual", "check").out
    assert "odstavka-vody" in clerk("manual", "templates").out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[vodda]\n", "vodda: there is no topic vodda"),
        ('[voda]\ntemplate = "x"\n', "voda.template: there is no such template"),
        ('[voda]\nmode = "vsem"\n', "voda.mode"),
        ('[voda]\nhours = "8-20"\n', "voda.hours: must be hours such as 8:00-18:00"),
        ('[voda]\nkanal = "sms"\n', "voda.kanal"),
        ('[voda]\nsms_text = "' + "x" * 700 + '"\n', "voda.sms_text: 5 SMS parts"),
        ('[voda]\ntext = "{kdo}"\n', "placeholder {kdo}"),
        ("[voda\n", "rozesilky.toml"),
    ],
)
def test_a_manual_that_is_wrong_names_the_key(clerk: Clerk, text: str, message: str) -> None:
    manual(clerk, text)
    said = clerk("manual", "check")
    assert (said.code, message in said.err) == (2, True), said.err
