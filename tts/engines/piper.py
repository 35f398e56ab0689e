"""Piper: a neural voice, from a model file that the operator gives.

Its licence is the GPL 3, so it is an optional extra and runs as a program of its own.
"""

import asyncio
import hashlib
import json
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from store.errors import SpeechError
from tts.engines.program import refuse_nothing, without_brackets
from tts.process import run

PACKAGE = "piper-tts"
# It puts none between sentences by itself.
SENTENCE_SECONDS = 0.4


class Piper:
    name = "piper"
    optional = False

    def __init__(self, model: Path, *, rate: float = 1.0, timeout_seconds: float = 60) -> None:
        """``model``: a voice's .onnx file, with its .onnx.json beside it; ``rate``: 1 is the voice's own speed."""
        self.model = model
        self.rate = rate
        self.timeout_seconds = timeout_seconds
        self._digest = ""

    @property
    def languages(self) -> frozenset[str]:
        """That of the model; empty where its description cannot be read."""
        try:
            described = json.loads(self._description.read_text(encoding="utf-8"))
            return frozenset({str(described["espeak"]["voice"])[:2]})
        except (OSError, ValueError, LookupError, TypeError):
            return frozenset()

    async def missing(self) -> str | None:
        if _version() is None:
            return "install the extra: pip install 'hlasatel[piper]'"
        for file in (self.model, self._description):
            if not file.is_file():
                return f"speech.piper_model: put the voice's file {file} there"
        return None if self.languages else f"{self._description}: not the description of a Piper voice"

    async def identity(self, language: str) -> str:
        self._digest = self._digest or await asyncio.to_thread(self._read_digest)
        return f"{PACKAGE} {_version()} {self.model.name} {self._digest} rate {self.rate:g} pause {SENTENCE_SECONDS}"

    async def synthesize(self, words: str, language: str, out: Path) -> None:
        text = out.with_suffix(".txt")
        text.write_text(without_brackets(words), encoding="utf-8")
        ended = await run(
            # -P: nothing in the working folder is taken for a module.
            *(sys.executable, "-P", "-m", "piper", "-m", str(self.model), "-i", str(text), "-f", str(out)),
            *("--length-scale", f"{1 / self.rate:.3f}", "--sentence-silence", str(SENTENCE_SECONDS)),
            seconds=self.timeout_seconds,
        )
        refuse_nothing(self.name, ended, out)

    @property
    def _description(self) -> Path:
        return self.model.with_name(f"{self.model.name}.json")

    def _read_digest(self) -> str:
        try:
            with self.model.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()[:16]
        except OSError as error:
            raise SpeechError(f"{self.model}: {error.strerror}", mend="see speech.piper_model") from error


def _version() -> str | None:
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return None
