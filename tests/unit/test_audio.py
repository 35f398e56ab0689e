import sys
import time
from pathlib import Path

import pytest

from store.errors import InputError, SpeechError
from tests.tones import write_tone
from tts import audio
from tts.process import run


async def test_loudness_is_that_of_the_standard(tmp_path: Path) -> None:
    """EBU Tech 3341: a 1 kHz sine of -23 dBFS peak in one channel is -26 LUFS; here the tone beats (-3 dB)."""
    tone = write_tone(tmp_path / "tone.wav", 4, peak=10 ** (-23 / 20), rate=48000)
    assert await audio.loudness(tone) == pytest.approx(-26.0 - 3.0, abs=0.3)


@pytest.mark.parametrize(("peak", "rate"), [(0.02, 8000), (0.3, 22050), (1.0, 44100)])
async def test_telephone_audio_has_one_loudness_peak_and_quiet_ends(tmp_path: Path, peak: float, rate: int) -> None:
    source = write_tone(tmp_path / "source.wav", 3, peak=peak, rate=rate)
    alaw, master = await audio.to_telephone(source, tmp_path)
    assert await audio.loudness(master) == pytest.approx(audio.LOUDNESS, abs=0.5)
    assert await audio.peak(master) < -3
    assert audio.alaw_seconds(alaw) == pytest.approx(3.4, abs=0.1)
    raw = alaw.read_bytes()
    assert set(raw[:1600]) | set(raw[-1600:]) == {0xD5}  # A-law's zero (ITU-T G.711)


async def test_what_a_landline_cuts_off_does_not_count_as_loud(tmp_path: Path) -> None:
    """A strong hum of 100 Hz is gone, and the quiet voice above it is as loud as any."""
    voice = write_tone(tmp_path / "voice.wav", 3, peak=0.02)
    hum = write_tone(tmp_path / "hum.wav", 3, hertz=100, peak=0.8)
    both = tmp_path / "both.wav"
    assert (await run("sox", "-m", str(voice), str(hum), str(both), seconds=10)).code == 0
    _, master = await audio.to_telephone(both, tmp_path)
    low = tmp_path / "low.wav"
    assert (await run("sox", str(master), str(low), "sinc", "-200", seconds=10)).code == 0
    assert await audio.loudness(master) == pytest.approx(audio.LOUDNESS, abs=0.5)
    assert await audio.peak(low) < -45


async def test_silence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="silent"):
        await audio.to_telephone(write_tone(tmp_path / "silence.wav", 2, peak=0), tmp_path)


async def test_a_click_is_refused_as_too_short(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="too short"):
        await audio.to_telephone(write_tone(tmp_path / "click.wav", 0.15), tmp_path)


async def test_silence_around_speech_is_cut(tmp_path: Path) -> None:
    tone, long = write_tone(tmp_path / "tone.wav", 1), tmp_path / "long.wav"
    assert (await run("sox", str(tone), str(long), "pad", "2", "2", seconds=10)).code == 0
    alaw, _ = await audio.to_telephone(long, tmp_path)
    assert audio.alaw_seconds(alaw) == pytest.approx(1.4, abs=0.1)


async def test_a_recording_may_be_stereo_and_have_an_odd_name(tmp_path: Path) -> None:
    tone, odd, out = write_tone(tmp_path / "tone.wav", 1), tmp_path / "|hlášení [1] *.WAV", tmp_path / "out.wav"
    stereo = tmp_path / "stereo.wav"
    assert (await run("sox", "-M", str(tone), str(tone), str(stereo), seconds=10)).code == 0
    stereo.rename(odd)
    await audio.read_recording(odd, out)
    alaw, _ = await audio.to_telephone(out, tmp_path)
    assert audio.alaw_seconds(alaw) == pytest.approx(1.4, abs=0.1)


async def test_a_recording_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    fake = tmp_path / "fake.wav"
    fake.write_bytes(b"not a wave file at all")
    text = tmp_path / "text.txt"
    text.write_text("Dobrý den")
    with pytest.raises(InputError, match="not a readable WAV"):
        await audio.read_recording(fake, tmp_path / "out.wav")
    with pytest.raises(InputError, match="not a known kind"):
        await audio.read_recording(text, tmp_path / "out.wav")
    with pytest.raises(InputError, match="no such file"):
        await audio.read_recording(tmp_path / "absent.wav", tmp_path / "out.wav")


async def test_an_mp3_without_ffmpeg_names_the_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    song = tmp_path / "song.mp3"
    song.write_bytes(b"ID3")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpeechError, match="install ffmpeg"):
        await audio.read_recording(song, tmp_path / "out.wav")


async def test_a_program_that_hangs_is_killed_in_time(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    code = f"import pathlib, time; pathlib.Path({str(alive)!r}).touch(); time.sleep(60)"
    started = time.monotonic()
    with pytest.raises(SpeechError, match="longer than 2 s"):
        await run(sys.executable, "-c", code, seconds=2)
    assert alive.exists()
    assert time.monotonic() - started < 20


async def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(SpeechError, match="install no-such-program"):
        await run("no-such-program", seconds=1)


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, ffmpeg: str) -> None:
    """Put an ffmpeg and an ffprobe of our own first on PATH."""
    stream = '{"codec_type":"audio","index":0,"sample_fmt":"fltp","sample_rate":"16000","channels":1}'
    words = "    Stream #0:0: Audio: mp3, 16000 Hz, mono, fltp, 64 kb/s"
    ffprobe = f"echo '{{\"streams\":[{stream}]}}'; echo '{words}' >&2"
    for name, script in {"ffprobe": ffprobe, "ffmpeg": ffmpeg}.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


async def test_an_mp3_is_decoded_by_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tone = write_tone(tmp_path / "tone.wav", 1)
    stand_in(tmp_path, monkeypatch, f"cat '{tone}'")
    (tmp_path / "song.mp3").write_bytes(b"ID3")
    await audio.read_recording(tmp_path / "song.mp3", tmp_path / "out.wav")
    assert (tmp_path / "out.wav").stat().st_size == tone.stat().st_size


async def test_an_mp3_that_ffmpeg_refuses_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "exit 1")
    (tmp_path / "song.mp3").write_bytes(b"")
    with pytest.raises(InputError, match="not a readable MP3"):
        await audio.read_recording(tmp_path / "song.mp3", tmp_path / "out.wav")
