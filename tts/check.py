"""Is every rendering whole, and does it sound as a landline needs it?"""

import tempfile
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from store.errors import SpeechError
from tts.audio import LOUDNESS, TOLERANCE
from tts.formats import Band, Format, decode
from tts.measure import loudness, true_peak, true_peaks
from tts.shelf import Entry, Shelf
from tts.sweep import ABANDONED

HIGHEST_PEAK = -3.0  # dBFS, true
QUIET_SECONDS, QUIET_PEAK = 0.15, -45.0
# The most that may be left outside of what a codec carries, dBFS.
OUTSIDE_PEAK = -30.0


@dataclass(frozen=True)
class Fault:
    """``key``: of a rendering, or the name of a file that belongs to none."""

    key: str
    what: str


async def check(shelf: Shelf, forms: Sequence[Format], needed: Set[str], now: datetime) -> list[Fault]:
    """All that is wrong in the library; ``needed``: keys that running announcements play."""
    entries = shelf.entries()
    gone = needed - {entry.key for entry in entries}
    faults = [Fault(key, "is gone, and an announcement needs it: launch that again") for key in sorted(gone)]
    for entry in entries:
        faults += [Fault(entry.key, what) for what in await _faults(shelf, entry, forms)]
    left = shelf.leftovers(now - ABANDONED)
    return faults + [Fault(path.name, "is left over: hlasatel speech gc removes it") for path in left]


async def signal_faults(wav: Path, band: Band) -> list[str]:
    """What a listener, or the line, would not like in a WAV of 16 kHz or less."""
    loud, (peak, ends) = await loudness(wav), await true_peaks(wav, QUIET_SECONDS)
    outside = [await true_peak(wav, "sinc", edge) for edge in band.outside]
    told = {
        f"is at {loud:.1f} LUFS, not {LOUDNESS:g}": abs(loud - LOUDNESS) > TOLERANCE,
        f"has a peak of {peak:.1f} dBFS": peak >= HIGHEST_PEAK,
        "has no silence at its ends": ends > QUIET_PEAK,
        "has sound outside of the telephone's band": max(outside) > OUTSIDE_PEAK,
    }
    return [what for what, wrong in told.items() if wrong]


async def _faults(shelf: Shelf, entry: Entry, forms: Sequence[Format]) -> list[str]:
    faults = []
    for form in forms:
        if not shelf.is_whole(entry.key, entry.card, form):
            faults.append(f"{form.suffix} is missing or cut: it is made anew when it is asked for")
            continue
        with tempfile.TemporaryDirectory(prefix="hlasatel-check-") as folder:
            wav = Path(folder) / "heard.wav"
            try:
                await decode(shelf.file(entry.key, form.suffix), form, wav)
                faults += [f"{form.suffix} {what}" for what in await signal_faults(wav, form.band)]
            except SpeechError as error:
                faults.append(f"{form.suffix}: {error.what}")
    return faults
