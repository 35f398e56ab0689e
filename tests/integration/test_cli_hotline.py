"""prompts and voicemail: what an operator and a clerk do about the town's number."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.roots import dialogue_prompts
from store.database import opened
from store.inbound import InboundCall, VoiceMessage
from tests.clerk import Clerk, hired
from tests.tones import write_tone
from tts.prompts import prompt_texts

CALL = "c" * 32
NUMBER = "+420556415001"


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    with hired(tmp_path, capsys, monkeypatch) as clerk:
        yield clerk


def test_prompts_are_listed_with_their_texts(clerk: Clerk) -> None:
    listed = json.loads(clerk("prompts", "list", "--json").out)
    assert {row["key"] for row in listed} == set(prompt_texts("cs"))
    english = clerk("prompts", "list", "--language", "en").out
    assert "To listen to announcements, press one." in " ".join(english.split())


def test_a_language_without_prompts_is_refused(clerk: Clerk) -> None:
    refused = clerk("prompts", "list", "--language", "xx")
    assert refused.code == 2
    assert "no prompts for “xx”" in refused.err


def test_our_prompts_are_well(clerk: Clerk) -> None:
    checked = clerk("prompts", "check")
    assert checked.code == 0
    assert "prompts are well in cs, en." in checked.out


def test_what_is_wrong_with_prompts_is_told(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {**prompt_texts("cs"), "office.nobody": "Nikdo.", "hotline.welcome": "Dobrý den. " * 60}
    del texts["office.kept"]
    monkeypatch.setattr("ivr.wording.prompt_texts", lambda _language: texts)
    checked = clerk("prompts", "check", "--language", "cs", "--json")
    assert checked.code == 1
    assert [(flaw["key"], flaw["what"].split(":")[0]) for flaw in json.loads(checked.out)] == [
        ("office.kept", "missing"),
        ("office.nobody", "unused"),
        ("hotline.welcome", "too long"),
    ]


def test_the_menus_are_drawn(clerk: Clerk) -> None:
    drawn = clerk("prompts", "draw").out
    assert drawn.startswith("flowchart LR\n")
    assert "main_menu -- 1 --> listen\n" in drawn


def test_a_page_without_marks_is_not_touched(clerk: Clerk) -> None:
    page = clerk.folder / "page.md"
    page.write_text("# Page\n")
    assert clerk("prompts", "draw", "--into", str(page)).code == 2
    assert page.read_text() == "# Page\n"


def leave_message(clerk: Clerk, *, number: str = NUMBER) -> Path:
    """Somebody has said something after the tone."""
    folder = clerk.folder / "var" / "recordings"
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)

    async def keep() -> None:
        async with opened(f"sqlite:///{clerk.folder}/var/hlasatel.db") as store, store.writing() as session:
            session.add(InboundCall(id=CALL, number=number, started_at=now))
            session.add(VoiceMessage(call_id=CALL, recorded_at=now, seconds=8.0, file=f"{CALL}-1.wav"))

    asyncio.run(keep())
    return write_tone(folder / f"{CALL}-1.wav", 1, rate=8000)


def test_a_message_is_listed_with_its_number_written_out_and_done(clerk: Clerk) -> None:
    recording = leave_message(clerk)
    (message,) = json.loads(clerk("voicemail", "list", "--json").out)
    assert (message["number"], message["seconds"], message["done_at"]) == (NUMBER, 8.0, None)
    assert NUMBER in clerk("voicemail", "list").out
    assert clerk("voicemail", "play", "1", "-o", "heard.wav").code == 0
    assert (clerk.folder / "heard.wav").read_bytes() == recording.read_bytes()
    assert clerk("voicemail", "done", "1").code == 0
    assert not recording.exists()
    assert json.loads(clerk("voicemail", "list", "--json").out) == []
    assert len(json.loads(clerk("voicemail", "list", "--all", "--json").out)) == 1
    assert "voice message 1" in clerk("audit").out


def test_a_withheld_number_is_said_to_be(clerk: Clerk) -> None:
    leave_message(clerk, number="")
    assert "withheld" in clerk("voicemail", "list").out


@pytest.mark.parametrize("command", ["play", "done"])
def test_a_message_that_is_not_there_or_done_is_refused(clerk: Clerk, command: str) -> None:
    assert "no voice message 7" in clerk("voicemail", command, "7").err
    leave_message(clerk)
    clerk("voicemail", "done", "1")
    assert "has been dealt with" in clerk("voicemail", command, "1").err


def test_every_prompt_of_the_dialogues_is_checked(clerk: Clerk) -> None:
    said = clerk("prompts", "check").out
    assert int(said.split()[1]) > len(dialogue_prompts())
