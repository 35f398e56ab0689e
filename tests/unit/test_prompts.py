from pathlib import Path

import pytest

from store.errors import SettingsError
from tests.tones import ToneEngine, write_tone
from tts.library import Library
from tts.prompts import filled, render_prompts

KEYS = {"greeting", "menu", "confirm_refusal", "refused", "not_refused", "confirmed", "goodbye"}


async def test_every_czech_prompt_is_rendered_with_the_towns_name(tmp_path: Path) -> None:
    engine = ToneEngine(seconds=6)
    prompts = await render_prompts(Library(tmp_path, [engine]), "cs", {"town": "Studénka"})
    assert prompts.keys() == KEYS
    assert "volá hlásič města Studénka" in prompts["greeting"].words
    assert all(prompt.path.with_suffix(".alaw").exists() for prompt in prompts.values())


async def test_a_recorded_prompt_wins_over_its_text(tmp_path: Path) -> None:
    (tmp_path / "prompts" / "cs").mkdir(parents=True)
    (tmp_path / "prompts" / "cs.toml").write_text('greeting = "Dobrý den"\nmenu = "Stiskněte jedničku"')
    write_tone(tmp_path / "prompts" / "cs" / "greeting.wav", 3)
    engine = ToneEngine()
    library = Library(tmp_path / "library", [engine])
    prompts = await render_prompts(library, "cs", {}, prompts=tmp_path / "prompts")
    assert engine.spoken == ["Stiskněte jedničku."]
    assert prompts["greeting"].seconds == pytest.approx(3.4, abs=0.1)


@pytest.mark.parametrize(
    ("text", "values", "reason"),
    [
        ("Volá {town}.", {}, "no value for {town}"),
        ("Volá město.", {"town": "Studénka"}, "no prompt uses {town}"),
        ("Volá {town.", {"town": "Studénka"}, "close each"),
        ("Volá {town.name}.", {"town": "Studénka"}, "no value for {town.name}"),
    ],
)
def test_placeholders_and_values_must_agree(text: str, values: dict[str, str], reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        filled({"greeting": text}, values)


def test_a_value_with_braces_is_only_text() -> None:
    assert filled({"greeting": "Volá {town}."}, {"town": "{x}"}) == {"greeting": "Volá {x}."}


async def test_a_language_without_prompts_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no prompts for “xx”"):
        await render_prompts(Library(tmp_path, []), "xx", {})


async def test_a_broken_prompts_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "cs.toml").write_text("greeting = ")
    with pytest.raises(SettingsError, match=r"cs\.toml"):
        await render_prompts(Library(tmp_path / "library", []), "cs", {}, prompts=tmp_path)
