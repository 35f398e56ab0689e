"""sox: without dither, so that silence stays silence. Its file names here are our own, never a person's."""

from pathlib import Path

from store.errors import SpeechError
from tts.process import run

TOOL_SECONDS = 60


async def sox(*arguments: str | Path, given: Path | None = None) -> bytes:
    """What sox writes to its output; ``given`` is the file at its input.

    Raises SpeechError in its last words.
    """
    ended = await run("sox", "-D", "-V1", *map(str, arguments), given=given, seconds=TOOL_SECONDS)
    if ended.code != 0:
        raise SpeechError(f"sox: {ended.last_words}", mend="see that the audio is whole and the disk has room")
    return ended.output
