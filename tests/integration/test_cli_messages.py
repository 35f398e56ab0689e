"""hlasatel messages: what came and what was answered, as staff read it."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.incoming.arrived import Arrived
from channels.incoming.clerk import Clerk as MessageClerk
from channels.incoming.inbox import Inbox
from channels.incoming.settings import IncomingSettings
from store.database import opened
from tests.clerk import Clerk, hired

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    with hired(tmp_path, capsys, monkeypatch) as clerk:
        yield clerk


def bring(clerk: Clerk, *messages: tuple[str, str | None]) -> None:
    async def run() -> None:
        async with opened(f"sqlite:///{clerk.folder}/var/hlasatel.db") as store:
            inbox = Inbox(store, "CZ")
            office = MessageClerk(
                store,
                inbox,
                IncomingSettings(),
                town="Vzorov",
                country="CZ",
                may_text=lambda _: True,
                own_numbers=frozenset(),
                clock=lambda: NOW,
            )
            for key, (sender, text) in enumerate(messages):
                await inbox.take(Arrived("kannel", f"k{key}", sender, "", text, NOW, b"\x00\x01"))
                await office.work()

    asyncio.run(run())


def test_staff_see_what_came_and_what_was_answered(clerk: Clerk) -> None:
    assert "Messages" in clerk("messages").out
    bring(
        clerk,
        ("+420602123456", "REGISTRUJ Jan [red]Novák Tyršova 1 T1"),
        ("+420602123457", "P U školy nesvítí lampa"),
        ("+420602123457", None),
        ("Banka", "Výhodná půjčka"),
    )
    shown = clerk("messages").out
    assert "+420*******56" in shown
    assert "602123456" not in shown
    assert "2026-11-24 08:30" in shown
    assert "[red]" in shown
    assert "(2 bytes, no text)" in shown
    assert "Banka" in shown
    assert "+420602123456" in clerk("messages", "--numbers").out


def test_messages_of_one_person_or_number(clerk: Clerk) -> None:
    bring(
        clerk,
        ("+420602123456", "REGISTRUJ Jan Novák Tyršova 1 T1"),
        ("+420602123456", "STAV"),
        ("+420602123457", "STAV"),
    )
    of_number = json.loads(clerk("messages", "--phone", "602 123 457", "--json").out)
    assert [(one["text"], one["result"], one["sender"]) for one in of_number] == [
        ("STAV", "not_registered", "+420*******57")
    ]
    subscriber = json.loads(clerk("messages", "--json").out)[-1]["subscriber_id"]
    theirs = json.loads(clerk("messages", "--subscriber", str(subscriber), "--json").out)
    assert [one["text"] for one in theirs] == ["STAV", "REGISTRUJ Jan Novák Tyršova 1 T1"]
    assert len(json.loads(clerk("messages", "--limit", "1", "--json").out)) == 1


def test_one_message_is_shown_whole(clerk: Clerk) -> None:
    bring(clerk, ("+420602123456", "P U školy nesvítí lampa"))
    shown = clerk("messages", "show", "1")
    assert shown.code == 0
    assert "váš vzkaz jsme přijali pod číslem 1" in " ".join(shown.out.split())
    assert json.loads(clerk("messages", "show", "1", "--json").out)["letter"] == 1
    refused = clerk("messages", "show", "7")
    assert (refused.code, refused.out) == (2, "")
    assert "no message has id 7" in refused.err


def test_a_leaflet_has_the_towns_own_topics(clerk: Clerk) -> None:
    text = clerk("messages", "leaflet", "--phone", "602 000 001").out
    assert "Pošlete SMS na číslo 602 000 001" in text
    assert "REGISTRUJ JAN NOVAK" in text
    assert "T5   Výpadky vody" in text
    assert "B2   Výpadky a zprávy z města" in text
