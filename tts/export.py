"""A rendering as a file to be kept, heard or sent: any format of the telephone, or one that computers play."""

import tempfile
from pathlib import Path

from store.errors import InputError, SpeechError
from tts import audio
from tts.formats import FORMATS, NARROW, Band, decode, encode, ffmpeg
from tts.shelf import MASTER
from tts.sox import sox

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
        await _write_line(sound, form.band if form else NARROW, line)
        if form:
            await encode(line, form, out)
        elif suffix == ".wav":
            return line.read_bytes()
        else:
            await ffmpeg("-i", line, out)
        return out.read_bytes()


async def _write_line(sound: Path, band: Band, out: Path) -> None:
    """From the master; what is joined of others has none, so from what Asterisk plays of it."""
    master = sound.with_suffix(MASTER)
    if master.exists():
        await audio.level_out(master, band, out)
        return
    form = next((form for form in FORMATS.values() if sound.with_suffix(form.suffix).exists()), None)
    if form is None:
        raise SpeechError(f"{sound}: the rendering is gone", mend="make it again")
    heard = out.with_name("heard.wav")
    await decode(sound.with_suffix(form.suffix), form, heard)
    await sox(heard, out, "rate", "-v", str(band.rate))
