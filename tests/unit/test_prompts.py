from pathlib import Path

import pytest

from store.errors import SettingsError
from store.states import Pace
from tests.tones import ToneEngine, write_tone
from tts.library import Library
from tts.prompts import Prompts, filled, placeholders, prompt_languages, prompt_texts, render_prompts

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


def write_prompts(folder: Path, text: str) -> Path:
    (folder / "prompts").mkdir()
    (folder / "prompts" / "cs.toml").write_text(text, encoding="utf-8")
    return folder / "prompts"


def test_a_table_is_a_dialogue(tmp_path: Path) -> None:
    prompts = write_prompts(tmp_path, 'greeting = "Dobrý den"\n[office]\nclosed = "Zavřeno"\n')
    assert prompt_texts("cs", prompts) == {"greeting": "Dobrý den", "office.closed": "Zavřeno"}


async def test_what_stands_in_a_table_is_not_rendered_for_the_announcement_call(tmp_path: Path) -> None:
    prompts = write_prompts(tmp_path, 'greeting = "Dobrý den"\n[office]\nclosed = "Zavřeno"\n')
    rendered = await render_prompts(Library(tmp_path / "library", [ToneEngine()]), "cs", {}, prompts=prompts)
    assert rendered.keys() == {"greeting"}


async def test_a_prompt_is_rendered_once_at_each_pace_and_filled_in_the_call(tmp_path: Path) -> None:
    prompts = write_prompts(tmp_path, '[a]\nfixed = "Město {town} má zavřeno"\nopen = "Ulice {street} je zavřená"\n')
    fast, slow = ToneEngine("fast"), ToneEngine("slow")
    library = Library(tmp_path / "library", [fast], slow_engines=[slow])
    wording = Prompts(library, "cs", {"town": "Vzorov"}, prompts=prompts)
    ahead = [made for pace in Pace async for made in wording.render_ahead(["a.fixed", "a.open"], {}, pace)]
    assert (fast.spoken, slow.spoken) == (["Město Vzorov má zavřeno."], ["Město Vzorov má zavřeno."])
    assert await wording.sound("a.fixed") == ahead[0].path
    assert await wording.sound("a.fixed", pace=Pace.SLOW) == ahead[1].path
    assert await wording.sound("a.open", {"street": "Tyršova"}) != await wording.sound("a.open", {"street": "Husova"})


async def test_a_recording_is_played_at_both_paces(tmp_path: Path) -> None:
    prompts = write_prompts(tmp_path, '[a]\nfixed = "Zavřeno"\n')
    (prompts / "cs").mkdir()
    write_tone(prompts / "cs" / "a.fixed.wav", 2)
    wording = Prompts(Library(tmp_path / "library", [ToneEngine()]), "cs", {}, prompts=prompts)
    assert await wording.sound("a.fixed") == await wording.sound("a.fixed", pace=Pace.SLOW)


async def test_a_prompt_that_is_not_there_and_a_value_that_is_missing_are_named(tmp_path: Path) -> None:
    prompts = write_prompts(tmp_path, '[a]\nopen = "Ulice {street}"\n')
    wording = Prompts(Library(tmp_path / "library", [ToneEngine()]), "cs", {}, prompts=prompts)
    with pytest.raises(SettingsError, match=r"no prompt “a\.none”"):
        await wording.sound("a.none")
    with pytest.raises(SettingsError, match=r"no value for \{street\}"):
        await wording.sound("a.open")


def test_all_languages_have_the_same_prompts_with_the_same_placeholders() -> None:
    czech = prompt_texts("cs")
    assert set(prompt_languages()) >= {"cs", "en"}
    for language in prompt_languages():
        texts = prompt_texts(language)
        assert texts.keys() == czech.keys()
        assert {key: placeholders(text) for key, text in texts.items()} == {
            key: placeholders(text) for key, text in czech.items()
        }
