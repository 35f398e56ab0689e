"""Numbers joined of their parts are understood as what was typed; the voice is the one that towns use."""

import re
from pathlib import Path

from ivr.numbers import number
from ivr.speaker import apart
from tests.recogniser import Recogniser
from tts.engines.festival import Festival
from tts.formats import FORMATS, decode
from tts.library import Library
from tts.normaliser import normalise
from tts.prompts import prompt_texts
from tts.segments import AudioSegment

HOUSES = ("214", "1950", "101", "999", "12/3a", "319", "430")
TEXTS = prompt_texts("cs")


def said(house: str) -> str:
    return " ".join(re.findall(r"\w+", normalise(f"Dům číslo {house} v seznamu nemáme.")))


async def heard(library: Library, house: str, wav: Path) -> AudioSegment:
    """As the line has it."""
    value = apart(number(house, "cs", lambda key: TEXTS[f"words.{key}"]))
    made = await library.render_filled("Dům číslo {house} v seznamu nemáme.", {"house": value})
    await decode(made.path.with_suffix(".alaw"), FORMATS["alaw"], wav)
    with wav.open("rb") as file:
        return AudioSegment.from_wav(file)


async def test_numbers_of_houses_joined_of_parts_are_understood(tmp_path: Path) -> None:
    library, listener = Library(tmp_path / "library", [Festival()]), Recogniser([said(house) for house in HOUSES])
    sounds = {house: await heard(library, house, tmp_path / "heard.wav") for house in HOUSES}
    assert {house: listener.understood(sound) for house, sound in sounds.items()} == {
        house: said(house) for house in HOUSES
    }
    assert listener.understood(sounds["214"].reverse()) is None
