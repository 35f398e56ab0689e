"""What a sound is: its loudness and peak, and whether it is fit to be played at all."""

import asyncio
import math
import re
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from store.errors import SpeechError
from tts.segments import AudioSegment
from tts.sox import sox

LINE_RATE = 8000
OVERSAMPLED_RATE = 64000  # four times at least, as BS.1770-4 has it
# What a landline carries (ITU-T G.712).
NARROW_BAND = ("sinc", "-a", "80", "300-3400")
# BS.1770-4: blocks of 400 ms, one each 100 ms; those below the gate are silence.
BLOCK_MS, STEP_MS = 400, 100
ABSOLUTE_GATE, RELATIVE_GATE = -70.0, -10.0
# Its shelf as pyloudnorm has it: 4 dB above 1500 Hz, quality 1/√2. Its second filter works below 100 Hz only, where a
# telephone has nothing.
SHELF = ("treble", "4", "1500", "0.7071q")
# Kept free while filters and oversampling raise peaks.
HEADROOM = 6

# LUFS. What is quieter would be mostly noise when it is as loud as it has to be.
QUIETEST = -50.0
# Samples in a row within 1 % of a sound's highest or lowest value: no voice stays there, a cut-off wave does.
FLAT = re.compile(rb"\xff{4,}|\x00{4,}")
MOST_FLAT = 0.005  # share of all samples


class Level(NamedTuple):
    """Loudness of a sound and of its quietest moment (LUFS, ITU-R BS.1770-4)."""

    loudness: float
    floor: float


async def level(path: Path, *effects: str) -> Level:
    """Integrated loudness of a mono WAV at the telephone's 8 kHz, after ``effects`` of sox.

    Raises SpeechError for silence.
    """
    heard = await _samples(path, LINE_RATE, *effects, *SHELF)
    blocks = await asyncio.to_thread(_block_levels, heard)
    audible = [one for one in blocks if one > ABSOLUTE_GATE]
    if not audible:
        raise SpeechError("the audio is silent", mend="check the recording, or the engine")
    gate = _mean(audible) + RELATIVE_GATE
    return Level(_mean([one for one in audible if one > gate]), min(blocks))


async def loudness(path: Path) -> float:
    """Integrated loudness of a mono WAV, LUFS. Raises SpeechError for silence."""
    return (await level(path)).loudness


async def true_peak(path: Path, *effects: str) -> float:
    """Highest value at and between the samples of a mono WAV of 16 kHz or less, dBFS, after ``effects`` of sox."""
    heard = await _samples(path, OVERSAMPLED_RATE, *effects)
    return float(heard.max_dBFS) + HEADROOM


async def true_peaks(path: Path, ends: float) -> tuple[float, float]:
    """As ``true_peak``: of the whole sound, and of its first and last seconds ``ends``."""
    heard = await _samples(path, OVERSAMPLED_RATE)
    edge = round(1000 * ends)
    quiet = max(heard[:edge].max_dBFS, heard[-edge:].max_dBFS)
    return float(heard.max_dBFS) + HEADROOM, float(quiet) + HEADROOM


async def defect(path: Path, shortest: float, longest: float) -> str | None:
    """What makes a 16-bit mono WAV unfit to be played; None where nothing does. Seconds: what it may last."""
    seconds = await asyncio.to_thread(seconds_of, path)
    if seconds < shortest:
        return f"is too short ({seconds:.1f} s)"
    if seconds > longest:
        return f"is too long ({seconds:.0f} s, {longest:.0f} at most)"
    try:
        found = await level(path)
    except SpeechError:
        return "is silent"
    if found.loudness < QUIETEST:
        return f"is nearly silent ({found.loudness:.0f} LUFS)"
    flat = await _flatness(path)
    return f"is clipped: {flat:.1%} of it is cut off at the peak" if flat > MOST_FLAT else None


def seconds_of(path: Path) -> float:
    """Length of a WAV."""
    with wave.open(str(path), "rb") as file:
        return file.getnframes() / file.getframerate()


async def _flatness(path: Path) -> float:
    """Share of samples that stand in a row at the peak, whatever that is."""
    raw = await sox(path, "-t", "raw", "-e", "unsigned", "-b", "8", "-", "gain", "-n")
    return sum(len(row[0]) for row in FLAT.finditer(raw)) / len(raw)


def _block_levels(heard: AudioSegment) -> list[float]:
    """Blocks overlap, so the powers of their steps are taken once."""
    steps = [heard[start : start + STEP_MS].rms ** 2 for start in range(0, max(1, len(heard) - STEP_MS + 1), STEP_MS)]
    width = min(BLOCK_MS // STEP_MS, len(steps))
    scale = width * heard.max_possible_amplitude**2
    return [_decibels(sum(steps[start : start + width]) / scale) for start in range(len(steps) - width + 1)]


def _decibels(power: float) -> float:
    return -0.691 + 10 * math.log10(power) + HEADROOM if power > 0 else -math.inf


def _mean(levels: Sequence[float]) -> float:
    """Mean of powers, given and returned in dB."""
    return 10 * math.log10(sum(math.pow(10, one / 10) for one in levels) / len(levels))


async def _samples(path: Path, rate: int, *effects: str) -> AudioSegment:
    raw = await sox(
        *(path, "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-"),
        *("gain", f"-{HEADROOM}", *effects, "rate", "-v", str(rate)),
    )
    return AudioSegment(data=raw, sample_width=2, frame_rate=rate, channels=1)
