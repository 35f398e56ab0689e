"""Whether the prompts of a language are whole: what is missing, what nobody says, what is too long to follow."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ivr.announcement import PROMPTS as ANNOUNCEMENT_PROMPTS
from ivr.roots import dialogue_prompts
from tts.prompts import is_recorded, placeholders, prompt_texts

# Pieces that others are filled with; which ones is only seen in a call.
WORDS = "words."
# A listener of eighty forgets the first choice of what is longer. Letters a second: of the usual voice.
MOST_SECONDS, LETTERS_A_SECOND = 30, 13


@dataclass(frozen=True)
class Flaw:
    language: str
    key: str
    what: str


def used_prompts() -> list[str]:
    """Keys of all wording that some call says."""
    return list(dict.fromkeys([*ANNOUNCEMENT_PROMPTS, *dialogue_prompts()]))


def flaws(language: str) -> list[Flaw]:
    """Raises SettingsError for a language without prompts."""
    texts = prompt_texts(language)
    return [Flaw(language, key, what) for key, what in _found(language, texts)]


def _found(language: str, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    used = used_prompts()
    yield from ((key, "missing") for key in used if key not in texts)
    yield from ((key, "unused") for key in texts if key not in used and not key.startswith(WORDS))
    for key, text in texts.items():
        seconds = len(text) / LETTERS_A_SECOND
        if seconds > MOST_SECONDS:
            yield key, f"too long: about {seconds:.0f} s, {MOST_SECONDS} at most"
        if is_recorded(language, key) and placeholders(text) - {"town", "office"}:
            yield key, "recorded, but it has placeholders that only the call knows: the text is spoken"
