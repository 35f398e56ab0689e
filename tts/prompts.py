"""The fixed wording of calls: texts in ``sounds/prompts/<language>.toml``, rendered or recorded.

A table of the file is a dialogue: ``menu`` in ``[listening]`` is the key ``listening.menu``. What stands before all
tables belongs to the announcement call. A recording ``<language>/<key>.wav`` wins over the text.
"""

import asyncio
import string
import tomllib
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import structlog

from store.errors import InputError, SettingsError, SpeechError
from store.states import Pace
from tts.library import Library, Rendering
from tts.template import Value

log = structlog.get_logger(__name__)

PROMPTS = files("sounds") / "prompts"
# Seconds after each filling: what is there is found without a turn of the loop, and calls have to go on.
BREATH = 0.01
NO_VALUES: Mapping[str, Value] = {}
# By placeholder: values that have all the pieces in them that those of calls may have.
Foreseen = Mapping[str, Sequence[Value]]


async def render_prompts(
    library: Library,
    language: str,
    values: Mapping[str, str],
    *,
    prompts: Traversable = PROMPTS,
) -> Mapping[str, Rendering]:
    """Renderings of the announcement call's prompts by key, which stand in no table; a recording of the key wins.

    Raises SettingsError for an unknown language, and where ``values`` and the texts' placeholders differ.
    """
    texts = {key: text for key, text in prompt_texts(language, prompts).items() if "." not in key}
    texts = filled(texts, values)
    made = await asyncio.gather(*(_prompt(library, prompts, language, key, text) for key, text in texts.items()))
    return dict(zip(texts, made, strict=True))


class Prompts:
    """What calls say in one language, slowly or not: rendered when first needed, or ahead."""

    def __init__(
        self, library: Library, language: str, values: Mapping[str, str], *, prompts: Traversable = PROMPTS
    ) -> None:
        """``values``: those that are the same in every call, such as the town's name.

        Raises SettingsError for an unknown language.
        """
        self.language = language
        self._library = library
        self._values = dict(values)
        self._prompts = prompts
        self._texts = prompt_texts(language, prompts)
        self._ready: dict[tuple[str, Pace], Path] = {}

    def knowing(self, **values: str) -> "Prompts":
        """The same, with further values that are the same in every call."""
        return Prompts(self._library, self.language, {**self._values, **values}, prompts=self._prompts)

    async def sound(self, key: str, values: Mapping[str, Value] = NO_VALUES, pace: Pace = Pace.NORMAL) -> Path:
        """Sound name of a prompt. ``values``: those of its placeholders that only the call knows.

        Raises SettingsError for an unknown key and a missing value, SpeechError where no engine speaks.
        """
        ready = self._ready.get((key, pace)) if not values else None
        return ready or (await self._render(key, values, pace)).path

    async def render_ahead(self, keys: Iterable[str], foreseen: Foreseen, pace: Pace) -> AsyncIterator[Rendering]:
        """Those of ``keys`` that say the same in every call, and then the pieces of those filled with foreseen values:
        nobody has to wait for them any more.

        Raises SettingsError or SpeechError; a value that cannot be spoken is passed over, with a warning.
        """
        wanted = {key: placeholders(self.text(key)) - self._values.keys() for key in keys}
        for key in (key for key, names in wanted.items() if not names):
            yield await self._render(key, NO_VALUES, pace)
        done = set[str]()
        for key, values in ((key, values) for key, names in wanted.items() for values in _fillings(names, foreseen)):
            try:
                for words in self.pieces(key, values):
                    if words not in done:
                        yield await self._library.at(pace).render_piece(words, self.language)
                        done.add(words)
            except (InputError, SpeechError) as error:
                log.warning("not_spoken_ahead", prompt=key, reason=error.what, mend="see packages, streets and lexicon")
            await asyncio.sleep(BREATH)

    def pieces(self, key: str, values: Mapping[str, Value]) -> Sequence[str]:
        """The words of those that ``sound`` joins. Raises InputError for what nobody could speak."""
        return self._library.pieces(self.text(key), {**self._values, **values}, self.language)

    async def _render(self, key: str, values: Mapping[str, Value], pace: Pace) -> Rendering:
        library = self._library.at(pace)
        if values:
            return await library.render_filled(self.text(key), {**self._values, **values}, self.language)
        text = filled({key: self.text(key)}, self._needed(key))[key]
        made = await _prompt(library, self._prompts, self.language, key, text)
        self._ready[key, pace] = made.path
        return made

    def text(self, key: str) -> str:
        """The text of a prompt, or of a word that others are filled with. Raises SettingsError for an unknown key."""
        return _text(self._texts, key, self.language)

    def _needed(self, key: str) -> dict[str, str]:
        return {name: value for name, value in self._values.items() if name in placeholders(self.text(key))}


