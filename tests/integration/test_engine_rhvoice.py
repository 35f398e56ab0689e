"""RHVoice is non-free, so it is played by a program that takes its arguments as RHVoice-test does."""

from pathlib import Path

import pytest

from tests.tones import write_tone
from tts.engines.rhvoice import RHVoice
from tts.library import Library


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where it is installed with its Czech voice; ``asked`` has how it was called, and the text."""
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/share/RHVoice/voices/zdenek").mkdir(parents=True)
    (tmp_path / "usr/share/RHVoice/voices/zdenek/voice.info").write_text("name=Zdenek\nversion=4.0\n")
    tone = write_tone(tmp_path / "tone.wav", 3)
    program = tmp_path / "usr/bin/RHVoice-test"
    program.write_text(
        f'#!/bin/sh\necho "$1 $2 $3 $4 $5 $7" >{tmp_path}/asked\ncat "$6" >>{tmp_path}/asked\ncp {tone} "$8"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    return tmp_path


async def test_it_speaks_with_the_voice_of_the_language(machine: Path) -> None:
    engine = RHVoice(rate=0.8)
    assert await engine.missing() is None
    assert engine.languages == {"cs"}
    rendering = await Library(machine / "library", [engine]).render("Sleva 5 % z vody [[x]].")
    asked, text = (machine / "asked").read_text().split("\n", 1)
    assert asked == "-p Zdenek -r 80 -i -o"
    assert "%" not in text
    assert rendering.voice.startswith("RHVoice Zdenek rate 0.8 name=Zdenek version=4.0")


async def test_a_sign_that_it_drops_is_put_into_words(machine: Path) -> None:
    await RHVoice().synthesize("sleva %", "cs", machine / "out.wav")
    assert "sleva  procent" in (machine / "asked").read_text()


async def test_a_machine_without_it_needs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    engine = RHVoice()
    assert engine.optional
    assert "install rhvoice" in str(await engine.missing())
