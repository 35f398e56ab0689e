"""A recording made by phone: cut at silence, without the key that ended it, as loud as all."""

from pathlib import Path

import pytest

from tests.tones import ToneEngine, write_tone
from tts.check import signal_faults
from tts.engines.festival import Festival
from tts.formats import FORMATS, decode
from tts.keytone import before_key
from tts.library import Library
from tts.segments import AudioSegment
from tts.sox import sox

KEYS = {"#": (941, 1477), "1": (697, 1209), "5": (770, 1336), "D": (941, 1633)}


async def call_recording(
    folder: Path, voice: Path, *, key: str = "", seconds: float = 0.1, tail: float = 0.0, gain: float = -12
) -> Path:
    """As Asterisk records it: 8 kHz, from A-law, with the silence before and after, the key, and what follows it."""
    speech, silence, tone, made = (folder / f"{name}.wav" for name in ("speech", "silence", "key", "call"))
    line = ("-r", "8000", "-c", "1")
    await sox(voice, "-b", "16", speech, "gain", str(gain), "rate", "8000", "pad", "1.2", "0.9")
    await sox("-n", *line, "-b", "16", silence, "trim", "0", str(tail))
    parts = [speech]
    if key:
        low, high = KEYS[key]
        await sox(
            "-n", *line, "-b", "16", tone, *("synth", str(seconds), "sine", str(low), "sine", str(high)), "gain", "-9"
        )
        parts.append(tone)
    await sox(*parts, silence, "-e", "a-law", folder / "line.wav")
    await sox(folder / "line.wav", "-e", "signed", "-b", "16", made)
    return made


def sound_of(wav: Path) -> AudioSegment:
    with wav.open("rb") as file:
        return AudioSegment.from_wav(file)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(("seconds", "tail"), [(0.06, 0.0), (0.1, 0.3), (0.4, 0.1)])
async def test_the_key_at_the_end_is_cut(tmp_path: Path, key: str, seconds: float, tail: float) -> None:
    voice = write_tone(tmp_path / "voice.wav", 2)
    call = sound_of(await call_recording(tmp_path, voice, key=key, seconds=seconds, tail=tail))
    assert before_key(call) / 1000 == pytest.approx(1.2 + 2 + 0.9, abs=0.06)


async def test_without_a_key_all_of_it_stays(tmp_path: Path) -> None:
    voice = write_tone(tmp_path / "voice.wav", 2)
    call = sound_of(await call_recording(tmp_path, voice))
    assert before_key(call) == len(call)


async def test_a_voice_is_never_taken_for_a_key(tmp_path: Path) -> None:
    await Festival().synthesize("Dobrý den, zítra nepoteče voda. Á, é, í, ó, ú. Ehm.", "cs", tmp_path / "voice.wav")
    spoken = sound_of(tmp_path / "voice.wav").set_frame_rate(8000)
    cut = [at for at in range(200, len(spoken), 100) if before_key(spoken[:at]) != len(spoken[:at])]
    assert cut == []


async def test_a_recording_by_phone_is_made_fit_for_the_line(tmp_path: Path) -> None:
    """The same voice with and without silence and key: what is played is the same, and passes the gates."""
    library = Library(tmp_path / "library", [ToneEngine()])
    await Festival().synthesize("Dobrý den, zítra od osmi hodin nepoteče voda.", "cs", tmp_path / "voice.wav")
    bare = await library.render_recording(tmp_path / "voice.wav")
    call = await call_recording(tmp_path, tmp_path / "voice.wav", key="#", seconds=0.12, gain=-20)
    made = await library.render_recording(call)
    assert made.seconds == pytest.approx(bare.seconds, abs=0.1)
    await decode(made.path.with_suffix(".alaw"), FORMATS["alaw"], tmp_path / "heard.wav")
    assert await signal_faults(tmp_path / "heard.wav", FORMATS["alaw"].band) == []