def _fillings(names: Collection[str], foreseen: Foreseen) -> Iterator[Mapping[str, Value]]:
    """Each value of each placeholder at least once; none where nothing is foreseen for one of them."""
    columns = {name: foreseen.get(name, ()) for name in names}
    if all(columns.values()):
        for row in range(max(map(len, columns.values()), default=0)):
            yield {name: values[row % len(values)] for name, values in columns.items()}


def prompt_texts(language: str, prompts: Traversable = PROMPTS) -> dict[str, str]:
    """Text by key, with its placeholders. Raises SettingsError for an unknown language and a broken file."""
    file = prompts / f"{language}.toml"
    if not file.is_file():
        raise SettingsError(f"there are no prompts for “{language}”", mend=f"write {file}")
    try:
        return _flat(tomllib.loads(file.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: {error}", mend="mend the file") from error


def prompt_languages(prompts: Traversable = PROMPTS) -> tuple[str, ...]:
    """Those that have a file."""
    return tuple(sorted(file.name.removesuffix(".toml") for file in prompts.iterdir() if file.name.endswith(".toml")))


def is_recorded(language: str, key: str, prompts: Traversable = PROMPTS) -> bool:
    """Somebody's voice is played instead of the text."""
    return _recording(prompts, language, key).is_file()


def filled(texts: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """The texts with their ``{placeholders}`` replaced.

    Raises SettingsError for a placeholder without a value and for a value without a placeholder.
    """
    wanted = {name: key for key, text in texts.items() for name in placeholders(text)}
    for name in wanted.keys() - values.keys():
        raise SettingsError(f"prompt “{wanted[name]}”: no value for {{{name}}}", mend="mend the prompt's text")
    for name in values.keys() - wanted.keys():
        raise SettingsError(f"no prompt uses {{{name}}}", mend=f"put {{{name}}} into a prompt, or leave it out")
    return {key: text.format_map(values) for key, text in texts.items()}


def placeholders(text: str) -> set[str]:
    """Names in ``{…}``. Raises SettingsError for a brace without its other half."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise SettingsError(f"prompt “{text}”: {error}", mend="close each { with }") from error


def _flat(table: Mapping[str, Any], before: str = "") -> dict[str, str]:
    texts: dict[str, str] = {}
    for key, value in table.items():
        texts |= _flat(value, f"{before}{key}.") if isinstance(value, dict) else {before + key: str(value)}
    return texts


def _text(texts: Mapping[str, str], key: str, language: str) -> str:
    if key not in texts:
        raise SettingsError(f"there is no prompt “{key}” in “{language}”", mend="see: hlasatel prompts check")
    return texts[key]


def _recording(prompts: Traversable, language: str, key: str) -> Traversable:
    return prompts / language / f"{key}.wav"


async def _prompt(library: Library, prompts: Traversable, language: str, key: str, text: str) -> Rendering:
    recording = _recording(prompts, language, key)
    if not recording.is_file():
        return await library.render(text, language)
    with as_file(recording) as path:
        return await library.render_recording(path)
