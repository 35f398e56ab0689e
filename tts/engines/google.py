"""gTTS: the voice of Google's translator. Online, and only for whom it is fine that every text goes there."""

import asyncio
import time
from importlib.metadata import version
from itertools import takewhile
from pathlib import Path
from threading import Event

from store.errors import SpeechError
from tts.decode import decode
from tts.engines.program import longest_seconds
from tts.sox import sox

# Seconds that one request may take, and that Google is left alone after it said 429 (too many requests).
REQUEST_SECONDS = 10.0
REST_SECONDS = 900.0
TOO_MANY_REQUESTS = 429


class Google:
    name = "gtts"
    optional = False
    languages = frozenset({"cs", "de", "en", "pl", "sk", "uk", "vi"})

    def __init__(self, *, rate: float = 1.0, timeout_seconds: float = 60) -> None:
        """``rate``: 1 is the voice's own speed, 0.8 is slower."""
        self.rate = rate
        self.timeout_seconds = timeout_seconds
        self._rests_until = 0.0  # time.monotonic

    async def missing(self) -> str | None:
        return None

    async def identity(self, language: str) -> str:
        return f"gTTS {version('gTTS')} {language} rate {self.rate:g}"

    async def synthesize(self, words: str, language: str, out: Path) -> None:
        if time.monotonic() < self._rests_until:
            raise SpeechError("gtts: Google asked us to wait", mend="wait a quarter of an hour, or use another engine")
        parts = await self._fetched(words, language)
        await join(parts, out, longest_seconds(words), self.rate)

    async def _fetched(self, words: str, language: str) -> list[bytes]:
        """The thread of a request that nobody waits for any more ends by itself within REQUEST_SECONDS."""
        enough = Event()
        try:
            async with asyncio.timeout(self.timeout_seconds):
                return await asyncio.to_thread(self._fetch, words, language, enough)
        except TimeoutError as error:
            raise SpeechError(
                f"gtts took longer than {self.timeout_seconds:g} s", mend="raise speech.timeout_seconds"
            ) from error
        finally:
            enough.set()

    def _fetch(self, words: str, language: str, enough: Event) -> list[bytes]:
        """MP3 parts, one for each hundred letters."""
        # Not at the top: it brings a second HTTP library, which only those pay for who use it.
        from gtts import gTTS, gTTSError

        speech = gTTS(words, lang=language, lang_check=False, timeout=REQUEST_SECONDS)
        try:
            parts = list(takewhile(lambda _: not enough.is_set(), speech.stream()))
        except gTTSError as error:
            if error.rsp is not None and error.rsp.status_code == TOO_MANY_REQUESTS:
                self._rests_until = time.monotonic() + REST_SECONDS
            raise SpeechError(f"gtts: {error.msg}", mend="see the connection to the internet") from error
        # It leaves out what Google gave no sound for, and says nothing.
        if len(parts) < len(speech.get_bodies()) or not all(parts):
            raise SpeechError("gtts: Google left out a part of the text", mend="try again later")
        return parts


async def join(parts: list[bytes], out: Path, longest: float, rate: float) -> None:
    """One WAV of all parts, each of them decoded alone: readers of MP3 may stop where the first one ends."""
    spoken = []
    for number, part in enumerate(parts):
        heard, wav = out.with_suffix(f".{number}.mp3"), out.with_suffix(f".{number}.wav")
        heard.write_bytes(part)
        try:
            await decode(heard, wav, longest)
        except SpeechError as error:
            raise SpeechError(f"gtts: what came {error.what}", mend=error.mend) from error
        spoken.append(wav)
    await sox(*spoken, "-b", "16", out, "tempo", "-s", f"{rate:g}")
