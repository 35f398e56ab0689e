"""The tree of dialogues as it is read from their code, and what every menu of ours has to say."""

import re
from pathlib import Path

import pytest

from ivr.call import Call
from ivr.page import with_tree
from ivr.roots import dialogue_prompts, dialogue_steps
from ivr.steps import Menu, Say
from ivr.tree import drawing, outline, tree
from ivr.wording import flaws
from tts.prompts import prompt_languages, prompt_texts

KEY_WORDS = {
    "cs": "jedničku dvojku trojku čtyřku pětku šestku sedmičku osmičku devítku",
    "en": "one two three four five six seven eight nine",
}

INNER, OUTER, LATER, LISTED = Say("inner"), Say("outer"), Say("later"), Say("listed")


async def below(call: Call) -> None:
    """Below."""
    await call.say(LATER)


CHOICE = Menu("choice", {"1": below, "2": True})
TABLE = {"a": [LISTED]}


async def above(call: Call) -> None:
    """Above."""
    await call.say(OUTER)
    await _helps(call)
    for steps in TABLE.values():
        await call.say(steps[0])
    if await call.choose(CHOICE):
        await aside(call)


async def _helps(call: Call) -> None:
    await call.say(INNER)


async def aside(call: Call) -> None:
    """Aside."""
    await above(call)


def test_a_dialogue_has_the_steps_and_dialogues_that_its_code_mentions_in_that_order() -> None:
    parts = tree(above)
    assert [part.name for part in parts] == ["above", "aside", "below"]
    assert parts[0].steps == (OUTER, INNER, LISTED, CHOICE)
    assert [lead.__name__ for lead in parts[0].leads] == ["aside"]


def test_the_drawing_shows_steps_and_ways() -> None:
    assert drawing(above).splitlines() == [
        "flowchart LR",
        '  above["above<br/>Above"]',
        '  aside["aside<br/>Aside"]',
        '  below["below<br/>Below"]',
        "  above -- 1 --> below",
        "  above -.-> aside",
        "  aside -.-> above",
    ]
    assert "- **above**: Above\n  - `outer`\n  - `inner`\n  - `listed`\n  - `choice`: 1 below, 2 yes\n" in outline(
        above
    )


OURS = dialogue_steps()


@pytest.mark.parametrize("language", KEY_WORDS)
@pytest.mark.parametrize("menu", [step for step in OURS if isinstance(step, Menu)], ids=lambda menu: menu.prompt)
def test_each_key_of_a_menu_is_said_in_order_after_its_purpose(menu: Menu[object], language: str) -> None:
    text = prompt_texts(language)[menu.prompt]
    keys = dict(zip(KEY_WORDS[language].split(), "123456789", strict=True))
    said = [keys[word] for word in re.findall(r"\w+", text) if word in keys]
    assert said == sorted(menu.choices)
    assert re.match(rf"(?s)\w.{{5,}}?\b{KEY_WORDS[language].split()[int(said[0]) - 1]}\b", text)


def test_the_drawing_in_the_docs_is_that_of_the_program() -> None:
    """Write it anew: hlasatel prompts draw --into docs/ivr.md"""
    page = (Path(__file__).parents[2] / "docs" / "ivr.md").read_text(encoding="utf-8")
    assert with_tree(page) == page


@pytest.mark.parametrize("language", prompt_languages())
def test_no_prompt_is_missing_unused_or_too_long(language: str) -> None:
    assert flaws(language) == []


def test_every_prompt_of_the_dialogues_has_its_text() -> None:
    assert set(dialogue_prompts()) <= prompt_texts("cs").keys()
