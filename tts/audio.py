"""Telephone audio: a narrow band, one loudness for all voices, then the codecs of the line.

Band-pass first and loudness after it, because what a landline cuts off must not count as loud.
"""

from pathlib import Path

from store.errors import SpeechError
from tts.formats import Band
from tts.measure import NARROW_BAND, level, loudness, seconds_of, true_peak
from tts.sox import sox

# Part of every library key: change it when the chain below sounds different.
CHAIN = "chain 2"
ALAW_RATE = 8000
ALAW_SILENCE = b"\xd5"  # one sample of zero (ITU-T G.711)

LOUDNESS = -19.0  # LUFS at 8 kHz
TOLERANCE = 1.0  # LU
PEAK = -3.6  # dBFS, true; codecs may add half a decibel, and the line wants it below -3
# The master: mono, wide enough for every format, so quiet that no peak of a voice is cut.
MASTER_RATE = 16000
MASTER_LOUDNESS = -26.0
MASTER_PEAK = -1.0
# 7 dB for 16 above the knee, which lies 2 dB under a master's loudness: even words are easier to follow on a landline.
# It looks 2 ms ahead, so that it is there before the peak.
COMPRESSOR = ("compand", "0.0002,0.02", "-102,-102,-28,-28,0,-15.75", "0", "-20", "0.002")
# Rounds of it; each takes more from the peaks of a very uneven voice, till it can be as loud as the others.
MOST_ROUNDS = 4
# Silence at the ends, seconds. What is there already is cut where it is so far below the loudness (dB), or at least so
# far where the room itself is louder than that.
ENDS = 0.2
FAR_BELOW, LEAST_BELOW, ABOVE_FLOOR = 29.0, 15.0, 6.0


def alaw_seconds(path: Path) -> float:
    """Length of raw A-law: one byte a sample."""
    return path.stat().st_size / ALAW_RATE


async def make_master(source: Path, master: Path) -> None:
    """The voice of the WAV ``source`` alone: mono, without silence at its ends, at a loudness of its own.

    Raises SpeechError where there is no sound in it.
    """
    wide = master.with_name("wide.wav")
    await sox(source, "-b", "24", "-c", "1", wide, "gain", "-6", "rate", "-v", str(MASTER_RATE), "highpass", "60")
    loud, floor = await level(wide, *NARROW_BAND)
    gain = min(MASTER_LOUDNESS - loud, MASTER_PEAK - await true_peak(wide))
    threshold = loud + gain - max(LEAST_BELOW, min(FAR_BELOW, loud - floor - ABOVE_FLOOR))
    trim = ("silence", "1", "0.02", f"{threshold:.1f}d", "reverse")
    await sox(wide, "-b", "16", master, "gain", f"{gain:.2f}", *trim, *trim)


def line_seconds(master: Path) -> float:
    """How long a master will be on the line."""
    return round(seconds_of(master) + 2 * ENDS, 2)


async def level_out(master: Path, band: Band, out: Path) -> None:
    """Write the master as the line has it: in its band, as loud as all, with silence at the ends.

    Raises SpeechError for a sound so uneven that it cannot be.
    """
    work = out.with_name("even.wav")
    # The silence counts: in a short word it is part of every block that loudness is measured in.
    await sox(master, "-b", "24", work, "pad", str(ENDS), str(ENDS), *_evened(band), "rate", "-v", str(band.rate))
    for _ in range(MOST_ROUNDS):
        loud = await loudness(work)
        gain, most = LOUDNESS - loud, PEAK - await true_peak(work)
        if gain <= most + TOLERANCE / 2:
            break
        before = work.rename(out.with_name("before.wav"))
        await sox(before, "-b", "24", work, "gain", f"{MASTER_LOUDNESS - loud:.2f}", *_evened(band))
    if gain > most + TOLERANCE:
        raise SpeechError("the sound is too uneven to be made loud", mend="record it again, nearer and more evenly")
    await sox(work, "-b", "16", out, "gain", f"{min(gain, most):.2f}")


def _evened(band: Band) -> tuple[str, ...]:
    """What the compressor makes outside the band is cut again."""
    only = ("sinc", "-a", "80", band.hertz)
    return *only, *COMPRESSOR, *only
