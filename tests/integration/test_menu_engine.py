"""The menu engine: keys, patience, turns and goodbyes, over a real socket."""

from pathlib import Path
from typing import Any

import pytest

from ivr.call import PAUSE_SECONDS, Call
from ivr.leg import Leg
from ivr.reception import converse
from ivr.steps import Ask, Back, Menu, Pick, Record, Say, Stuck
from store.errors import StoreError
from store.states import Pace
from tests.calling_in import OPEN, STORE_UNUSED, NamedPrompts, answered, desk_for, talked
from tests.fake_agi import calling

CHOICE = Menu("hotline.stranger", {"1": "one", "2": "two"})
FIRM = Menu("hotline.known", {"1": "one"}, back=False)
DIGITS = Ask("listening.first", least=2, most=4)
SKIPPED = Ask("listening.last", least=4, most=4, optional=True)
LIST = Pick("listening.nothing")
HELLO = Say("hotline.welcome")
LINE = Say("listening.dated")
SPOKEN = Record("office.message", most_seconds=30)

WRONG = "engine.wrong_key"
HELP = "office.help_closed"
# What follows where nothing was understood: asked slowly, then the offer of help, slowly too, and a goodbye.
LOST = [HELP, "wait", f"{HELP}.slow", "wait", "engine.understood_nothing"]

answers: list[Any] = []


async def ask_choice(call: Call) -> None:
    """One menu."""
    answers.append(await call.choose(CHOICE))


async def ask_digits(call: Call) -> None:
    """One number."""
    answers.append(await call.ask(DIGITS))


async def ask_year(call: Call) -> None:
    """A number that may be skipped."""
    answers.append(await call.ask(SKIPPED))


async def ask_list(call: Call) -> None:
    """One of seven streets."""
    answers.append(await call.pick(LIST, [f"street {n}" for n in range(7)], str.upper))


@pytest.fixture(autouse=True)
def no_answers() -> None:
    answers.clear()


async def test_a_key_pressed_while_the_menu_plays_chooses(tmp_path: Path) -> None:
    heard = await talked(desk_for(STORE_UNUSED, tmp_path), ask_choice, {CHOICE.prompt: ["2"]})
    assert (answers, heard) == (["two"], [CHOICE.prompt, "engine.goodbye"])


async def test_a_key_pressed_after_the_menu_chooses(tmp_path: Path) -> None:
    heard = await talked(desk_for(STORE_UNUSED, tmp_path), ask_choice, {"wait": ["1"]})
    assert (answers, heard) == (["one"], [CHOICE.prompt, "wait", "engine.goodbye"])


async def test_star_repeats_as_often_as_one_likes(tmp_path: Path) -> None:
    heard = await talked(desk_for(STORE_UNUSED, tmp_path), ask_choice, {CHOICE.prompt: ["*"] * 9 + ["1"]})
    assert heard == [CHOICE.prompt] * 10 + ["engine.goodbye"]


async def test_silence_is_asked_once_more_slowly_then_help_is_offered_then_comes_a_goodbye(tmp_path: Path) -> None:
    heard = await talked(desk_for(STORE_UNUSED, tmp_path), ask_choice, {})
    assert heard == [CHOICE.prompt, "wait", f"{CHOICE.prompt}.slow", "wait", *LOST]


async def test_three_wrong_keys_are_asked_slowly_and_three_more_are_helped(tmp_path: Path) -> None:
    slow = f"{CHOICE.prompt}.slow"
    keys = {CHOICE.prompt: list("789"), slow: list("789")}
    heard = await talked(desk_for(STORE_UNUSED, tmp_path), ask_choice, keys)
    wrong = [CHOICE.prompt, WRONG, CHOICE.prompt, WRONG, CHOICE.prompt, f"{WRONG}.slow"]
    assert heard == [*wrong, slow, f"{WRONG}.slow", slow, f"{WRONG}.slow", slow, *LOST]


async def test_a_right_key_after_wrong_ones_and_silence_is_taken(tmp_path: Path) -> None:
    keys = {CHOICE.prompt: ["7", ""], f"{CHOICE.prompt}.slow": ["2"]}
    await talked(desk_for(STORE_UNUSED, tmp_path), ask_choice, keys)
    assert answers == ["two"]


