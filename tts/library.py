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
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

import structlog

from store.errors import InputError, SettingsError, SpeechError
from tts import audio
from tts.engines import Engine
from tts.normaliser import VERSION, normalise
from tts.text import check_text

log = structlog.get_logger()

# The path becomes a sound name in a dialplan, where & , | and spaces mean something.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.-]+")
KEY = re.compile(r"[0-9a-f]{32}")
LEAST_FREE_BYTES = 150_000_000  # two of the longest texts, with their temporary files
# Faster than any voice: fewer seconds than this says the engine left words out.
MOST_LETTERS_A_SECOND = 40


@dataclass(frozen=True)
class Rendering:
    """The telephone audio that one text in one voice, or one recording, became."""

    key: str
    # Absolute and without suffix: Asterisk's sound name. Beside it lie .alaw and .master.wav; the master has
    # a second suffix so that Asterisk never chooses it.
    path: Path
    seconds: float
    # What is spoken; empty for a recording.
    words: str


class Library:
    """Renders texts and recordings into one folder, each once, safe among coroutines and processes."""

    def __init__(self, folder: Path, engines: Sequence[Engine], *, at_once: int = 2) -> None:
        """``engines`` in the order of preference; ``at_once``: renderings in progress.

        Raises SettingsError for a folder that Asterisk could not name.
        """
        self.folder = folder.absolute()
        self.engines = tuple(engines)
        self._places = asyncio.Semaphore(at_once)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
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
        check_text(text)
        words = normalise(text, language)
        refusals: list[str] = []
        for engine in self.engines:
            try:
                return await self._spoken_by(engine, words, language)
            except SpeechError as error:
                log.warning("engine_passed_over", engine=engine.name, reason=error.what, mend=error.mend)
                refusals.append(f"{engine.name}: {error}")
        self._refuse_full_disk()
        raise SpeechError(
            f"no engine speaks “{language}” ({'; '.join(refusals) or 'none is configured'})",
            mend="install one of them, or add one to speech.engines",
        )

    async def render_recording(self, path: Path) -> Rendering:
        """Telephone audio of an operator's own recording.

        Raises InputError for a file that cannot be used.
        """

        async def make(out: Path) -> None:
            await audio.read_recording(path, out)

        audio.check_recording(path)
        try:
            key = _key(audio.CHAIN, await asyncio.to_thread(_digest, path))
            return await self._once(key, "", make)
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}", mend="give a file that can be read") from error

    def silence(self, seconds: int) -> Path:
        """Sound name of plain silence: played while we wait, for a call without sound is cut by some networks."""
        path = self.folder / f"silence-{seconds}"
        self.folder.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".alaw").write_bytes(audio.ALAW_SILENCE * (audio.SAMPLE_RATE * seconds))
        return path

    def path_of(self, key: str) -> Path:
        """Asterisk's sound name of a rendering, whether it is there or not."""
        if not KEY.fullmatch(key):
            raise InputError(f"“{key}” is not the key of a rendering")
        return self.folder / key

    def seconds_of(self, key: str) -> float:
        """Length of a rendering. Raises SpeechError where it is gone."""
        alaw = self.path_of(key).with_suffix(".alaw")
        if not alaw.exists():
            raise SpeechError(f"{alaw}: the rendering is gone", mend="launch the announcement again")
        return audio.alaw_seconds(alaw)

    async def _spoken_by(self, engine: Engine, words: str, language: str) -> Rendering:
        if language not in engine.languages:
            raise SpeechError(f"does not speak “{language}”")
        if engine.name not in self._whole:
            if mend := await engine.missing():
                raise SpeechError("is missing", mend=mend)
            self._whole.add(engine.name)
        key = _key(audio.CHAIN, VERSION, await engine.identity(language), words)
        return await self._once(key, words, lambda out: engine.synthesize(words, language, out))

    async def _once(self, key: str, words: str, make: Callable[[Path], Awaitable[None]]) -> Rendering:
        """The rendering ``key``: the one that is there, or the one that ``make`` writes as a WAV file."""
        if not self._is_there(key):
            lock = self._locks.setdefault(key, asyncio.Lock())
            async with lock, self._places:
                if not self._is_there(key):  # another may have made it while we waited
                    await self._make(key, words, make)
        return Rendering(key, self.path_of(key), self.seconds_of(key), words)

    def _is_there(self, key: str) -> bool:
        alaw = self.path_of(key).with_suffix(".alaw")
        # Empty: the power failed before it was on the disk.
        return alaw.exists() and alaw.stat().st_size > 0

    async def _make(self, key: str, words: str, make: Callable[[Path], Awaitable[None]]) -> None:
        self._refuse_full_disk()
        with _full_disk_named(self.folder), tempfile.TemporaryDirectory(dir=self.folder, prefix=".new-") as made:
            spoken = Path(made) / "spoken.wav"
            await make(spoken)
            alaw, master = await audio.to_telephone(spoken, Path(made))
            if audio.alaw_seconds(alaw) < len(words) / MOST_LETTERS_A_SECOND:
                raise SpeechError("the audio is too short for its text", mend="listen to what the engine says")
            master.replace(self.path_of(key).with_suffix(".master.wav"))
            alaw.replace(self.path_of(key).with_suffix(".alaw"))  # last: it says that the rendering is there

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
