"""The content-addressed library of renderings: one text in one voice is one file, made once."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import copy
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from store.errors import SettingsError, SpeechError
from store.states import Pace
from tts import audio
from tts.engines.engine import Engine
from tts.formats import FORMATS, FormatName
from tts.joining import pause_after, unended
from tts.lexicon import NO_LEXICON, Lexicon, LexiconFile
from tts.normaliser import Normalised, normalised, normalised_pieces
from tts.pauses import with_pauses
from tts.template import Value, filled
from tts.text import check_text
from tts.voices import Voice, Voices
from tts.workshop import Rendering, Workshop

__all__ = ["Library", "Rendering"]

# The path becomes a sound name in a dialplan, where & , | and spaces mean something.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.-]+")
TONE = files("sounds") / "tone.alaw"
Made = TypeVar("Made")


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
        self.forms = tuple(FORMATS[name] for name in formats)
        self._workshop = Workshop(self.folder, self.forms, at_once)
        self.shelf = self._workshop.shelf
        self._voices = {Pace.NORMAL: Voices(engines), Pace.SLOW: Voices(slow_engines or engines)}
        self._pace = Pace.NORMAL
        self._lexicon = lexicon
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
        return await self._by_first_voice(language, lambda voice: self._workshop.spoken(voice, words))

    async def render_filled(self, template: str, values: Mapping[str, Value], language: str = "cs") -> Rendering:
        """As ``render``, of ``template`` with its ``{placeholders}`` filled: each value, and each stretch between, is a
        piece that is rendered but once, however many texts have it. All are in one voice.

        Raises InputError for a placeholder without a value, too.
        """
        pieces = self.pieces(template, values, language)

        async def speak(voice: Voice) -> Rendering:
            spoken = await asyncio.gather(*(self._workshop.spoken(voice, unended(words)) for words in pieces))
            return await self._workshop.joined(spoken, [pause_after(words) for words in pieces[:-1]], pieces)

        return await self._by_first_voice(language, speak)

    async def render_piece(self, words: str, language: str = "cs") -> Rendering:
        """One of ``pieces`` alone. Raises SpeechError."""
        return await self._by_first_voice(language, lambda voice: self._workshop.spoken(voice, unended(words)))

    def pieces(self, template: str, values: Mapping[str, Value], language: str = "cs") -> Sequence[str]:
        """The words of those that ``render_filled`` joins. Raises InputError as it does."""
        return _pieces(template, tuple(values.items()), language, self._current_lexicon())

    async def join(self, pieces: Sequence[Rendering], pauses: Sequence[float] | None = None) -> Rendering:
        """Renderings, and recordings, as one sound. ``pauses``: seconds after each but the last; None: by the mark that
        its words end with.

        Raises SpeechError where a piece is gone.
        """
        words = [piece.words for piece in pieces]
        return await self._workshop.joined(
            pieces, [pause_after(one) for one in words[:-1]] if pauses is None else pauses, words
        )

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
        return await self._workshop.recorded(path)

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
        return await self._workshop.again(key)

    def seconds_of(self, key: str) -> float:
        """Length of a rendering. Raises SpeechError where it is gone."""
        return self._workshop.card(key).seconds

    def _current_lexicon(self) -> Lexicon:
        return self._lexicon.current() if self._lexicon else NO_LEXICON

    async def _by_first_voice(self, language: str, work: Callable[[Voice], Awaitable[Made]]) -> Made:
        try:
            return await self._voices[self._pace].first(language, work)
        except SpeechError:
            self._workshop.refuse_full_disk()  # the one cause that all engines have in common, and tell badly
            raise


# Wordings of prompts come again and again, and to read one takes longer than to join it.
@lru_cache(maxsize=10_000)
def _pieces(template: str, values: tuple[tuple[str, Value], ...], language: str, lexicon: Lexicon) -> tuple[str, ...]:
    text, cuts = filled(template, dict(values))
    check_text(text)
    return tuple(with_pauses(words, language) for words in normalised_pieces(text, cuts, language, lexicon))
