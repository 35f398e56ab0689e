"""Telephone audio: narrow band, one loudness for all voices, then 8 kHz A-law (ITU-T G.711).

Band-pass first and loudness after it, because what a landline cuts off must not count as loud.
"""

import asyncio
import math
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

from store.errors import InputError, SpeechError
from tts.process import run

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pydub warns at import of audioop's end and of an absent ffmpeg
    from pydub import AudioSegment
    from pydub.exceptions import CouldntDecodeError

SAMPLE_RATE = 8000
ALAW_SILENCE = b"\xd5"  # one sample of zero (ITU-T G.711)
# Part of every library key: change it when the chain below sounds different.
CHAIN = "alaw 8000 chain 1"

LOUDNESS = -19.0  # LUFS
PEAK = -3.3  # dBFS; A-law's steps may add 0.2 dB, and the line wants it below -3
FIRST_LOUDNESS = -14.0  # LUFS before the compressor, so that it works alike on every voice
# 7 dB for 16 above -16 dBFS: even words are easier to follow on a landline. What it makes outside the band
# is cut again.
COMPRESSOR = ("compand", "0.0005,0.02", "-90,-90,-16,-16,0,-9", "0", "0", "0.001")
NARROW_BAND = ("sinc", "-a", "80", "300-3400")
TRIM = ("silence", "1", "0.02", "-48d", "reverse")
ENDS = ("pad", "0.2", "0.2")
ENDS_SECONDS = 0.4

SHORTEST_SECONDS = 0.2
TOOL_SECONDS = 60
RECORDING_SUFFIXES = (".wav", ".mp3", ".ogg")


def alaw_seconds(path: Path) -> float:
    """Length of raw A-law: one byte a sample."""
    return path.stat().st_size / SAMPLE_RATE


async def to_telephone(source: Path, folder: Path) -> tuple[Path, Path]:
    """Turn the WAV ``source`` into (raw A-law, 16-bit 8 kHz WAV master) inside ``folder``.

    Raises SpeechError when there is no sound in it, or next to none.
    """
    band, even = folder / "band.wav", folder / "even.wav"
    master, alaw = folder / "telephone.wav", folder / "telephone.alaw"
    await _sox("-t", "wav", "-", "-b", "24", "-c", "1", band, "gain", "-6", *NARROW_BAND, given=source)
    gain = FIRST_LOUDNESS - await loudness(band)
    await _sox(band, "-b", "24", even, "gain", f"{gain:.2f}", *COMPRESSOR, *NARROW_BAND, "rate", "-v", str(SAMPLE_RATE))
    gain = min(LOUDNESS - await loudness(even), PEAK - await peak(even))
    await _sox(even, "-b", "16", master, "gain", f"{gain:.2f}", *TRIM, *TRIM, *ENDS)
    await _sox(master, "-t", "raw", "-e", "a-law", "-b", "8", alaw)
    if alaw_seconds(alaw) - ENDS_SECONDS < SHORTEST_SECONDS:
        raise SpeechError("the audio is too short to be speech", mend="write or record more")
    return alaw, master


async def loudness(path: Path) -> float:
    """Integrated loudness in LUFS (ITU-R BS.1770-4) of a mono WAV.

    Its second filter works below 100 Hz only, where a telephone has nothing, so the shelf alone is applied.
    Raises SpeechError for silence.
    """
    headroom = 6
    # The shelf as pyloudnorm has it: 4 dB above 1500 Hz, quality 1/√2.
    heard = await _samples(path, "gain", f"-{headroom}", "treble", "4", "1500", "0.7071q")
    blocks = [level + headroom for level in await asyncio.to_thread(lambda: list(_block_levels(heard)))]
    audible = [level for level in blocks if level > -70]
    if not audible:
        raise SpeechError("the audio is silent", mend="check the recording, or the engine")
    gate = _mean(audible) - 10
    return _mean([level for level in audible if level > gate])


async def peak(path: Path) -> float:
    """Highest sample of a mono WAV, dBFS."""
    return float((await _samples(path)).max_dBFS)


def _block_levels(heard: AudioSegment) -> Iterator[float]:
    """Levels of blocks of 400 ms, one each 100 ms, as the standard has them."""
    for start in range(0, max(1, len(heard) - 399), 100):
        rms = heard[start : start + 400].rms
        if rms:
            yield -0.691 + 20 * math.log10(rms / heard.max_possible_amplitude)


def _mean(levels: list[float]) -> float:
    """Mean of powers, given and returned in dB."""
    return 10 * math.log10(sum(10 ** (level / 10) for level in levels) / len(levels))


async def _samples(path: Path, *effects: str) -> AudioSegment:
    raw = await _sox(path, *("-t", "raw", "-e", "signed", "-b", "16", "-r", str(SAMPLE_RATE), "-c", "1", "-"), *effects)
    return AudioSegment(data=raw, sample_width=2, frame_rate=SAMPLE_RATE, channels=1)


async def _sox(*arguments: str | Path, given: Path | None = None) -> bytes:
    """Run sox without dither (silence stays silence); its file names here are our own, never a person's."""
    ended = await run("sox", "-D", "-V1", *map(str, arguments), given=given, seconds=TOOL_SECONDS)
    if ended.code != 0:
        reason = ended.complaint.rpartition("\n")[2]
        raise SpeechError(f"sox: {reason}", mend="see that the audio is whole and the disk has room")
    return ended.output


def check_recording(path: Path) -> None:
    """Raise InputError unless ``path`` names a file of a kind that ``read_recording`` reads."""
    if not path.is_file():
        raise InputError(f"{path}: there is no such file", mend="give the path of a WAV, MP3 or OGG file")
    if path.suffix.lower() not in RECORDING_SUFFIXES:
        raise InputError(f"{path}: not a known kind of recording", mend="save it as WAV, MP3 or OGG")


async def read_recording(path: Path, out: Path) -> None:
    """Bring an operator's recording (WAV; MP3 and OGG where ffmpeg is installed) to the WAV ``out``.

    Raises InputError for a file that cannot be read, SpeechError where ffmpeg is missing.
    """
    check_recording(path)
    kind = path.suffix.lower().removeprefix(".")
    if kind == "wav":
        await _copy_wave(path, out)
    else:
        await asyncio.to_thread(_decode, path, kind, out)


async def _copy_wave(path: Path, out: Path) -> None:
    # Through a pipe: sox would take some file names for patterns or commands.
    ended = await run("sox", "-V1", "-t", "wav", "-", str(out), given=path, seconds=TOOL_SECONDS)
    if ended.code != 0:
        reason = ended.complaint.rpartition("\n")[2]
        raise InputError(f"{path}: not a readable WAV file ({reason})", mend="save it again as WAV (PCM)")


def _decode(path: Path, kind: str, out: Path) -> None:
    if shutil.which("ffmpeg") is None or shutil.which("ffprobe") is None:
        raise SpeechError(f"{path}: reading {kind.upper()} needs ffmpeg", mend="install ffmpeg or give a WAV")
    try:
        with path.open("rb") as file:  # given a path, pydub would leave the file open
            AudioSegment.from_file(file, format=kind).export(out, format="wav").close()
    except (CouldntDecodeError, LookupError, ValueError) as error:
        raise InputError(f"{path}: not a readable {kind.upper()} file", mend="save it as WAV") from error
