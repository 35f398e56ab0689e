"""One sound of several: renderings set one after another. The silence that each has at its ends makes the pauses.

They are joined where both are silent, so that no joint can click, as the line's own samples, so that nothing is encoded
twice and a piece is as loud as it is alone.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from tts.audio import ENDS
from tts.formats import Format, ffmpeg

# Seconds between the last sound of a piece and the first one of the next, by the mark that its words end with. Between
# words that belong together there is none; what is left there is what any voice takes for a closed consonant.
SENTENCE, CLAUSE, NONE = 0.4, 0.2, 0.04
PAUSES = dict.fromkeys(".!?:", SENTENCE) | dict.fromkeys(",;–", CLAUSE)
LONGEST_PAUSE = 2 * ENDS


def pause_after(words: str) -> float:
    """Seconds of silence that belong after a piece; a recording, which has no words, is a sentence."""
    return PAUSES.get(words.rstrip()[-1:] or ".", NONE)


def unended(words: str) -> str:
    """A piece for an engine: with a comma where no mark ends it, or the voice would fall as at the end of a text."""
    return words if words[-1] in PAUSES else f"{words},"


async def join(pieces: Sequence[Path], pauses: Sequence[float], form: Format, out: Path) -> None:
    """``pieces``: files of that format; ``pauses``: seconds after each but the last, NONE to LONGEST_PAUSE.

    Raises SpeechError where a tool is missing or fails.
    """
    cuts = [(LONGEST_PAUSE - pause) / 2 for pause in pauses]
    before, after = (0.0, *cuts), (*cuts, 0.0)
    if form.sox:
        await asyncio.to_thread(_join_samples, pieces, before, after, form, out)
    else:
        await _join_encoded(pieces, before, after, form, out)


def _join_samples(
    pieces: Sequence[Path], before: Sequence[float], after: Sequence[float], form: Format, out: Path
) -> None:
    with out.open("wb") as file:
        for piece, start, end in zip(pieces, before, after, strict=True):
            sound = piece.read_bytes()
            file.write(sound[_size(start, form) : len(sound) - _size(end, form)])


async def _join_encoded(
    pieces: Sequence[Path], before: Sequence[float], after: Sequence[float], form: Format, out: Path
) -> None:
    """G.722's decoder remembers: cut as bytes, the first letter after a joint came 8 dB too weak."""
    given = [word for piece in pieces for word in ("-f", "g722", "-i", piece)]
    lengths = [piece.stat().st_size / form.bytes_a_second for piece in pieces]
    parts = [
        f"[{n}]atrim=start={start:.4f}:end={length - end:.4f}[p{n}]"
        for n, (length, start, end) in enumerate(zip(lengths, before, after, strict=True))
    ]
    together = "".join(f"[p{n}]" for n in range(len(pieces))) + f"concat=n={len(pieces)}:v=0:a=1"
    await ffmpeg(*given, "-filter_complex", ";".join([*parts, together]), "-c:a", "g722", "-f", "g722", out)


def _size(seconds: float, form: Format) -> int:
    """Whole samples, also those of two bytes."""
    return round(seconds * form.bytes_a_second / 2) * 2
