"""The content-addressed library of renderings: one text in one voice is one file, made once."""

import asyncio
import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from store.errors import InputError, SettingsError, SpeechError
from tts import audio
from tts.engines.engine import Engine
from tts.engines.program import longest_seconds
from tts.formats import FORMATS, FormatName, encode
from tts.lexicon import NO_LEXICON, LexiconFile
from tts.measure import defect
from tts.normaliser import Normalised, normalised
from tts.pauses import with_pauses
from tts.recording import check_recording, read_recording
from tts.shelf import MASTER, WORK, Card, Shelf
from tts.text import check_text

log = structlog.get_logger()

# The path becomes a sound name in a dialplan, where & , | and spaces mean something.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.-]+")
LEAST_FREE_BYTES = 150_000_000  # two of the longest texts, with their temporary files
SHORTEST_SECONDS = 0.2
# Faster than any voice: fewer seconds than this says the engine left words out.
MOST_LETTERS_A_SECOND = 40
RECORDING = "recording"


@dataclass(frozen=True)
class Rendering:
    """The telephone audio that one text in one voice, or one recording, became."""

    key: str
    # Absolute and without suffix: Asterisk's sound name. Beside it lie a file for each format and .master.wav.
    path: Path
    seconds: float
    # What is spoken; empty for a recording.
    words: str
    # Identity of the engine that spoke.
    voice: str = ""


Make = Callable[[Path], Awaitable[None]]


