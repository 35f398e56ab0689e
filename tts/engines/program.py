"""What engines that are programs have in common."""

from pathlib import Path

from store.errors import SpeechError
from tts.process import Ended, run

VERSION_SECONDS = 10


async def first_line(*command: str) -> str:
    """Where programs tell their version."""
    ended = await run(*command, seconds=VERSION_SECONDS)
    return ended.output.decode(errors="replace").partition("\n")[0].strip()


def without_brackets(words: str) -> str:
    """espeak-ng and Piper, which has it inside, take ``[[…]]`` for phonemes."""
    return words.replace("[", " ").replace("]", " ")


def refuse_nothing(name: str, ended: Ended, out: Path) -> None:
    """Raise SpeechError where the program failed, or says it did not but wrote nothing."""
    if ended.code != 0 or not out.exists() or out.stat().st_size == 0:
        raise SpeechError(f"{name} gave no audio: {ended.last_words}", mend=f"see that {name} is installed whole")


def longest_seconds(words: str) -> float:
    """The slowest voice is done by then; a sound that is longer is no reading of these words."""
    return 5 + len(words) / 3
