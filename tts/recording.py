"""A recorded voice: somebody's own WAV, MP3, OGG or M4A file, checked before anything is made of it."""

import asyncio
from pathlib import Path

from store.errors import InputError, SpeechError
from tts.decode import HEAD_BYTES, decode, kind_of
from tts.keytone import cut_key
from tts.measure import defect

# Seconds. A call is cut after fifteen minutes, greeting and menu included.
SHORTEST, LONGEST = 0.5, 600.0
LARGEST_BYTES = 200_000_000
RECORD_AGAIN = "record it again: near, quiet, not too loud"


def check_recording(path: Path) -> None:
    """Raise InputError unless ``path`` names a file that may be a recording."""
    if not path.is_file():
        raise InputError(f"{path}: there is no such file", mend="give the path of a WAV, MP3, OGG or M4A file")
    if path.stat().st_size > LARGEST_BYTES:
        raise InputError(f"{path}: the file is too large", mend=f"give one under {LARGEST_BYTES // 1_000_000} MB")
    with path.open("rb") as file:
        if kind_of(file.read(HEAD_BYTES)) is None:
            raise InputError(f"{path}: not a known kind of recording", mend="save it as WAV, MP3, OGG or M4A")


async def read_recording(path: Path, out: Path) -> None:
    """Bring a recording to the 16-bit WAV ``out``; one that a key ended, without its tone.

    Raises InputError for a file that cannot be read, and for a sound that nobody should be called with.
    """
    check_recording(path)
    try:
        await decode(path, out, LONGEST)
    except SpeechError as error:
        raise InputError(f"{path}: {error.what}", mend=error.mend) from error
    await asyncio.to_thread(cut_key, out)
    if found := await defect(out, SHORTEST, LONGEST):
        raise InputError(f"{path}: the recording {found}", mend=RECORD_AGAIN)