class Library:
    """Renders texts and recordings into one folder, each once, safe among coroutines and processes."""

    def __init__(
        self,
        folder: Path,
        engines: Sequence[Engine],
        *,
        formats: Sequence[FormatName] = ("alaw",),
        lexicon: LexiconFile | None = None,
        at_once: int = 2,
    ) -> None:
        """``engines`` in the order of preference; ``at_once``: renderings in progress.

        Raises SettingsError for a folder that Asterisk could not name.
        """
        self.folder = folder.absolute()
        self.shelf = Shelf(self.folder)
        self.engines = tuple(engines)
        self.forms = tuple(FORMATS[name] for name in formats)
        self._lexicon = lexicon
        self._places = asyncio.Semaphore(at_once)
        self._asking = asyncio.Lock()
        self._whole: set[str] = set()  # names of engines seen to be installed
        if not PLAIN_PATH.fullmatch(str(self.folder)):
            raise SettingsError(
                f"speech.library: Asterisk cannot name files in “{self.folder}”",
                mend="choose a folder whose whole path has only letters without accents, digits and / _ . -",
            )

    async def render(self, text: str, language: str = "cs") -> Rendering:
        """Telephone audio of ``text``, by the first engine that can.

        Raises InputError for a text nobody could speak, SpeechError when no engine did.
        """
        words = with_pauses(self.reading(text, language).words, language)
        refusals: list[str] = []
        for engine in self.engines:
            if language not in engine.languages:
                continue
            try:
                if voice := await self._voice(engine, language):
                    return await self._spoken_by(engine, voice, words, language)
            except SpeechError as error:
                log.warning("engine_passed_over", engine=engine.name, reason=error.what, mend=error.mend)
                refusals.append(f"{engine.name}: {error}")
        self._refuse_full_disk()
        raise SpeechError(
            f"no engine speaks “{language}” ({'; '.join(refusals) or 'none of those in the settings'})",
            mend="install one of them, or add one to speech.engines",
        )

    def with_engine(self, engine: Engine) -> "Library":
        """The same library, in this voice alone."""
        made = copy(self)
        made.engines = (engine,)
        return made

    def reading(self, text: str, language: str = "cs") -> Normalised:
        """How ``text`` is read, and what of it nobody is sure of. Raises InputError for a text nobody could speak."""
        check_text(text)
        return normalised(text, language, self._lexicon.current() if self._lexicon else NO_LEXICON)

    async def render_recording(self, path: Path) -> Rendering:
        """Telephone audio of somebody's own recording, a file or what a call recorded.

        Raises InputError for a file that cannot be used.
        """

        async def make(out: Path) -> None:
            await read_recording(path, out)

        check_recording(path)
        try:
            key = _key(audio.CHAIN, await asyncio.to_thread(_digest, path))
            return await self._once(key, Card("", "", RECORDING, 0), make)
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}", mend="give a file that can be read") from error

    def silence(self, seconds: int) -> Path:
        """Sound name of plain silence: played while we wait, for a call without sound is cut by some networks."""
        path = self.folder / f"silence-{seconds}"
        self.folder.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".alaw").write_bytes(audio.ALAW_SILENCE * (audio.ALAW_RATE * seconds))
        return path

    def path_of(self, key: str) -> Path:
        """Asterisk's sound name of a rendering, whether it is there or not."""
        return self.shelf.path(key)

    def seconds_of(self, key: str) -> float:
        """Length of a rendering. Raises SpeechError where it is gone."""
        card = self.shelf.card(key)
        if card is None:
            raise SpeechError(f"{self.path_of(key)}: the rendering is gone", mend="launch the announcement again")
        return card.seconds

    async def _voice(self, engine: Engine, language: str) -> str | None:
        """Identity of an engine; None where one is missing that may be. One asks at a time, for it starts programs.

        Raises SpeechError where it should be there.
        """
        async with self._asking:
            if engine.name not in self._whole:
                if mend := await engine.missing():
                    if engine.optional:
                        return None
                    raise SpeechError("is missing", mend=mend)
                self._whole.add(engine.name)
            return await engine.identity(language)

    async def _spoken_by(self, engine: Engine, voice: str, words: str, language: str) -> Rendering:
        async def make(out: Path) -> None:
            await engine.synthesize(words, language, out)
            shortest = max(SHORTEST_SECONDS, len(words) / MOST_LETTERS_A_SECOND)
            if found := await defect(out, shortest, longest_seconds(words)):
                raise SpeechError(f"the audio {found}", mend=f"listen to what {engine.name} says")

        # The words are all that normaliser and lexicon have to do with it: what both read as before is not made again.
        return await self._once(_key(audio.CHAIN, voice, words), Card(words, language, voice, 0), make)

    async def _once(self, key: str, card: Card, make: Make) -> Rendering:
        """The rendering ``key``: the one that is there, or the one that ``make`` writes as a WAV file."""
        there = self.shelf.use(key, self.forms)
        if there is None:
            self._refuse_full_disk()
            async with self.shelf.alone(key), self._places:
                # Another may have made it while we waited.
                there = self.shelf.use(key, self.forms) or await self._make(key, card, make)
        return Rendering(key, self.path_of(key), there.seconds, there.words, there.voice)

    async def _make(self, key: str, card: Card, make: Make) -> Card:
        """All that is missing of a rendering: forms that the settings ask for since then come from its master."""
        with _full_disk_named(self.folder), tempfile.TemporaryDirectory(dir=self.folder, prefix=WORK) as name:
            made = Path(name)
            master = self.shelf.file(key, MASTER)
            if not self.shelf.has_master(key):
                await make(made / "spoken.wav")
                master = made / f"{key}{MASTER}"
                await audio.make_master(made / "spoken.wav", master)
            await self._write_forms(master, made / key)
            whole = replace(card, seconds=await asyncio.to_thread(audio.line_seconds, master))
            self.shelf.put(key, made, whole)
        return whole

    async def _write_forms(self, master: Path, out: Path) -> None:
        for band in {form.band for form in self.forms}:
            levelled = out.with_name(f"{band.rate}.wav")
            await audio.level_out(master, band, levelled)
            for form in self.forms:
                if form.band == band:
                    await encode(levelled, form, out.with_suffix(form.suffix))

    def _refuse_full_disk(self) -> None:
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
