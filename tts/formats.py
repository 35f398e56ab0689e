"""What Asterisk plays: a file of raw samples for each codec, which it picks by suffix."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from store.errors import SpeechError
from tts.process import run
from tts.sox import TOOL_SECONDS, sox

FormatName = Literal["alaw", "ulaw", "slin16", "g722"]


@dataclass(frozen=True)
class Band:
    """What a codec carries: samples a second, and the band in Hz that is left of a voice."""

    rate: int
    hertz: str
    # Below and above it, as sox writes a filter: nothing should be heard there.
    outside: tuple[str, str]


NARROW = Band(8000, "300-3400", ("-200", "3600"))
# From 150 Hz, so that the hum of mains and its first overtone stay out.
WIDE = Band(16000, "150-7000", ("-80", "7400"))


@dataclass(frozen=True)
class Format:
    """``suffix``: what Asterisk knows its files by."""

    suffix: str
    band: Band
    bytes_a_second: int
    # How sox writes it; empty: ffmpeg does.
    sox: tuple[str, ...] = ()


FORMATS: Mapping[FormatName, Format] = {
    "alaw": Format(".alaw", NARROW, 8000, ("-e", "a-law", "-b", "8")),
    "ulaw": Format(".ulaw", NARROW, 8000, ("-e", "mu-law", "-b", "8")),
    "slin16": Format(".sln16", WIDE, 32000, ("-e", "signed-integer", "-b", "16")),
    "g722": Format(".g722", WIDE, 8000),
}


async def encode(wav: Path, form: Format, out: Path) -> None:
    """``wav``: mono, at the rate of the format's band. Raises SpeechError where a tool is missing or fails."""
    if form.sox:
        await sox(wav, "-t", "raw", *form.sox, out)
    else:
        await ffmpeg("-i", wav, "-c:a", "g722", "-f", "g722", out)


async def decode(path: Path, form: Format, wav: Path) -> None:
    """The sound of a raw file as Asterisk sends it."""
    if form.sox:
        await sox("-t", "raw", *form.sox, "-r", str(form.band.rate), "-c", "1", path, "-e", "signed", "-b", "16", wav)
    else:
        await ffmpeg("-f", "g722", "-i", path, wav)


async def ffmpeg(*arguments: str | Path) -> None:
    """Raises SpeechError in its last words."""
    command = ("ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments))
    ended = await run(*command, seconds=TOOL_SECONDS)
    if ended.code != 0:
        raise SpeechError(f"ffmpeg: {ended.last_words}", mend="see that the disk has room")