async def test_help_leads_to_the_office_and_back_to_a_message(tmp_path: Path) -> None:
    desk = desk_for(STORE_UNUSED, tmp_path, office=OPEN)
    heard = await talked(desk, ask_choice, {"office.help_open": ["1"], "office.offer": ["2"]})
    assert heard[4:] == [
        "office.help_open",
        "office.connecting",
        "office.not_reached",
        "office.offer",
        "engine.goodbye",
    ]


async def test_zero_leads_to_a_person_wherever_it_is_pressed(tmp_path: Path) -> None:
    for sound in (CHOICE.prompt, "wait"):
        heard = await talked(desk_for(STORE_UNUSED, tmp_path), ask_choice, {sound: ["0"], "office.offer": ["2"]})
        assert heard[-3:] == ["office.closed", "office.offer", "engine.goodbye"]


async def back_is_caught(call: Call) -> None:
    """Back is for the dialogue to catch."""
    try:
        await call.choose(CHOICE)
    except Back:
        answers.append("back")


async def test_hash_leads_back(tmp_path: Path) -> None:
    await talked(desk_for(STORE_UNUSED, tmp_path), back_is_caught, {CHOICE.prompt: ["#"]})
    assert answers == ["back"]


async def firm(call: Call) -> None:
    """There is no way back from here."""
    answers.append(await call.choose(FIRM))


async def test_hash_is_a_wrong_key_where_nothing_is_behind(tmp_path: Path) -> None:
    heard = await talked(desk_for(STORE_UNUSED, tmp_path), firm, {FIRM.prompt: ["#", "1"]})
    assert (answers, heard[1]) == (["one"], WRONG)


async def greet_and_ask(call: Call) -> None:
    """A greeting, then a menu."""
    await call.say(HELLO)
    answers.append(await call.choose(CHOICE))


async def test_a_digit_pressed_during_the_greeting_answers_the_menu_after_it(tmp_path: Path) -> None:
    heard = await talked(desk_for(STORE_UNUSED, tmp_path), greet_and_ask, {HELLO.prompt: ["2"]})
    assert (answers, heard) == (["two"], [HELLO.prompt, "engine.goodbye"])


async def test_star_repeats_the_greeting_and_hash_only_skips_it(tmp_path: Path) -> None:
    keys = {HELLO.prompt: ["*", "#"], CHOICE.prompt: ["1"]}
    heard = await talked(desk_for(STORE_UNUSED, tmp_path), greet_and_ask, keys)
    assert heard[:3] == [HELLO.prompt, HELLO.prompt, CHOICE.prompt]


@pytest.mark.parametrize(
    ("keys", "digits"),
    [
        ({DIGITS.prompt: ["1"], "pause": ["2", "3", "4"]}, "1234"),
        ({DIGITS.prompt: ["1"], "pause": ["2", "#"]}, "12"),
        ({"wait": ["1"], "pause": ["2", ""]}, "12"),
        # Too short, and again.
        ({DIGITS.prompt: ["1", "5"], "pause": ["#", "6", "#"]}, "56"),
        # A star starts over.
        ({DIGITS.prompt: ["1", "5"], "pause": ["2", "*", "6", "7", "8"]}, "5678"),
    ],
)
async def test_digits_are_read(tmp_path: Path, keys: dict[str, list[str]], digits: str) -> None:
    await talked(desk_for(STORE_UNUSED, tmp_path), ask_digits, keys)
    assert answers == [digits]


async def test_a_zero_alone_asks_for_a_person_also_among_digits(tmp_path: Path) -> None:
    heard = await talked(desk_for(STORE_UNUSED, tmp_path), ask_digits, {DIGITS.prompt: ["0"], "office.offer": ["2"]})
    assert heard == [DIGITS.prompt, "pause", "office.closed", "office.offer", "engine.goodbye"]


async def test_a_hash_behind_a_number_that_needs_none_leads_nowhere(tmp_path: Path) -> None:
    async def ask_both(call: Call) -> None:
        """A number, and a menu after it."""
        answers.append(await call.ask(DIGITS))
        answers.append(await call.choose(CHOICE))

    keys = {DIGITS.prompt: ["1"], "pause": ["9", "5", "0"], CHOICE.prompt: ["#", "2"]}
    heard = await talked(desk_for(STORE_UNUSED, tmp_path), ask_both, keys)
    assert answers == ["1950", "two"]
    assert heard == [DIGITS.prompt, "pause", "pause", "pause", CHOICE.prompt, CHOICE.prompt, "engine.goodbye"]


