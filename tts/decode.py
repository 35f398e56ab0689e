"""Sound files of the world, recognised by what is in them: WAV by sox, MP3, OGG and M4A by ffmpeg through pydub."""

import asyncio
import re
import shutil
from pathlib import Path

from store.errors import SpeechError
from tts.process import run
from tts.segments import AudioSegment, CouldntDecodeError
from tts.sox import TOOL_SECONDS

# First bytes of a file, and ffmpeg's word for its kind. Nothing else ever gets to ffmpeg, which would take a playlist
# for an order to read other files.
KINDS = {
    "wav": re.compile(rb"RIFF....WAVE", re.DOTALL),
    "ogg": re.compile(rb"OggS"),
    "m4a": re.compile(rb"....ftyp", re.DOTALL),
    "mp3": re.compile(rb"ID3|\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff]"),
}
HEAD_BYTES = 12


def kind_of(head: bytes) -> str | None:
    """Which of the kinds begins with ``head``."""
    return next((kind for kind, pattern in KINDS.items() if pattern.match(head)), None)


async def decode(path: Path, out: Path, longest: float) -> None:
    """Bring any of the kinds to the 16-bit WAV ``out``; of more than ``longest`` seconds only a little more is read.

    Raises SpeechError for what is none of them, is broken, or needs a tool that is missing.
    """
    with path.open("rb") as file:
        kind = kind_of(file.read(HEAD_BYTES))
    if kind is None:
        raise SpeechError("is not WAV, MP3, OGG or M4A", mend="save it as one of them")
    if kind == "wav":
        await _copy_wave(path, out, longest + 1)
    else:
        async with asyncio.timeout(TOOL_SECONDS):
            await asyncio.to_thread(_decode, path, kind, out, longest + 1)


async def _copy_wave(path: Path, out: Path, seconds: float) -> None:
    # Through a pipe: sox would take some file names for patterns or commands.
    command = ("sox", "-D", "-V1", "-t", "wav", "-", "-b", "16", "-c", "1", str(out), "trim", "0", f"{seconds:g}")
    ended = await run(*command, given=path, seconds=TOOL_SECONDS)
    if ended.code != 0:
        raise SpeechError(f"is not a readable WAV file ({ended.last_words})", mend="save it again as WAV (PCM)")


def _decode(path: Path, kind: str, out: Path, seconds: float) -> None:
    if shutil.which("ffmpeg") is None or shutil.which("ffprobe") is None:
        raise SpeechError(f"reading {kind.upper()} needs ffmpeg", mend="install ffmpeg or give a WAV")
    try:
        with path.open("rb") as file:  # given a path, pydub would leave the file open
            sound = AudioSegment.from_file(file, format=kind, duration=seconds)
        sound.set_channels(1).set_sample_width(2).export(out, format="wav").close()
    except (CouldntDecodeError, LookupError, ValueError) as error:
        raise SpeechError(f"is not a readable {kind.upper()} file", mend="save it as WAV") from error
