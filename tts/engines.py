"""Engines that turn spoken words into sound, behind one small protocol."""

import shutil
import unicodedata
from pathlib import Path
from typing import Protocol

from store.errors import SpeechError
from tts.process import Ended, run

VERSION_SECONDS = 10
FESTIVAL_PACKAGES = "festival, festival-czech and festvox-czech-dita"

# What ISO-8859-2 lacks and NFKD does not take apart.
FESTIVAL_LETTERS = str.maketrans(
    {"–": "-", "—": "-", "−": "-", "„": '"', "“": '"', "”": '"', "‚": "'", "‘": "'", "’": "'", "»": '"'}
    | {"«": '"', "…": "...", "€": " euro ", "ø": "o", "Ø": "O", "æ": "e", "Æ": "E", "ı": "i"}
)


class Engine(Protocol):
    """One speech program with its settings. Later engines need no more than this."""

    @property
    def name(self) -> str: ...

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes this engine speaks."""

    async def missing(self) -> str | None:
        """What to install so that this engine works; None when nothing is missing."""

    async def identity(self, language: str) -> str:
        """Name, version, voice and rate: all that makes its sound what it is."""

    async def synthesize(self, words: str, language: str, out: Path) -> None:
        """Speak ``words`` into the WAV file ``out``, whose folder may take temporary files.

        Raises SpeechError when it did not.
        """


class Festival:
    """Festival with Debian's female Czech voice, the best measured at telephone quality."""

    name = "festival"
    languages = frozenset({"cs"})

    def __init__(self, *, rate: float = 1.0, timeout_seconds: float = 60) -> None:
        """``rate``: 1 is the voice's own speed, 0.8 is slower."""
        self.rate = rate
        self.timeout_seconds = timeout_seconds
        self._version = ""

    async def missing(self) -> str | None:
        if shutil.which("text2wave") is None or shutil.which("festival") is None:
            return f"install {FESTIVAL_PACKAGES}"
        voices = await run("festival", "--batch", "(print (voice.list))", seconds=VERSION_SECONDS)
        return None if b"czech_dita" in voices.output else f"install {FESTIVAL_PACKAGES}"

    async def identity(self, language: str) -> str:
        self._version = self._version or await _first_line("festival", "--version")
        return f"{self._version} czech_dita rate {self.rate:g}"

    async def synthesize(self, words: str, language: str, out: Path) -> None:
        text = out.with_suffix(".txt")
        text.write_bytes(as_latin2(words))
        voice = (
            "(begin (voice_czech_dita)"
            " (set! czech-volume-scale* 1.0)"  # its own 1.8 clips the peaks
            f" (Parameter.set 'Duration_Stretch {1 / self.rate:.3f}))"
        )
        ended = await run("text2wave", "-eval", voice, "-o", str(out), str(text), seconds=self.timeout_seconds)
        _refuse_nothing(self.name, ended, out)


class EspeakNg:
    """espeak-ng: many languages, always at hand, hard to follow on a landline."""

    name = "espeak-ng"
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
        line = self._version or await _first_line("espeak-ng", "--version")
        self._version = line.split("  Data at")[0]
        return f"{self._version} {language} rate {self.rate:g}"

    async def synthesize(self, words: str, language: str, out: Path) -> None:
        text = out.with_suffix(".txt")
        text.write_text(words, encoding="utf-8")
        speed = str(round(self.WORDS_A_MINUTE * self.rate))
        ended = await run(
            *("espeak-ng", "-b", "1", "-v", language, "-s", speed, "-f", str(text), "-w", str(out)),
            seconds=self.timeout_seconds,
        )
        _refuse_nothing(self.name, ended, out)


def as_latin2(words: str) -> bytes:
    """``words`` in ISO-8859-2, all that the Czech voice reads; other letters lose their marks or vanish."""
    return "".join(_latin2_letter(letter) for letter in words.translate(FESTIVAL_LETTERS)).encode("iso-8859-2")


def _latin2_letter(letter: str) -> str:
    try:
        letter.encode("iso-8859-2")
    except UnicodeEncodeError:
        plain = unicodedata.normalize("NFKD", letter)
        return plain.encode("ascii", "ignore").decode() or " "
    return letter


async def _first_line(*command: str) -> str:
    ended = await run(*command, seconds=VERSION_SECONDS)
    return ended.output.decode(errors="replace").partition("\n")[0].strip()


def _refuse_nothing(name: str, ended: Ended, out: Path) -> None:
    """Raise SpeechError where the program failed, or says it did not but wrote nothing."""
    if ended.code != 0 or not out.exists() or out.stat().st_size == 0:
        reason = ended.complaint.rpartition("\n")[2] or f"exit code {ended.code}"
        raise SpeechError(f"{name} gave no audio: {reason}", mend=f"see that {name} is installed whole")
