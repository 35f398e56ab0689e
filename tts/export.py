"""A rendering as a file to be kept, heard or sent: any format of the telephone, or one that computers play."""

import tempfile
from pathlib import Path

from store.errors import InputError
from tts import audio
from tts.formats import FORMATS, NARROW, encode, ffmpeg
from tts.shelf import MASTER

TELEPHONE = {form.suffix: form for form in FORMATS.values()}
SHARED = (".wav", ".mp3", ".ogg", ".m4a", ".flac")


def check_suffix(file: Path) -> None:
    """Raises InputError for a name that tells no format."""
    if file.suffix.lower() not in (*SHARED, *TELEPHONE):
        known = ", ".join((*SHARED, *TELEPHONE))
        raise InputError(f"{file}: the name must end with one of {known}", mend=f"write {file}.wav")


async def exported(sound: Path, suffix: str) -> bytes:
    """The rendering at the sound name ``sound`` as a file with that suffix, as the line has it.

    Raises SpeechError where a tool is missing or fails.
    """
    suffix = suffix.lower()
    form = TELEPHONE.get(suffix)
    with tempfile.TemporaryDirectory(prefix="hlasatel-") as folder:
        line, out = Path(folder) / "line.wav", Path(folder) / f"out{suffix}"
        await audio.level_out(sound.with_suffix(MASTER), form.band if form else NARROW, line)
        if form:
            await encode(line, form, out)
        elif suffix == ".wav":
            return line.read_bytes()
        else:
            await ffmpeg("-i", line, out)
        return out.read_bytes()
