"""staff, drafts and audit, as the operator types them."""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clerk import Clerk, hired

PIN = "4729"
GOOD = ("announce", "--text", "Dnes nepoteče voda.", "--topic", "voda")


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    with hired(tmp_path, capsys, monkeypatch) as clerk:
        clerk.write("pin", f"{PIN}\n")
        yield clerk


def told(clerk: Clerk, *arguments: str) -> Any:
    said = clerk(*arguments, "--json")
    assert said.code == 0, said.err
    return json.loads(said.out)


def hire(clerk: Clerk, name: str, *arguments: str) -> Any:
    return told(clerk, "staff", "add", name, *arguments)


def trail(clerk: Clerk) -> list[tuple[str, str]]:
    return [(entry["act"], entry["subject"]) for entry in reversed(told(clerk, "audit"))]


def test_staff_are_added_listed_changed_and_removed(clerk: Clerk) -> None:
    added = hire(clerk, "Petr Hlídka", "--phone", "556 400 300", "--pin-file", "pin", "--may", "launch")
    assert (added["phone"], added["pin"], added["may"]) == ("+420556400300", True, ["launch"])
    changed = told(clerk, "staff", "change", "petr hlidka", "--up-to", "crisis", "--package", "1", "--topic", "voda")
    assert changed == {**added, "up_to": "crisis", "packages": [1], "topics": ["voda"]}
    changed = told(clerk, "staff", "change", "1", "--any-topic", "--may", "draft", "--may", "approve", "--no-phone")
    wanted = {"up_to": "crisis", "packages": [], "topics": [], "may": ["draft", "approve"], "phone": None}
    assert changed == {**added, **wanted}
    assert told(clerk, "staff", "list") == [changed]
    assert "Petr Hlídka" in clerk("staff", "list").out
    assert clerk("staff", "remove", "Petr Hlídka").out == "Petr Hlídka is removed.\n"
    assert told(clerk, "staff", "list") == []
    assert trail(clerk) == [
        ("added", "staff 1"),
        ("changed", "staff 1"),
        ("changed", "staff 1"),
        ("removed", "staff 1"),
    ]


def test_whoever_is_added_with_nothing_said_may_draft_only(clerk: Clerk) -> None:
    assert hire(clerk, "Jana Nová")["may"] == ["draft"]


def test_an_id_is_never_given_twice(clerk: Clerk) -> None:
    hire(clerk, "Jana Nová")
    clerk("staff", "remove", "1")
    assert hire(clerk, "Karel Starý")["id"] == 2


def test_a_pin_comes_from_standard_input_and_is_nowhere_to_be_read(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PIN}\n"))
    assert hire(clerk, "Jana Nová", "--pin-file", "-")["pin"] is True
    assert not any(PIN in row for row in clerk.rows() if "staff" in row or "audit" in row)


