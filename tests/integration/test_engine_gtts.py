"""gTTS, unmodified, against a stand-in for Google that it reaches through an HTTPS proxy."""

import asyncio
import re
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from store.errors import SpeechError
from tests.google import Google as StandIn
from tests.google import google
from tests.tones import ToneEngine, write_tone
from tts.engines.google import Google
from tts.library import Library
from tts.measure import defect, seconds_of
from tts.process import run

WORDS = "Vážení občané, v úterý dvacátého čtvrtého listopadu nepoteče voda. " * 4


async def mp3(folder: Path, seconds: float, hertz: float = 1000) -> bytes:
    tone, out = write_tone(folder / "tone.wav", seconds, hertz=hertz), folder / "tone.mp3"
    assert (await run("ffmpeg", "-v", "error", "-y", "-i", str(tone), str(out), seconds=30)).code == 0
    return out.read_bytes()


def through(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{stand_in.port}")


async def test_a_long_text_comes_in_parts_and_none_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with google(tmp_path, await mp3(tmp_path, 2), await mp3(tmp_path, 3), await mp3(tmp_path, 1)) as stand_in:
        through(stand_in, monkeypatch)
        await Google().synthesize(WORDS, "cs", tmp_path / "out.wav")
    parts = len(stand_in.texts)
    assert parts >= 3
    assert [word for text in stand_in.texts for word in re.findall(r"\w+", text)] == re.findall(r"\w+", WORDS)
    assert set(stand_in.hosts) == {"translate.google.com:443"}
    assert seconds_of(tmp_path / "out.wav") == pytest.approx(2 + 3 + (parts - 2), abs=0.3 * parts)
    assert await defect(tmp_path / "out.wav", 1, 60) is None


async def test_a_slower_rate_takes_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with google(tmp_path, await mp3(tmp_path, 4)) as stand_in:
        through(stand_in, monkeypatch)
        await Google(rate=0.8).synthesize("Voda neteče.", "cs", tmp_path / "out.wav")
    assert seconds_of(tmp_path / "out.wav") == pytest.approx(5, abs=0.2)


async def test_too_many_requests_lets_google_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Google()
    async with google(tmp_path, b"", status="429 Too Many Requests") as stand_in:
        through(stand_in, monkeypatch)
        with pytest.raises(SpeechError, match="429"):
            await engine.synthesize("Voda neteče.", "cs", tmp_path / "out.wav")
        asked = len(stand_in.hosts)
        with pytest.raises(SpeechError, match="asked us to wait"):
            await engine.synthesize("Voda teče.", "cs", tmp_path / "out.wav")
        assert len(stand_in.hosts) == asked == 1


@pytest.mark.parametrize(
    ("sounds", "status", "reason"),
    [
        ([b""], "200 OK", "left out a part"),
        ([], "200 OK", "left out a part"),
        ([b"<html>consent</html>"], "200 OK", "is not WAV, MP3, OGG or M4A"),
        ([b"ID3 and no more"], "200 OK", "not a readable MP3"),
        ([b""], "503 Service Unavailable", "503"),
    ],
)
async def test_no_sound_is_an_error_and_the_next_engine_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sounds: list[bytes], status: str, reason: str
) -> None:
    async with google(tmp_path, *sounds, status=status) as stand_in:
        through(stand_in, monkeypatch)
        with capture_logs() as logs:
            rendering = await Library(tmp_path / "library", [Google(), ToneEngine("spare")]).render("Voda neteče.")
    assert rendering.voice.startswith("spare")
    [warning] = logs
    assert warning["engine"] == "gtts"
    assert reason in warning["reason"]


async def test_google_that_cannot_be_reached_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with google(tmp_path) as stand_in:
        pass  # and nobody listens there any more
    through(stand_in, monkeypatch)
    with pytest.raises(SpeechError, match="Failed to connect"):
        await Google().synthesize("Voda neteče.", "cs", tmp_path / "out.wav")


async def test_google_that_does_not_answer_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with google(tmp_path, b"") as stand_in:
        through(stand_in, monkeypatch)
        stand_in.answers.clear()
        with pytest.raises(SpeechError, match=r"longer than 0\.3 s"):
            await Google(timeout_seconds=0.3).synthesize("Voda neteče.", "cs", tmp_path / "out.wav")


async def test_nothing_more_is_asked_of_google_after_a_cancel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with google(tmp_path, await mp3(tmp_path, 1)) as stand_in:
        through(stand_in, monkeypatch)
        stand_in.answers.clear()
        task = asyncio.create_task(Google().synthesize(WORDS, "cs", tmp_path / "out.wav"))
        async with asyncio.timeout(20):
            while not stand_in.hosts:
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        stand_in.answers.set()
        await asyncio.get_running_loop().shutdown_default_executor()  # the thread has ended
        assert len(stand_in.texts) == 1
    assert not (tmp_path / "out.wav").exists()
