import math
import struct
import wave
from pathlib import Path

import pytest

from tests.tones import write_tone
from tts.measure import defect, loudness, true_peak
from tts.process import run


async def test_loudness_is_that_of_the_standard(tmp_path: Path) -> None:
    """EBU Tech 3341: a 1 kHz sine of -23 dBFS peak in one channel is -26 LUFS; here the tone beats (-3 dB)."""
    tone = write_tone(tmp_path / "tone.wav", 4, peak=10 ** (-23 / 20), rate=48000)
    assert await loudness(tone) == pytest.approx(-26.0 - 3.0, abs=0.3)


async def test_silence_between_words_does_not_count(tmp_path: Path) -> None:
    """The gate of BS.1770-4."""
    tone, with_pause = write_tone(tmp_path / "tone.wav", 4), tmp_path / "pause.wav"
    assert (await run("sox", str(tone), str(with_pause), "pad", "2@2", seconds=10)).code == 0
    assert await loudness(with_pause) == pytest.approx(await loudness(tone), abs=0.5)


async def test_the_true_peak_lies_between_the_samples(tmp_path: Path) -> None:
    """A sine at a quarter of the rate, whose samples all lie at 45°, 3 dB below its crest."""
    rate, file = 8000, tmp_path / "sine.wav"
    samples = (16000 * math.sin(math.pi / 4 + math.pi / 2 * n) for n in range(rate))
    with wave.open(str(file), "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(rate)
        made.writeframes(b"".join(struct.pack("<h", round(sample)) for sample in samples))
    assert await true_peak(file) == pytest.approx(20 * math.log10(16000 / 32768), abs=0.2)


@pytest.mark.parametrize("loud", [0.1, 0.5, 1.0])
async def test_a_clean_sound_has_no_defect(tmp_path: Path, loud: float) -> None:
    assert await defect(write_tone(tmp_path / "tone.wav", 2, peak=loud), 1, 3) is None


@pytest.mark.parametrize(
    ("seconds", "loud", "found"),
    [
        (0.5, 0.5, "is too short (0.5 s)"),
        (4, 0.5, "is too long (4 s, 3 at most)"),
        (2, 0.0, "is silent"),
        (2, 0.002, "is nearly silent (-60 LUFS)"),
    ],
)
async def test_what_nobody_could_hear_is_a_defect(tmp_path: Path, seconds: float, loud: float, found: str) -> None:
    assert await defect(write_tone(tmp_path / "tone.wav", seconds, peak=loud), 1, 3) == found


@pytest.mark.parametrize("afterwards", ["0", "-12"])
async def test_a_clipped_sound_is_known_by_its_flat_peaks_even_when_made_quieter(
    tmp_path: Path, afterwards: str
) -> None:
    tone, clipped = write_tone(tmp_path / "tone.wav", 2), tmp_path / "clipped.wav"
    assert (await run("sox", str(tone), str(clipped), "gain", "12", "gain", afterwards, seconds=10)).code == 0
    assert "is clipped" in str(await defect(clipped, 1, 3))
