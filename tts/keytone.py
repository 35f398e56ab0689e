"""The key that ended a recording by phone: what is heard of its tone at the end is cut off, with all after it."""

import math
from collections.abc import Sequence
from pathlib import Path

from tts.segments import AudioSegment

# Hz; a key is one of each (ITU-T Q.23).
LOW, HIGH = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
FRAME_MS = 20
# Only the last second is looked at; no exchange needs longer to notice a key.
LOOKED_AT_MS = 1000
# The part of a frame's power that its two tones have; a voice never comes near.
LEAST_SHARE = 0.85
SILENT = -60.0  # dBFS
# A tone swells before it is pure enough to be known.
SWELL_MS = 20


def cut_key(wav: Path) -> None:
    """Rewrite a mono 16-bit WAV without the tone of a key at its end, where there is one."""
    with wav.open("rb") as file:  # given a path, pydub would leave the file open
        sound = AudioSegment.from_wav(file)
    kept = before_key(sound)
    if kept < len(sound):
        sound[:kept].export(wav, format="wav").close()


def before_key(sound: AudioSegment) -> int:
    """Milliseconds of the sound before such a tone; all of it where there is none."""
    kept = len(sound)
    for start in range(len(sound) - FRAME_MS, max(0, len(sound) - LOOKED_AT_MS), -FRAME_MS):
        frame = sound[start : start + FRAME_MS]
        if frame.dBFS < SILENT:
            continue
        if not _is_key(frame.get_array_of_samples(), frame.frame_rate):
            break
        kept = max(0, start - SWELL_MS)
    return kept


def _is_key(samples: Sequence[int], rate: int) -> bool:
    total = sum(sample * sample for sample in samples) * len(samples) / 2
    tones = (max(_power(samples, hertz / rate) for hertz in group) for group in (LOW, HIGH))
    low, high = tones
    return total > 0 and min(low, high) > total / 20 and low + high > LEAST_SHARE * total


def _power(samples: Sequence[int], cycles: float) -> float:
    """Of one tone (Goertzel); a pure one has all of it."""
    factor = 2 * math.cos(2 * math.pi * cycles)
    last = before = 0.0
    for sample in samples:
        last, before = sample + factor * last - before, last
    return last * last + before * before - factor * last * before
