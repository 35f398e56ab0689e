"""Sound made for tests: WAV files of tones, and an engine that speaks in them."""

import asyncio
import math
import struct
import wave
from collections.abc import Sequence
from pathlib import Path

from store.errors import SpeechError


def write_tone(path: Path, seconds: float, *, hertz: float = 1000, peak: float = 0.5, rate: int = 16000) -> Path:
    """A tone of ``peak`` (1 is full scale; more is cut off) that beats four times a second, as syllables do."""
    samples = (
        max(-1, min(1, peak * math.sin(2 * math.pi * hertz * n / rate) * abs(math.sin(2 * math.pi * 2 * n / rate))))
        for n in range(int(seconds * rate))
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", round(32767 * sample)) for sample in samples))
    return path


def names_in(folder: Path, pattern: str = "*") -> set[str]:
    return {path.name for path in folder.glob(pattern)}


class ToneEngine:
    """Speaks a tone for each text, and counts how often it was asked."""

    def __init__(
        self,
        name: str = "tone",
        *,
        seconds: float = 1.0,
        peak: float = 0.5,
        error: Exception | None = None,
        languages: Sequence[str] = ("cs", "en"),
        optional: bool = False,
    ) -> None:
        self.name = name
        self.languages = frozenset(languages)
        self.optional = optional
        self.seconds = seconds
        self.peak = peak
        self.error = error
        self.spoken: list[str] = []
        self.looked_for = 0
        self.may_speak = asyncio.Event()
        self.may_speak.set()
        self.asked = asyncio.Event()

    async def missing(self) -> str | None:
        self.looked_for += 1
        await asyncio.sleep(0)  # as a program would that it starts
        return None

    async def identity(self, language: str) -> str:
        return f"{self.name} 1 {language}"

    async def synthesize(self, words: str, language: str, out: Path) -> None:
        self.spoken.append(words)
        self.asked.set()
        await self.may_speak.wait()
        if self.error is not None:
            raise self.error
        write_tone(out, self.seconds, peak=self.peak)


class AbsentEngine(ToneEngine):
    async def missing(self) -> str | None:
        return "install absent-package"

    async def synthesize(self, words: str, language: str, out: Path) -> None:
        raise SpeechError("must not be asked")
