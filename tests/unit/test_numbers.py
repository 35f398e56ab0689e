"""Numbers of houses and years in parts, which together say what the whole would."""

import pytest

from ivr.numbers import JOINT, number
from tts.normaliser import normalise
from tts.prompts import prompt_texts


def parts(written: str, language: str = "cs") -> list[str]:
    texts = prompt_texts(language)
    said = number(written, language, lambda key: texts[f"words.{key}"])
    return [part.strip() for part in said.split(JOINT) if part]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("7", ["sedm"]),
        ("57", ["padesát sedm"]),
        ("214", ["dvě stě", "čtrnáct"]),
        ("300", ["tři sta"]),
        ("1950", ["tisíc", "devět set", "padesát"]),
        ("2003", ["dva tisíce", "tři"]),
        ("10/3a", ["deset", "lomeno", "tři", "á"]),
        ("1000/12B", ["tisíc", "lomeno", "dvanáct", "bé"]),
        ("ev. 12", ["evidenční", "dvanáct"]),
        ("12345", ["jedna", "dva", "tři", "čtyři", "pět"]),
        ("007", ["nula", "nula", "sedm"]),
        ("0", ["nula"]),
    ],
)
def test_a_number_is_made_of_a_few_parts(written: str, said: list[str]) -> None:
    assert parts(written) == said


@pytest.mark.parametrize("written", ["1", "12", "100", "214", "999", "1000", "1111", "2026", "9999", "12/3a"])
def test_the_parts_say_what_the_whole_would(written: str) -> None:
    assert " ".join(parts(written)) == normalise(written).rstrip(".")


def test_english_has_parts_of_its_own() -> None:
    assert parts("214/5b", "en") == ["two hundred", "fourteen", "stroke", "five", "B"]
