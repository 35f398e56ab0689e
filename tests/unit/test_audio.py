import asyncio
import sys
import time
import wave
from array import array
from pathlib import Path

import pytest

from store.errors import SpeechError
from tests.tones import write_tone
from tts import audio
from tts.formats import FORMATS, NARROW, WIDE, Band, FormatName, decode, encode
from tts.measure import loudness, seconds_of, true_peak
from tts.process import run


async def on_the_line(source: Path, band: Band = NARROW) -> Path:
    """The levelled WAV that a source becomes."""
    master, out = source.with_name("master.wav"), source.with_name("line.wav")
    await audio.make_master(source, master)
    await audio.level_out(master, band, out)
    return out


@pytest.mark.parametrize("band", [NARROW, WIDE], ids=["narrow", "wide"])
@pytest.mark.parametrize(("peak", "rate"), [(0.02, 8000), (0.3, 22050), (1.0, 44100)])
async def test_line_audio_has_one_loudness_peak_and_quiet_ends(
    tmp_path: Path, peak: float, rate: int, band: Band
) -> None:
    line = await on_the_line(write_tone(tmp_path / "source.wav", 3, peak=peak, rate=rate), band)
    assert await loudness(line) == pytest.approx(audio.LOUDNESS, abs=0.5)
    assert await true_peak(line) < -3
    assert seconds_of(line) == pytest.approx(3.4, abs=0.1)
    with wave.open(str(line)) as file:
        samples = array("h", file.readframes(file.getnframes()))
    quiet = int(band.rate * 0.19)
    assert not any(samples[:quiet])
    assert not any(samples[-quiet:])


async def bursts(folder: Path, seconds: float) -> Path:
    """Noise of that length, once a second."""
    file = folder / "bursts.wav"
    made = ("sox", "-R", "-n", "-r", "16000", str(file), "synth", str(seconds), "noise", "pad", "0", "0.9")
    assert (await run(*made, "repeat", "10", "gain", "-3", seconds=10)).code == 0
    return file


async def test_an_uneven_sound_becomes_as_loud_as_any_voice(tmp_path: Path) -> None:
    """Noise for a sixteenth of the time: without the compressor its peaks would bind before its loudness does."""
    line = await on_the_line(await bursts(tmp_path, 0.06))
    assert await loudness(line) == pytest.approx(audio.LOUDNESS, abs=audio.TOLERANCE)
    assert await true_peak(line) < -3


async def test_clicks_that_could_never_be_as_loud_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="too uneven"):
        await on_the_line(await bursts(tmp_path, 0.005))


async def test_what_a_landline_cuts_off_does_not_count_as_loud(tmp_path: Path) -> None:
    """A strong hum of 100 Hz is gone, and the quiet voice above it is as loud as any."""
    voice = write_tone(tmp_path / "voice.wav", 3, peak=0.02)
    hum = write_tone(tmp_path / "hum.wav", 3, hertz=100, peak=0.8)
    both, low = tmp_path / "both.wav", tmp_path / "low.wav"
    assert (await run("sox", "-m", str(voice), str(hum), str(both), seconds=10)).code == 0
    line = await on_the_line(both)
    assert (await run("sox", str(line), str(low), "sinc", "-200", seconds=10)).code == 0
    assert await loudness(line) == pytest.approx(audio.LOUDNESS, abs=0.5)
    assert await true_peak(low) < -40


async def test_silence_has_no_loudness_to_be_brought_up(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="silent"):
        await on_the_line(write_tone(tmp_path / "silence.wav", 2, peak=0))


@pytest.mark.parametrize("noise", [0.0, 0.004, 0.02])
async def test_silence_around_speech_is_cut_though_the_room_be_noisy(tmp_path: Path, noise: float) -> None:
    tone, padded, long = write_tone(tmp_path / "tone.wav", 1), tmp_path / "padded.wav", tmp_path / "long.wav"
    assert (await run("sox", str(tone), str(padded), "pad", "2", "2", seconds=10)).code == 0
    room = tmp_path / "room.wav"
    made = ("sox", "-n", "-r", "16000", "-b", "16", str(room), "synth", "5", "pinknoise", "vol", str(noise))
    assert (await run(*made, seconds=10)).code == 0
    assert (await run("sox", "-m", "-v", "1", str(padded), "-v", "1", str(room), str(long), seconds=10)).code == 0
    assert seconds_of(await on_the_line(long)) == pytest.approx(1.4, abs=0.15)


@pytest.mark.parametrize("name", FORMATS)
async def test_every_format_sounds_like_what_was_written_into_it(tmp_path: Path, name: FormatName) -> None:
    form = FORMATS[name]
    line = await on_the_line(write_tone(tmp_path / "source.wav", 2), form.band)
    raw, heard = tmp_path / "raw", tmp_path / "heard.wav"
    await encode(line, form, raw)
    await decode(raw, form, heard)
    assert raw.stat().st_size / form.bytes_a_second == pytest.approx(seconds_of(line), abs=0.05)
    assert await loudness(heard) == pytest.approx(audio.LOUDNESS, abs=audio.TOLERANCE)
    assert await true_peak(heard) < -3


async def test_a_wide_format_keeps_what_a_narrow_one_cuts_off(tmp_path: Path) -> None:
    """A tone of 5 kHz beside one of 1 kHz."""
    low, high = write_tone(tmp_path / "low.wav", 2), write_tone(tmp_path / "high.wav", 2, hertz=5000)
    both, only = tmp_path / "both.wav", tmp_path / "only.wav"
    assert (await run("sox", "-m", str(low), str(high), str(both), seconds=10)).code == 0
    line = await on_the_line(both, WIDE)
    assert (await run("sox", str(line), str(only), "sinc", "4500-5500", seconds=10)).code == 0
    assert await true_peak(only) > -20


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


async def test_a_program_that_is_given_up_with_its_pipe_full_is_gone(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    code = f"import pathlib, os\npathlib.Path({str(alive)!r}).touch()\nwhile True: os.write(1, bytes(1 << 20))"
    task = asyncio.create_task(run(sys.executable, "-c", code, seconds=60))
    async with asyncio.timeout(20):
        while not alive.exists():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