async def test_a_second_hash_leads_back(tmp_path: Path) -> None:
    async def ask_both(call: Call) -> None:
        """A number, and a menu after it."""
        answers.append(await call.ask(DIGITS))
        try:
            await call.choose(CHOICE)
        except Back:
            answers.append("back")

    keys = {DIGITS.prompt: ["1"], "pause": ["9", "5", "0"], CHOICE.prompt: ["#", "#"]}
    await talked(desk_for(STORE_UNUSED, tmp_path), ask_both, keys)
    assert answers == ["1950", "back"]


async def test_a_lone_hash_skips_what_may_be_skipped(tmp_path: Path) -> None:
    await talked(desk_for(STORE_UNUSED, tmp_path), ask_year, {SKIPPED.prompt: ["#"]})
    assert answers == [""]


async def test_a_list_is_read_four_at_a_time_round_and_round(tmp_path: Path) -> None:
    prompts = NamedPrompts()
    desk = desk_for(STORE_UNUSED, tmp_path, prompts={"cs": prompts})
    heard = await talked(
        desk, ask_list, {"engine.more_items": ["5", "5"], "engine.item": ["", "", "", "", "", "", "", "2"]}
    )
    page, item = ["listening.nothing"], "engine.item"
    assert heard[:12] == [*page, *[item] * 4, "engine.more_items", *page, *[item] * 3, "engine.more_items", *page]
    assert answers == ["street 1"]
    assert ("engine.item", {"item": "STREET 4", "key": "jedničku"}) in prompts.said


async def keep_voice(call: Call) -> None:
    """A recording."""
    answers.append(await call.record(SPOKEN))


async def test_a_recording_is_kept_under_the_calls_id(tmp_path: Path) -> None:
    heard = await talked(desk_for(STORE_UNUSED, tmp_path), keep_voice, {})
    assert heard == [SPOKEN.prompt, "tone", "engine.goodbye"]
    (recording,) = answers
    assert (recording.file, recording.seconds) == (tmp_path / f"{'0' * 32}-1.wav", 8.0)


async def test_of_what_nobody_said_no_file_is_kept(tmp_path: Path) -> None:
    file = tmp_path / f"{'0' * 32}-1.wav"

    async def handle(leg: Leg) -> None:
        await converse(Call(leg, desk_for(STORE_UNUSED, tmp_path), call_id="0" * 32), keep_voice)

    async with answered(handle) as port, calling(port, path="hotline") as caller:
        while command := await caller.command():
            if recording := command.startswith("RECORD FILE"):
                file.write_bytes(b"silence")
            caller.played(PAUSE_SECONDS if recording else 1.0)
    assert (answers, file.exists()) == ([None], False)


async def breaks_down(_call: Call) -> None:
    """A defect of ours."""
    raise RuntimeError("a defect")


async def finds_no_store(_call: Call) -> None:
    """The database is away."""
    raise StoreError("the database is out of reach")


@pytest.mark.parametrize("dialogue", [breaks_down, finds_no_store])
async def test_whatever_breaks_the_caller_hears_an_apology(tmp_path: Path, dialogue: object) -> None:
    heard = await talked(desk_for(STORE_UNUSED, tmp_path), dialogue, {})  # type: ignore[arg-type]
    assert heard == ["engine.sorry"]


async def test_who_wants_it_slow_hears_all_of_it_slowly(tmp_path: Path) -> None:
    heard = await talked(
        desk_for(STORE_UNUSED, tmp_path), greet_and_ask, {"hotline.stranger.slow": ["1"]}, pace=Pace.SLOW
    )
    assert heard == ["hotline.welcome.slow", "hotline.stranger.slow", "engine.goodbye.slow"]


async def gets_stuck(call: Call) -> None:
    """Stuck is for the dialogue to catch first."""
    try:
        await call.choose(CHOICE)
    except Stuck:
        answers.append("stuck")


async def test_a_dialogue_may_help_by_itself_who_is_stuck(tmp_path: Path) -> None:
    await talked(desk_for(STORE_UNUSED, tmp_path), gets_stuck, {})
    assert answers == ["stuck"]


def test_a_menu_has_at_most_five_choices_on_the_keys_one_to_nine() -> None:
    with pytest.raises(ValueError, match="one to 5 choices"):
        Menu("x", {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6})
    with pytest.raises(ValueError, match="one to 5 choices"):
        Menu("x", {"0": 1})
