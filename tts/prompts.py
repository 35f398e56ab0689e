"""The fixed wording of calls: texts in ``sounds/prompts/<language>.toml``, rendered or recorded."""

import asyncio
import string
import tomllib
from collections.abc import Mapping
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable

from store.errors import SettingsError
from tts.library import Library, Rendering

PROMPTS = files("sounds") / "prompts"


async def render_prompts(
    library: Library, language: str, values: Mapping[str, str], *, prompts: Traversable = PROMPTS
) -> Mapping[str, Rendering]:
    """Renderings of all prompts by key; a recording ``<language>/<key>.wav`` wins over the text.

    Raises SettingsError for an unknown language, and where ``values`` and the texts' placeholders differ.
    """
    texts = filled(_texts(prompts, language), values)
    made = await asyncio.gather(
        *(_prompt(library, prompts / language / f"{key}.wav", text, language) for key, text in texts.items())
    )
    return dict(zip(texts, made, strict=True))


def filled(texts: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """The texts with their ``{placeholders}`` replaced.

    Raises SettingsError for a placeholder without a value and for a value without a placeholder.
    """
    wanted = {name: key for key, text in texts.items() for name in _placeholders(text)}
    for name in wanted.keys() - values.keys():
        raise SettingsError(f"prompt “{wanted[name]}”: no value for {{{name}}}", mend="mend the prompt's text")
    for name in values.keys() - wanted.keys():
        raise SettingsError(f"no prompt uses {{{name}}}", mend=f"put {{{name}}} into a prompt, or leave it out")
    return {key: text.format_map(values) for key, text in texts.items()}


def _placeholders(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise SettingsError(f"prompt “{text}”: {error}", mend="close each { with }") from error


def _texts(prompts: Traversable, language: str) -> dict[str, str]:
    file = prompts / f"{language}.toml"
    if not file.is_file():
        raise SettingsError(f"there are no prompts for “{language}”", mend=f"write {file}")
    try:
        return {key: str(text) for key, text in tomllib.loads(file.read_text(encoding="utf-8")).items()}
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: {error}", mend="mend the file") from error


async def _prompt(library: Library, recording: Traversable, text: str, language: str) -> Rendering:
    if not recording.is_file():
        return await library.render(text, language)
    with as_file(recording) as path:
        return await library.render_recording(path)
