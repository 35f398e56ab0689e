"""What an engine is: one speech program or server with its settings."""

from pathlib import Path
from typing import Protocol


class Engine(Protocol):
    """Turns spoken words into sound. Each holds its own time limit and leaves nothing behind when cancelled."""

    @property
    def name(self) -> str: ...

    @property
    def optional(self) -> bool:
        """Used where it is installed; its absence is no fault."""

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes this engine speaks."""

    async def missing(self) -> str | None:
        """What to install so that this engine works; None when nothing is missing."""

    async def identity(self, language: str) -> str:
        """Name, version, voice and rate: all that makes its sound what it is."""

    async def synthesize(self, words: str, language: str, out: Path) -> None:
        """Speak ``words`` into the 16-bit WAV file ``out``, whose folder may take temporary files.

        Raises SpeechError when it did not.
        """
