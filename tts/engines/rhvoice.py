"""RHVoice: a clear voice in Czech, Slovak and English; Debian has some of it among its non-free packages."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tts.engines.program import refuse_nothing
from tts.process import run

PROGRAM = "RHVoice-test"
VOICES: Mapping[str, str] = {"cs": "Zdenek", "sk": "Ondro", "en": "Alan"}


class RHVoice:
    name = "rhvoice"
    optional = True

    def __init__(self, *, rate: float = 1.0, timeout_seconds: float = 60) -> None:
        """``rate``: 1 is the voice's own speed, 0.8 is slower."""
        self.rate = rate
        self.timeout_seconds = timeout_seconds

    @property
    def languages(self) -> frozenset[str]:
        """Those whose voice is there: for an unknown one RHVoice silently takes another. All where none is."""
        there = {language for language, voice in VOICES.items() if _folder(voice) is not None}
        return frozenset(there or VOICES)

    async def missing(self) -> str | None:
        there = any(_folder(voice) for voice in VOICES.values())
        return None if there else "install rhvoice and a voice, such as rhvoice-czech (Debian: non-free)"

    async def identity(self, language: str) -> str:
        """It tells no version; its voice's own data do."""
        voice = VOICES[language]
        folder = _folder(voice)
        info = (folder / "voice.info").read_text(encoding="utf-8", errors="replace") if folder else ""
        return f"RHVoice {voice} rate {self.rate:g} {' '.join(info.split())}"

    async def synthesize(self, words: str, language: str, out: Path) -> None:
        text = out.with_suffix(".txt")
        text.write_text(words.replace("%", " procent"), encoding="utf-8")  # it says nothing for the sign
        ended = await run(
            *(PROGRAM, "-p", VOICES[language], "-r", str(round(100 * self.rate)), "-i", str(text), "-o", str(out)),
            seconds=self.timeout_seconds,
        )
        refuse_nothing(self.name, ended, out)


def _folder(voice: str) -> Path | None:
    """Where its voice lies, beside the program: ``…/bin`` and ``…/share/RHVoice/voices/zdenek``."""
    program = shutil.which(PROGRAM)
    if program is None:
        return None
    voices = Path(program).parents[1] / "share" / "RHVoice" / "voices"
    return next((folder for folder in (voices / voice.lower(), voices / voice) if folder.is_dir()), None)
