"""Makes renderings in one folder, each once: from an engine, a recording, or others that are there."""

import asyncio
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from store.errors import InputError, SpeechError
from tts import audio
from tts.engines.program import longest_seconds
from tts.formats import Format, encode
from tts.joining import join
from tts.measure import defect
from tts.recording import check_recording, read_recording
from tts.shelf import MASTER, WORK, Card, Shelf
from tts.voices import Voice

LEAST_FREE_BYTES = 150_000_000  # two of the longest texts, with their temporary files
SHORTEST_SECONDS = 0.2
# Faster than any voice: fewer seconds than this says the engine left words out.
MOST_LETTERS_A_SECOND = 40
RECORDING = "recording"
JOINED = "joined"


@dataclass(frozen=True)
class Rendering:
    """The telephone audio that one text in one voice, or one recording, became."""

    key: str
    # Absolute and without suffix: Asterisk's sound name. Beside it lie a file for each format and, unless it is joined
    # of others, .master.wav.
    path: Path
    seconds: float
    # What is spoken; empty for a recording.
    words: str
    # Identity of the engine that spoke.
    voice: str = ""


Make = Callable[[Path], Awaitable[None]]
# Writes all forms of a rendering, named by its key, into a folder.
Fill = Callable[[Path], Awaitable[Card]]


class Workshop:
    """Safe among coroutines and processes."""

    def __init__(self, folder: Path, forms: Sequence[Format], at_once: int) -> None:
        """``at_once``: renderings in progress that are not just joined of others."""
        self.folder = folder
        self.forms = tuple(forms)
        self.shelf = Shelf(folder)
        self._places = asyncio.Semaphore(at_once)

    async def spoken(self, voice: Voice, words: str) -> Rendering:
        async def make(out: Path) -> None:
            await voice.engine.synthesize(words, voice.language, out)
            shortest = max(SHORTEST_SECONDS, len(words) / MOST_LETTERS_A_SECOND)
            if found := await defect(out, shortest, longest_seconds(words)):
                raise SpeechError(f"the audio {found}", mend=f"listen to what {voice.engine.name} says")

        # The words are all that normaliser and lexicon have to do with it: what both read as before is not made again.
        key = _key(audio.CHAIN, voice.identity, words)
        return await self._once(key, self._from_master(key, Card(words, voice.language, voice.identity, 0), make))

    async def recorded(self, path: Path) -> Rendering:
        """Raises InputError for a file that cannot be used."""

        async def make(out: Path) -> None:
            await read_recording(path, out)

        check_recording(path)
        try:
            key = _key(audio.CHAIN, await asyncio.to_thread(_digest, path))
            return await self._once(key, self._from_master(key, Card("", "", RECORDING, 0), make))
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}", mend="give a file that can be read") from error

    async def joined(self, pieces: Sequence[Rendering], pauses: Sequence[float], words: Sequence[str]) -> Rendering:
        if len(pieces) == 1:
            return pieces[0]
        key = _key(audio.CHAIN, JOINED, *(piece.key for piece in pieces), *map(str, pauses))

        async def fill(made: Path) -> Card:
            for form in self.forms:
                sounds = [self.shelf.file(piece.key, form.suffix) for piece in pieces]
                await join(sounds, pauses, form, made / f"{key}{form.suffix}")
            seconds = (made / f"{key}{form.suffix}").stat().st_size / form.bytes_a_second
            return Card(" ".join(words).strip(), "", pieces[0].voice, round(seconds, 2))

        return await self._once(key, fill)

    async def again(self, key: str) -> Rendering:
        """One made earlier, in all forms. Raises SpeechError where it is gone."""

        async def make(_out: Path) -> None:
            raise self._gone(key)

        return await self._once(key, self._from_master(key, self.card(key), make))

    def card(self, key: str) -> Card:
        """Raises SpeechError where the rendering is gone."""
        card = self.shelf.card(key)
        if card is None:
            raise self._gone(key)
        return card

    def _gone(self, key: str) -> SpeechError:
        return SpeechError(f"{self.shelf.path(key)}: the rendering is gone", mend="announce it again")

    async def _once(self, key: str, fill: Fill) -> Rendering:
        """The rendering ``key``: the one that is there, or what ``fill`` makes."""
        there = self.shelf.use(key, self.forms)
        if there is None:
            self.refuse_full_disk()
            async with self.shelf.alone(key):
                # Another may have made it while we waited.
                there = self.shelf.use(key, self.forms) or await self._made(key, fill)
        return Rendering(key, self.shelf.path(key), there.seconds, there.words, there.voice)

    async def _made(self, key: str, fill: Fill) -> Card:
        with _full_disk_named(self.folder), tempfile.TemporaryDirectory(dir=self.folder, prefix=WORK) as name:
            card = await fill(Path(name))
            self.shelf.put(key, Path(name), card)
        return card

    def _from_master(self, key: str, card: Card, make: Make) -> Fill:
        """``make`` writes the sound as WAV. Forms that the settings ask for since then come from the master alone."""

        async def fill(made: Path) -> Card:
            # Joining goes by this: it starts no program, and somebody on the phone waits for it.
            async with self._places:
                master = self.shelf.file(key, MASTER)
                if not self.shelf.has_master(key):
                    await make(made / "spoken.wav")
                    master = made / f"{key}{MASTER}"
                    await audio.make_master(made / "spoken.wav", master)
                await self._write_forms(master, made / key)
            return replace(card, seconds=await asyncio.to_thread(audio.line_seconds, master))

        return fill

    async def _write_forms(self, master: Path, out: Path) -> None:
        for band in {form.band for form in self.forms}:
            levelled = out.with_name(f"{band.rate}.wav")
            await audio.level_out(master, band, levelled)
            for form in self.forms:
                if form.band == band:
                    await encode(levelled, form, out.with_suffix(form.suffix))

    def refuse_full_disk(self) -> None:
        with _full_disk_named(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(self.folder).free < LEAST_FREE_BYTES:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def _full_disk_named(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SpeechError(
            f"{folder}: {error.strerror}", mend="make room there, or set speech.library to another folder"
        ) from error


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
