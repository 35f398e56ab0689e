"""espeak-ng: many languages, always at hand, hard to follow on a landline."""

import shutil
from pathlib import Path

from tts.engines.program import first_line, refuse_nothing, without_brackets
from tts.process import run


class EspeakNg:
    name = "espeak-ng"
    optional = False
    languages = frozenset({"cs", "de", "en", "pl", "sk", "uk", "vi"})
    WORDS_A_MINUTE = 150

    def __init__(self, *, rate: float = 1.0, timeout_seconds: float = 60) -> None:
        """``rate``: 1 is 150 words a minute."""
        self.rate = rate
        self.timeout_seconds = timeout_seconds
        self._version = ""

    async def missing(self) -> str | None:
        return None if shutil.which("espeak-ng") else "install espeak-ng"

    async def identity(self, language: str) -> str:
        # "eSpeak NG text-to-speech: 1.51  Data at: …": the folder is no part of it.
        line = self._version or await first_line("espeak-ng", "--version")
        self._version = line.split("  Data at")[0]
        return f"{self._version} {language} rate {self.rate:g}"

    async def synthesize(self, words: str, language: str, out: Path) -> None:
        text = out.with_suffix(".txt")
        text.write_text(without_brackets(words), encoding="utf-8")
        speed = str(round(self.WORDS_A_MINUTE * self.rate))
        ended = await run(
            *("espeak-ng", "-b", "1", "-v", language, "-s", speed, "-f", str(text), "-w", str(out)),
            seconds=self.timeout_seconds,
        )
        refuse_nothing(self.name, ended, out)
