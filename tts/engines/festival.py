"""Festival with Debian's female Czech voice, the best measured at telephone quality."""

import shutil
import unicodedata
from pathlib import Path

from tts.engines.program import VERSION_SECONDS, first_line, refuse_nothing
from tts.process import run

PACKAGES = "festival, festival-czech and festvox-czech-dita"

# Seconds after a sentence, a comma, and a comma in a list of single words, where the voice by itself makes no pause
# (czech.scm: BB, B, SB).
PAUSES = (("BB", 0.4), ("B", 0.22), ("SB", 0.22))

# What ISO-8859-2 lacks and NFKD does not take apart.
LETTERS = str.maketrans(
    {"–": "-", "—": "-", "−": "-", "„": '"', "“": '"', "”": '"', "‚": "'", "‘": "'", "’": "'", "»": '"'}
    | {"«": '"', "…": "...", "€": " euro ", "ø": "o", "Ø": "O", "æ": "e", "Æ": "E", "ı": "i"}
)


class Festival:
    name = "festival"
    optional = False
    languages = frozenset({"cs"})

    def __init__(self, *, rate: float = 1.0, timeout_seconds: float = 60) -> None:
        """``rate``: 1 is the voice's own speed, 0.8 is slower."""
        self.rate = rate
        self.timeout_seconds = timeout_seconds
        self._version = ""

    async def missing(self) -> str | None:
        if shutil.which("text2wave") is None or shutil.which("festival") is None:
            return f"install {PACKAGES}"
        voices = await run("festival", "--batch", "(print (voice.list))", seconds=VERSION_SECONDS)
        return None if b"czech_dita" in voices.output else f"install {PACKAGES}"

    async def identity(self, language: str) -> str:
        self._version = self._version or await first_line("festival", "--version")
        return f"{self._version} czech_dita rate {self.rate:g} pauses {PAUSES}"

    async def synthesize(self, words: str, language: str, out: Path) -> None:
        text = out.with_suffix(".txt")
        text.write_bytes(as_latin2(words))
        ended = await run(
            *("text2wave", "-eval", self._voice(), "-o", str(out), str(text)), seconds=self.timeout_seconds
        )
        refuse_nothing(self.name, ended, out)

    def _voice(self) -> str:
        pauses = " ".join(f'("{mark}" {seconds} {seconds})' for mark, seconds in PAUSES)
        return (
            "(begin (voice_czech_dita)"
            " (set! czech-volume-scale* 1.0)"  # its own 1.8 clips the peaks
            " (set! czech-randomize nil)"  # the same words always sound the same
            f" (set! czech-silence-durations '({pauses}))"
            f" (Parameter.set 'Duration_Stretch {1 / self.rate:.3f}))"
        )


def as_latin2(words: str) -> bytes:
    """``words`` in ISO-8859-2, all that the Czech voice reads; other letters lose their marks or vanish."""
    return "".join(_latin2_letter(letter) for letter in words.translate(LETTERS)).encode("iso-8859-2")


def _latin2_letter(letter: str) -> str:
    try:
        letter.encode("iso-8859-2")
    except UnicodeEncodeError:
        plain = unicodedata.normalize("NFKD", letter)
        return plain.encode("ascii", "ignore").decode() or " "
    return letter
