"""The content-addressed library of renderings: one text in one voice is one file, made once."""

import asyncio
import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from store.errors import InputError, SettingsError, SpeechError
from store.states import Pace
from tts import audio
from tts.engines.engine import Engine
from tts.engines.program import longest_seconds
from tts.formats import FORMATS, FormatName, encode
from tts.joining import join, pause_after, unended
from tts.lexicon import NO_LEXICON, Lexicon, LexiconFile
from tts.measure import defect
from tts.normaliser import Normalised, normalised, normalised_pieces
from tts.pauses import with_pauses
from tts.recording import check_recording, read_recording
from tts.shelf import MASTER, WORK, Card, Shelf
from tts.template import Value, filled
from tts.text import check_text
from tts.voices import Voice, Voices

# The path becomes a sound name in a dialplan, where & , | and spaces mean something.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.-]+")
LEAST_FREE_BYTES = 150_000_000  # two of the longest texts, with their temporary files
SHORTEST_SECONDS = 0.2
# Faster than any voice: fewer seconds than this says the engine left words out.
MOST_LETTERS_A_SECOND = 40
RECORDING = "recording"
JOINED = "joined"
TONE = files("sounds") / "tone.alaw"


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


class Library:
    """Renders texts and recordings into one folder, each once, safe among coroutines and processes."""

    def __init__(
        self,
        folder: Path,
        engines: Sequence[Engine],
        *,
        slow_engines: Sequence[Engine] = (),
        formats: Sequence[FormatName] = ("alaw",),
        lexicon: LexiconFile | None = None,
        at_once: int = 2,
    ) -> None:
        """``engines`` in the order of preference, and those that speak slowly; ``at_once``: renderings in progress.

        Raises SettingsError for a folder that Asterisk could not name.
        """
        self.folder = folder.absolute()
        self.shelf = Shelf(self.folder)
        self.forms = tuple(FORMATS[name] for name in formats)
        self._voices = {Pace.NORMAL: Voices(engines), Pace.SLOW: Voices(slow_engines or engines)}
        self._pace = Pace.NORMAL
        self._lexicon = lexicon
        self._places = asyncio.Semaphore(at_once)
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
        return await self._by_first_voice(language, lambda voice: self._spoken(voice, words))

    async def render_filled(self, template: str, values: Mapping[str, Value], language: str = "cs") -> Rendering:
        """As ``render``, of ``template`` with its ``{placeholders}`` filled: each value, and each stretch between, is a
        piece that is rendered but once, however many texts have it. All are in one voice.

        Raises InputError for a placeholder without a value, too.
        """
        text, cuts = filled(template, values)
        check_text(text)
        read = normalised_pieces(text, cuts, language, self._current_lexicon())
        pieces = [with_pauses(words, language) for words in read]

        async def speak(voice: Voice) -> Rendering:
            spoken = await asyncio.gather(*(self._spoken(voice, unended(words)) for words in pieces))
            return await self._joined(spoken, [pause_after(words) for words in pieces[:-1]], pieces)

        return await self._by_first_voice(language, speak)

    async def join(self, pieces: Sequence[Rendering], pauses: Sequence[float] | None = None) -> Rendering:
        """Renderings, and recordings, as one sound. ``pauses``: seconds after each but the last; None: by the mark that
        its words end with.

        Raises SpeechError where a piece is gone.
        """
        words = [piece.words for piece in pieces]
        return await self._joined(pieces, [pause_after(one) for one in words[:-1]] if pauses is None else pauses, words)

    def at(self, pace: Pace) -> "Library":
        """The same library, speaking at that pace."""
        made = copy(self)
        made._pace = pace
        return made

    def with_engine(self, engine: Engine) -> "Library":
        """The same library, in this voice alone."""
        made = copy(self)
        made._voices = dict.fromkeys(Pace, Voices([engine]))
        return made

    def reading(self, text: str, language: str = "cs") -> Normalised:
        """How ``text`` is read, and what of it nobody is sure of. Raises InputError for a text nobody could speak."""
        check_text(text)
        return normalised(text, language, self._current_lexicon())

    async def render_recording(self, path: Path) -> Rendering:
        """Telephone audio of somebody's own recording, a file or what a call recorded.

        Raises InputError for a file that cannot be used.
        """

        async def make(out: Path) -> None:
            await read_recording(path, out)

        check_recording(path)
        try:
            key = _key(audio.CHAIN, await asyncio.to_thread(_digest, path))
            return await self._once(key, self._from_master(key, Card("", "", RECORDING, 0), make))
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}", mend="give a file that can be read") from error

    def silence(self, seconds: int) -> Path:
        """Sound name of plain silence: played while we wait, for a call without sound is cut by some networks."""
        path = self.folder / f"silence-{seconds}"
        self.folder.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".alaw").write_bytes(audio.ALAW_SILENCE * (audio.ALAW_RATE * seconds))
        return path

    def tone(self) -> Path:
        """Sound name of the tone after which somebody is to speak (880 Hz, 0.4 s)."""
        path = self.folder / "tone"
        self.folder.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".alaw").write_bytes(TONE.read_bytes())
        return path

    def path_of(self, key: str) -> Path:
        """Asterisk's sound name of a rendering, whether it is there or not."""
        return self.shelf.path(key)

    async def again(self, key: str) -> Rendering:
        """One made earlier, in all formats that the settings ask for now. Raises SpeechError where it is gone."""

        async def make(_out: Path) -> None:
            raise self._gone(key)

        card = self.shelf.card(key)
        if card is None:
            raise self._gone(key)
        return await self._once(key, self._from_master(key, card, make))

    def _gone(self, key: str) -> SpeechError:
        return SpeechError(f"{self.path_of(key)}: the rendering is gone", mend="announce it again")

    def seconds_of(self, key: str) -> float:
        """Length of a rendering. Raises SpeechError where it is gone."""
        card = self.shelf.card(key)
        if card is None:
            raise self._gone(key)
        return card.seconds

    def _current_lexicon(self) -> Lexicon:
        return self._lexicon.current() if self._lexicon else NO_LEXICON

    async def _by_first_voice(self, language: str, work: Callable[[Voice], Awaitable[Rendering]]) -> Rendering:
        try:
            return await self._voices[self._pace].first(language, work)
        except SpeechError:
            self._refuse_full_disk()  # the one cause that all engines have in common, and tell badly
            raise

    async def _spoken(self, voice: Voice, words: str) -> Rendering:
        async def make(out: Path) -> None:
            await voice.engine.synthesize(words, voice.language, out)
            shortest = max(SHORTEST_SECONDS, len(words) / MOST_LETTERS_A_SECOND)
            if found := await defect(out, shortest, longest_seconds(words)):
                raise SpeechError(f"the audio {found}", mend=f"listen to what {voice.engine.name} says")

        # The words are all that normaliser and lexicon have to do with it: what both read as before is not made again.
        key = _key(audio.CHAIN, voice.identity, words)
        return await self._once(key, self._from_master(key, Card(words, voice.language, voice.identity, 0), make))

    async def _joined(self, pieces: Sequence[Rendering], pauses: Sequence[float], words: Sequence[str]) -> Rendering:
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

    async def _once(self, key: str, fill: Fill) -> Rendering:
        """The rendering ``key``: the one that is there, or what ``fill`` makes."""
        there = self.shelf.use(key, self.forms)
        if there is None:
            self._refuse_full_disk()
            async with self.shelf.alone(key), self._places:
                # Another may have made it while we waited.
                there = self.shelf.use(key, self.forms) or await self._made(key, fill)
        return Rendering(key, self.path_of(key), there.seconds, there.words, there.voice)

    async def _made(self, key: str, fill: Fill) -> Card:
        with _full_disk_named(self.folder), tempfile.TemporaryDirectory(dir=self.folder, prefix=WORK) as name:
            card = await fill(Path(name))
            self.shelf.put(key, Path(name), card)
        return card

    def _from_master(self, key: str, card: Card, make: Make) -> Fill:
        """``make`` writes the sound as WAV. Forms that the settings ask for since then come from the master alone."""

        async def fill(made: Path) -> Card:
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
