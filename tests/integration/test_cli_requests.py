"""requests and pin, as the clerk types them."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from store.callers import RequestReason
from store.database import opened
from subscribers.person import Person
from subscribers.proposals import to_json
from subscribers.requests import put_request
from tests.clerk import Clerk, hired

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
NUMBER = "+420556400950"
CALL = "c" * 32
TOLD = Person(
    name="", phones=(NUMBER,), packages=("1", "3"), town_part="Vzorov", street="Tyršova", house_number="214/1"
)


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    with hired(tmp_path, capsys, monkeypatch) as clerk:
        yield clerk


def ask(clerk: Clerk, reason: RequestReason = RequestReason.STUCK, told: Person = TOLD, **values: Any) -> int:
    async def put() -> int:
        async with opened(f"sqlite:///{clerk.folder}/var/hlasatel.db") as store, store.writing() as session:
            usual = {"call_id": CALL, "number": NUMBER, "recording": "c-1.wav"}
            return (await put_request(session, reason, NOW, told=to_json(told), **{**usual, **values})).id

    return asyncio.run(put())


def listed(clerk: Clerk, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(clerk("requests", "list", "--json", *arguments).out)
    return found


def exported(clerk: Clerk, number: str = NUMBER) -> list[str]:
    return [row for row in clerk("export", "-").out.splitlines() if number in row]


def test_a_request_is_listed_shown_and_completed(clerk: Clerk) -> None:
    request = ask(clerk)
    assert [(one["id"], one["number"], one["reason"]) for one in listed(clerk)] == [(request, NUMBER, "stuck")]
    assert "did not get on by keys" in clerk("requests", "list").out
    shown = clerk("requests", "show", str(request)).out
    assert str(clerk.folder / "var" / "recordings" / "c-1.wav") in shown.replace("\n", "")
    assert "Tyršova" in shown
    said = clerk("requests", "complete", str(request), "--name", "Božena Nová", "--package", "2")
    assert (said.code, said.err) == (0, "")
    (row,) = exported(clerk)
    assert row.startswith("Božena Nová;+420556400950")
    assert ";Vzorov;Tyršova;214/1;;2;" in row
    assert listed(clerk) == []
    (closed,) = listed(clerk, "--all")
    assert (closed["state"], closed["closed_by"].split()[0]) == ("completed", "operator")
    trail = json.loads(clerk("audit", "--json").out)
    assert [(one["act"], one["subject"], one["call_id"], one["details"]) for one in trail] == [
        ("completed", f"request {request}", CALL, "wording request-1")
    ]
    assert any("request-1" in row and f"request {request} of call" in row for row in clerk.rows())


def test_a_missing_name_is_written_down(clerk: Clerk) -> None:
    first = ask(clerk)
    clerk("requests", "complete", str(first), "--name", "Odběratel 556 400 950")
    subscriber = listed(clerk, "--all")[0]["subscriber"]
    request = ask(clerk, RequestReason.NAME, subscriber_id=subscriber)
    assert clerk("requests", "complete", str(request), "--name", "Božena Nová").code == 0
    (row,) = exported(clerk)
    assert row.startswith("Božena Nová;")


def test_a_request_is_rejected_with_a_reason(clerk: Clerk) -> None:
    request = ask(clerk)
    assert clerk("requests", "reject", str(request), "--reason", "nerozumět").code == 0
    assert listed(clerk, "--all")[0]["note"] == "nerozumět"
    (entry,) = json.loads(clerk("audit", "--json").out)
    assert (entry["act"], entry["call_id"], entry["details"]) == ("rejected", CALL, "nerozumět")
    assert exported(clerk) == []
    again = clerk("requests", "complete", str(request), "--name", "Božena Nová")
    assert (again.code, "is rejected already" in again.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("requests", "show", "77"), "there is no request 77"),
        (("requests", "show", "99999999999"), "there is no request"),
        (("requests", "complete", "1"), "name is empty"),
        (("requests", "complete", "1", "--name", "X", "--street", "Tyrsovka"), "did you mean"),
        (("requests", "complete", "1", "--name", "X", "--phone", "112"), "emergency"),
        (("requests", "reject", "1", "--reason", " "), "reason is empty"),
        (("requests", "reject", "1", "--reason", "x", "--by", "Nobody"), "unknown"),
        (("pin", "556 400 999", "--pin-file", "pin"), "0 subscribers"),
        (("pin", "556 400 001", "--name", "Nobody", "--pin-file", "pin"), "unknown subscriber"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(clerk: Clerk, arguments: tuple[str, ...], reason: str) -> None:
    ask(clerk)
    clerk.write("pin", "4719\n")
    before = clerk.rows()
    said = clerk(*arguments)
    assert said.code == 2
    assert reason in said.err
    assert clerk.rows() == before


def test_a_subscriber_gets_a_pin_and_loses_it(clerk: Clerk) -> None:
    clerk.write("pin", "4719\n")
    assert clerk("pin", "556 400 001", "--pin-file", "pin").out == "Marie Nováková: the PIN is set.\n"
    assert any('INTO "pins"' in row for row in clerk.rows())
    assert not any("4719" in row for row in clerk.rows() if "pins" in row)
    assert clerk("pin", "556 400 001").out == "Marie Nováková: no PIN.\n"
    assert not any('INTO "pins"' in row for row in clerk.rows())
