"""The command ``text``, the doctor's look at carriers, and the switch that stops one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.cli.speaking import _for_one_call
from service.loading import load_settings
from tests.clerk import Clerk, hired

SECTION = """\
[town]
name = "Vzorov"
[[sms]]
adapter = "kannel"
name = "kannel"
url = "http://127.0.0.1:9/cgi-bin/sendsms"
username = "u"
password = "p"
[[sms]]
adapter = "file"
name = "file"
file = "sms.jsonl"
prefixes = ["+420", "+421"]
allow_foreign = true
"""


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    with hired(tmp_path, capsys, monkeypatch) as made:
        made.settings(SECTION)
        yield made


def test_one_message_is_sent(clerk: Clerk, tmp_path: Path) -> None:
    said = clerk("text", "602 123 456", "--text", "Zkouška", "--by", "file")
    assert (said.code, said.out) == (0, "file took it, 1 part(s), gsm: Zkouska\n")
    [line] = next(tmp_path.rglob("sms.jsonl")).read_text("utf-8").splitlines()
    assert (json.loads(line)["to"], json.loads(line)["text"]) == ("+420602123456", "Zkouska")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("602 123 456", "--text", "a"), "kannel: out of reach"),
        (("602 123 456", "--text", "a", "--by", "o2"), "no SMS carrier o2"),
        (("+43 660 1234567", "--text", "a", "--by", "file"), "no carrier may text +43"),
        (("900 123 456", "--text", "a", "--by", "file"), "premium-rate"),
        (("112", "--text", "a", "--by", "file"), "emergency"),
    ],
)
def test_what_cannot_go_is_refused(clerk: Clerk, arguments: tuple[str, ...], complaint: str) -> None:
    said = clerk("text", *arguments)
    assert said.code == 2
    assert complaint in said.err.replace("\n", " ")
    assert "Traceback" not in said.err


def test_the_doctor_looks_at_every_carrier(clerk: Clerk) -> None:
    findings = {one["what"]: one for one in json.loads(clerk("doctor", "--json").out)}
    assert not findings["sms kannel"]["ok"]
    assert "smsbox" in findings["sms kannel"]["mend"]
    assert findings["sms file"]["ok"]


def test_a_carrier_can_be_switched_off(clerk: Clerk) -> None:
    assert clerk("migrate").code == 0
    assert clerk("trunks", "off", "file").code == 0
    assert "kannel, file" in clerk("trunks", "off", "x").err.replace("\n", " ")


def test_a_first_call_leaves_messages_to_the_service_that_runs_beside_it(clerk: Clerk, tmp_path: Path) -> None:
    """Else it would take the door's port, and what people send into a store that is thrown away."""
    alone = _for_one_call(load_settings(None), tmp_path)
    assert (alone.sms, alone.inboxes, alone.email.host) == ((), (), "")