BAD = {
    "name of nobody": (("staff", "add", "12"), "has no letter", ""),
    "name twice": (("staff", "add", "jan novy"), "Jan Nový is among the staff already", "tells the two apart"),
    "premium number": (("staff", "add", "X Y", "--phone", "900 123 456"), "premium", "ordinary"),
    "abroad": (("staff", "add", "X Y", "--phone", "+43 1 5350000"), "no trunk may dial", "prefixes"),
    "unknown topic": (("staff", "add", "X Y", "--topic", "vodda"), "unknown topic", "voda"),
    "unknown package": (("staff", "add", "X Y", "--package", "8"), "unknown package", "1, 2"),
    "unknown right": (("staff", "add", "X Y", "--may", "vladnout"), "--may", "launch"),
    "short PIN": (("staff", "add", "X Y", "--pin-file", "short"), "four to eight digits", "mend"),
    "easy PIN": (("staff", "add", "X Y", "--pin-file", "easy"), "first that anybody would try", "in a row"),
    "PIN twice": (("staff", "add", "X Y", "--pin", "--pin-file", "pin"), "--pin and --pin-file", "one of them"),
    "no PIN file": (("staff", "add", "X Y", "--pin-file", "neni"), "neni: No such file", "can be read"),
    "PIN as an argument": (("staff", "add", "X Y", "--pin", "4729"), "unexpected extra argument", ""),
    "unknown person": (("staff", "change", "Jan Nový starší"), "unknown member of the staff", "Jan Nový"),
    "unknown id": (("staff", "remove", "77"), "unknown member of the staff “77”", "staff list"),
    "phone and none": (("staff", "change", "1", "--phone", "556400300", "--no-phone"), "contradict", "one of them"),
    "unknown draft": (("drafts", "approve", "77"), "no draft 77", "drafts list"),
    "no draft at all": (("drafts", "show", "0"), "no draft 0", "drafts list"),
    "huge draft": (("drafts", "listen", "99999999999999999999"), "no draft 9999", "drafts list"),
    "no reason": (("drafts", "reject", "1"), "--reason", ""),
    "empty reason": (("drafts", "reject", "1", "--reason", " "), "reason is empty", ""),
    "by a stranger": ((*GOOD, "--by", "Kdosi"), "unknown member of the staff “Kdosi”", "staff list"),
    "a draft waited for": ((*GOOD, "--draft", "--wait"), "no end to wait for", "--wait"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_with_reason_and_mend_and_changes_nothing(clerk: Clerk, case: str) -> None:
    arguments, reason, mend = BAD[case]
    hire(clerk, "Jan Nový")
    clerk.write("short", "123\n")
    clerk.write("easy", "1234\n")
    assert clerk(*GOOD, "--draft").code == 0
    before = clerk.rows()
    said = clerk(*arguments)
    assert said.code == 2
    assert reason in said.err
    assert mend in said.err
    assert "Traceback" not in said.all
    assert clerk.rows() == before


def test_a_draft_is_shown_listened_to_and_approved(clerk: Clerk) -> None:
    made = told(clerk, *GOOD, "--draft", "--part", "Butovice", "--priority", "urgent")
    assert told(clerk, "list") == []
    shown = told(clerk, "drafts", "show", str(made["draft"]))
    assert shown["text"] == "Dnes nepoteče voda."
    assert shown["audience"] == "voda; Butovice"
    assert shown["reach"]["people"] == made["people"]
    assert "Dnes nepoteče voda." in clerk("drafts", "show", "1").out
    assert clerk("drafts", "listen", "1", "-o", "heard.wav").code == 0
    assert (clerk.folder / "heard.wav").stat().st_size > 8000
    approved = told(clerk, "drafts", "approve", "1")
    (announcement,) = told(clerk, "list")
    assert (announcement["id"], announcement["priority"]) == (approved["id"], "urgent")
    assert told(clerk, "drafts", "list") == []
    assert [one["state"] for one in told(clerk, "drafts", "list", "--all")] == ["approved"]
    assert trail(clerk) == [("drafted", "draft 1"), ("launched", "announcement 1"), ("approved", "draft 1")]


def test_what_a_person_may_not_launch_they_hand_over_for_approval(clerk: Clerk) -> None:
    hire(clerk, "Jana Nová", "--may", "draft")
    hire(clerk, "Petr Hlídka", "--may", "approve")
    said = clerk(*GOOD, "--by", "Jana Nová")
    assert (said.code, "Jana Nová may not launch this" in said.err, "--draft" in said.err) == (2, True, True)
    assert told(clerk, *GOOD, "--by", "Jana Nová", "--draft")["draft"] == 1
    assert "may not approve" in clerk("drafts", "approve", "1", "--by", "Jana Nová").err
    assert clerk("drafts", "reject", "1", "--reason", "Kdy?", "--by", "Petr Hlídka").out == "Draft 1 is rejected.\n"
    assert "rejected already, by Petr Hlídka" in clerk("drafts", "approve", "1").err
    assert "Kdy?" in clerk("drafts", "list", "--all", "--json").out


def test_control_of_calls_is_in_the_trail(clerk: Clerk) -> None:
    hire(clerk, "Jana Nová")
    assert clerk(*GOOD).code == 0
    for step in ("pause", "resume", "stop"):
        assert clerk(step, "1", "--by", "Jana Nová").code == 0
    assert clerk("stop", "1", "--cut").code == 0
    assert clerk("trunks", "off").code == 0
    assert clerk("trunks", "on").code == 0
    assert trail(clerk)[1:] == [
        ("launched", "announcement 1"),
        ("paused", "announcement 1"),
        ("resumed", "announcement 1"),
        ("stopped", "announcement 1"),
        ("cut", "announcement 1"),
        ("switched off", "all trunks"),
        ("switched on", "all trunks"),
    ]
    assert {entry["who"] for entry in told(clerk, "audit", "--of", "announcement 1")} >= {"Jana Nová"}
    assert "Jana Nová" in clerk("audit", "--most", "5").out
