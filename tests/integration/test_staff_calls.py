"""Staff by phone: who they are, what they dictate, what becomes of it; what nobody else gets to do."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from announcements.drafts import drafts, written
from announcements.identity import unlock
from announcements.manual import Entry, Manual
from announcements.staff import Right, Rights, add_staff, find_staff
from announcements.ways import Ways
from ivr.call import Call
from ivr.desk import Desk
from ivr.leg import Leg
from ivr.reception import converse
from ivr.staff import staff_desk
from ivr.staff_line import staff_line
from store.callers import Callback, Purpose
from store.database import Store
from store.staff import SavedDraft
from store.states import CallbackState, Channel, Priority
from store.work import Announcement
from subscribers.audit import trail
from subscribers.pins import hash_pin
from tests.calling_in import answered, desk_for, talked
from tests.fake_agi import Caller, calling
from tests.people import NOW, PREFIXES, add, deliveries, line, prepare_town
from tests.tones import names_in, write_tone

PIN = "4729"
HASHED = hash_pin(PIN)
OFFICE = line(9000)
CALL_ID = "0" * 32


class Clock:
    """Told by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    await add(store, "Anna", line(1), packages=("1",), topics=(), town_part="Butovice")
    await add(store, "Jan", line(2), packages=("1",), topics=(), town_part="Studénka")
    return store


@pytest.fixture
def desk(town: Store, tmp_path: Path, clock: Clock) -> Desk:
    return desk_for(town, tmp_path, clock=clock, ways=Ways(voice=PREFIXES))


async def hire(
    store: Store,
    name: str,
    *may: Right,
    pin: str | None = HASHED,
    up_to: Priority = Priority.NORMAL,
    packages: tuple[int, ...] = (),
) -> int:
    async with store.writing() as session:
        rights = Rights(may=may, packages=packages, most_urgent=up_to)
        return (await add_staff(session, name, rights, NOW, phone=OFFICE, pin_hash=pin)).id


@asynccontextmanager
async def called_back(desk: Desk, folder: Path, says: float | None = 4.0) -> AsyncIterator[Caller]:
    """Somebody lifts the phone in the office; they will say something so many seconds long."""

    async def handle(leg: Leg) -> None:
        await converse(Call(leg, desk, call_id=CALL_ID, number=OFFICE), staff_desk)

    async with answered(handle, "callback") as port, calling(port, path="callback") as caller:
        if says is not None:
            caller.says = write_tone(folder / "said.wav", says, rate=8000)
        yield caller


def typed(pin: str = PIN) -> Mapping[str, Sequence[str]]:
    """The PIN, key by key: the first one while the question is heard, the others in the pauses after it."""
    return {"staff.pin": [pin[0]], "pause": [*pin[1:], "#"]}


USUAL = {**typed(), "staff.heard": ["1"], "staff.about": ["1"], "staff.whole_town": ["1"]}


async def announced(store: Store) -> list[Announcement]:
    async with store.reading() as session:
        return list(await session.scalars(select(Announcement)))


async def waiting(store: Store) -> list[SavedDraft]:
    async with store.reading() as session:
        return list(await drafts(session))


async def acts(store: Store) -> list[tuple[str, str, str]]:
    async with store.reading() as session:
        return [(one.who, one.act, one.call_id) for one in reversed(await trail(session))]


async def test_the_dispatcher_records_and_launches_a_crisis(town: Store, desk: Desk, tmp_path: Path) -> None:
    await hire(town, "Petr Hlídka", Right.LAUNCH, up_to=Priority.CRISIS)
    async with called_back(desk, tmp_path) as caller:
        heard = await caller.live({**USUAL, "staff.up_to_crisis": ["1"], "staff.launch": ["1"]})
    (announcement,) = await announced(town)
    assert (announcement.priority, announcement.text) == (Priority.CRISIS, None)
    assert not [file for file in names_in(tmp_path) if file.startswith(CALL_ID)]  # the recording is in the library now
    assert announcement.rendering in heard  # played to the dispatcher, and to everybody
    assert [row.address for row in await deliveries(town)] == [line(1), line(2)]
    assert heard[-1] == "staff.launched"
    assert await acts(town) == [("Petr Hlídka", "launched", CALL_ID)]
    told = dict(desk.prompts["cs"].said)  # type: ignore[attr-defined]
    assert told["staff.launch"]["people"] == "2"
    assert (told["staff.launch"]["urgency"], told["staff.launch"]["place"]) == ("krizové", "celé město")


async def test_who_may_not_launch_hands_it_over(town: Store, desk: Desk, tmp_path: Path) -> None:
    await hire(town, "Jana Nová", Right.DRAFT)
    async with called_back(desk, tmp_path) as caller:
        heard = await caller.live({**USUAL, "staff.draft": ["1"]})
    assert "staff.up_to_crisis" not in heard
    assert heard[-1] == "staff.handed_over"
    assert await announced(town) == []
    (draft,) = await waiting(town)
    assert (draft.author, draft.rendering in heard) == ("Jana Nová", True)
    assert await acts(town) == [("Jana Nová", "drafted", CALL_ID)]


async def test_town_parts_one_after_another(town: Store, desk: Desk, tmp_path: Path) -> None:
    await hire(town, "Jana Nová", Right.DRAFT)
    choices = {"staff.whole_town": ["2"], "staff.part": ["1", "1"], "staff.enough": ["2", "1"], "staff.draft": ["1"]}
    async with called_back(desk, tmp_path) as caller:
        await caller.live({**USUAL, **choices})
    (draft,) = await waiting(town)
    assert draft.title.endswith("Butovice, Nová Horka")
    assert len(written(draft).rule.town_parts) == 2


async def test_it_may_be_said_again_and_heard_again(town: Store, desk: Desk, tmp_path: Path) -> None:
    await hire(town, "Jana Nová", Right.DRAFT)
    async with called_back(desk, tmp_path) as caller:
        heard = await caller.live({**USUAL, "staff.heard": ["3", "2", "1"], "staff.draft": ["1"]})
        assert len([one for one in caller.commands if one.startswith("RECORD FILE")]) == 2
    assert heard.count("staff.yours") == 3


async def test_hash_leads_back_past_what_was_not_asked(town: Store, desk: Desk, tmp_path: Path) -> None:
    await hire(town, "Jana Nová", Right.DRAFT, packages=(1,))
    presses = {**USUAL, "staff.draft": ["#", "1"], "staff.whole_town": ["1", "#", "1"], "staff.heard": ["1", "1"]}
    async with called_back(desk, tmp_path) as caller:
        heard = await caller.live(presses)
    asked = [one for one in heard if one in ("staff.heard", "staff.about", "staff.whole_town", "staff.draft")]
    assert asked == [
        "staff.heard", "staff.whole_town", "staff.draft", "staff.whole_town", "staff.heard", "staff.whole_town",
        "staff.draft",
    ]  # fmt: skip
    assert len(await waiting(town)) == 1


async def test_a_choice_that_reaches_nobody_is_told_and_asked_again(town: Store, desk: Desk, tmp_path: Path) -> None:
    await hire(town, "Jana Nová", Right.DRAFT)
    nova_horka = {"staff.whole_town": ["2", "1"], "staff.part": ["2"], "staff.enough": ["1"]}
    async with called_back(desk, tmp_path) as caller:
        heard = await caller.live({**USUAL, **nova_horka, "staff.draft": ["1"]})
    assert heard.index("staff.nobody") < heard.index("staff.draft")
    assert written((await waiting(town))[0]).rule.town_parts == ()


@pytest.mark.parametrize("says", [None, 0.1], ids=["no file", "next to nothing"])
async def test_what_cannot_be_used_is_recorded_again_and_not_for_ever(
    town: Store, desk: Desk, tmp_path: Path, says: float | None
) -> None:
    await hire(town, "Jana Nová", Right.DRAFT)
    async with called_back(desk, tmp_path, says) as caller:
        heard = await caller.live(typed())
    assert heard.count("staff.unusable") == 3
    assert (await announced(town), await waiting(town)) == ([], [])


async def test_nothing_is_kept_of_what_was_cancelled(town: Store, desk: Desk, tmp_path: Path) -> None:
    await hire(town, "Petr Hlídka", Right.LAUNCH)
    async with called_back(desk, tmp_path) as caller:
        assert (await caller.live({**USUAL, "staff.launch": ["3"]}))[-1] == "staff.cancelled"
    assert (await announced(town), await waiting(town), await acts(town)) == ([], [], [])


async def test_who_hangs_up_before_the_decision_leaves_a_draft_and_launches_nothing(
    town: Store, desk: Desk, tmp_path: Path
) -> None:
    await hire(town, "Petr Hlídka", Right.LAUNCH)
    async with called_back(desk, tmp_path) as caller:
        await caller.until_sound("staff.launch", USUAL)
        caller.hang_up(2)
        await caller.live()
    assert await announced(town) == []
    assert [draft.author for draft in await waiting(town)] == ["Petr Hlídka"]


@pytest.mark.parametrize("prompt", ["staff.pin", "staff.message", "staff.yours", "staff.heard", "staff.about"])
async def test_who_hangs_up_earlier_leaves_nothing(town: Store, desk: Desk, tmp_path: Path, prompt: str) -> None:
    await hire(town, "Petr Hlídka", Right.LAUNCH)
    async with called_back(desk, tmp_path) as caller:
        await caller.until_sound(prompt, USUAL)
        caller.hang_up(1)
        await caller.live()
    assert (await announced(town), await waiting(town)) == ([], [])


async def test_of_who_hangs_up_while_they_are_recorded_no_file_is_kept(town: Store, desk: Desk, tmp_path: Path) -> None:
    await hire(town, "Petr Hlídka", Right.LAUNCH)
    file = tmp_path / f"{CALL_ID}-1.wav"
    async with called_back(desk, tmp_path) as caller:
        await caller.until_sound("staff.message", typed())
        caller.played(5.0)
        while command := await caller.command():
            if command.startswith("RECORD FILE"):
                file.write_bytes(b"as far as it came")
                caller.hang_up(3.0)
            else:
                caller.send("200 result=1\n")
    assert (await waiting(town), file.exists()) == ([], False)


async def test_the_pin_tells_who_of_one_line_it_is(town: Store, desk: Desk, tmp_path: Path) -> None:
    await hire(town, "Petr Hlídka", Right.LAUNCH, pin=hash_pin("8351"))
    await hire(town, "Jana Nová", Right.DRAFT)
    async with called_back(desk, tmp_path) as caller:
        await caller.live({**USUAL, "staff.draft": ["1"]})
    assert [draft.author for draft in await waiting(town)] == ["Jana Nová"]


async def test_wrong_pins_wait_longer_and_longer_and_then_lock(
    town: Store, desk: Desk, tmp_path: Path, clock: Clock
) -> None:
    await hire(town, "Petr Hlídka", Right.LAUNCH)
    wrong = {"staff.pin": ["1"] * 2, "pause": [*"111#", *"111#"]}
    waits = []
    for tries in (2, 1, 1, 1):
        async with called_back(desk, tmp_path) as caller:
            heard = await caller.live(wrong)
        assert (heard.count("staff.wrong_pin"), heard[-1]) == (tries, "staff.locked")
        waits.append(desk.prompts["cs"].said[-1][1]["when"])  # type: ignore[attr-defined]
        async with called_back(desk, tmp_path) as caller:
            assert await caller.live(typed()) == ["staff.locked"]  # the right one does not help now
        clock.now += timedelta(hours=1)
    assert waits == ["za 30 sekund", "za 5 minut", "za 30 minut", "za 24 hodin"]
    assert {(act, call) for _, act, call in await acts(town)} == {("wrong PIN", CALL_ID)}
    async with town.writing() as session:
        await unlock(session, OFFICE)  # they have got a new one
    async with called_back(desk, tmp_path) as caller:
        assert "staff.launch" in await caller.live({**USUAL, "staff.launch": ["3"]})


async def test_the_right_pin_forgets_wrong_ones(town: Store, desk: Desk, tmp_path: Path) -> None:
    await hire(town, "Jana Nová", Right.DRAFT)
    presses = {
        **USUAL,
        "staff.pin": ["1", PIN[0]],
        "pause": [*"111#", *PIN[1:], "#"],
        "staff.draft": ["1"],
    }
    for _ in range(2):
        async with called_back(desk, tmp_path) as caller:
            assert (await caller.live(presses))[-1] == "staff.handed_over"


async def test_who_was_removed_or_has_no_right_gets_no_further(town: Store, desk: Desk, tmp_path: Path) -> None:
    await hire(town, "Jana Nová")
    async with called_back(desk, tmp_path) as caller:
        assert (await caller.live(typed()))[-1] == "staff.no_right"
    async with town.writing() as session:
        await session.delete(await find_staff(session, "Jana Nová"))
    async with called_back(desk, tmp_path) as caller:
        assert "staff.wrong_pin" in await caller.live(typed())


async def test_rights_taken_away_in_mid_call_count(town: Store, desk: Desk, tmp_path: Path) -> None:
    await hire(town, "Petr Hlídka", Right.LAUNCH)
    async with called_back(desk, tmp_path) as caller:
        await caller.until_sound("staff.launch", USUAL)
        async with town.writing() as session:
            (await find_staff(session, "Petr Hlídka")).rights = Rights(may=(Right.DRAFT,)).model_dump(mode="json")
        caller.played(1, "1")
        assert (await caller.live())[-1] == "engine.sorry"
    assert await announced(town) == []


@pytest.mark.parametrize(
    ("up_to", "asked"), [(Priority.NORMAL, "staff.draft"), (Priority.CRISIS, "staff.launch")], ids=["usual", "a crisis"]
)
async def test_what_the_manual_wants_approved_is_handed_over_unless_it_is_a_crisis(
    town: Store, tmp_path: Path, clock: Clock, up_to: Priority, asked: str
) -> None:
    manual = Manual({"povodne": Entry(approval=True)})
    desk = desk_for(town, tmp_path, clock=clock, ways=Ways(voice=PREFIXES), manual=manual)
    await hire(town, "Petr Hlídka", Right.LAUNCH, up_to=up_to)
    async with called_back(desk, tmp_path) as caller:
        heard = await caller.live({**USUAL, "staff.up_to_crisis": ["1"], "staff.draft": ["1"], "staff.launch": ["1"]})
    assert asked in heard
    assert len(await announced(town)) == (asked == "staff.launch")


async def test_people_without_a_phone_are_told_where_to_hear_it(town: Store, desk: Desk, tmp_path: Path) -> None:
    await hire(town, "Petr Hlídka", Right.LAUNCH)
    desk = desk_for(town, tmp_path, clock=desk.clock, ways=Ways(PREFIXES, email=True), town_phone="+420556400000")
    await add(town, "Karel", email="karel@example.cz", packages=("1",), topics=(), channels=(Channel.EMAIL,))
    async with called_back(desk, tmp_path) as caller:
        await caller.live({**USUAL, "staff.launch": ["1"]})
    (announcement,) = await announced(town)
    assert "Poslechněte si ho na čísle +420556400000." in (announcement.email_text or "")
    assert Channel.EMAIL in {row.channel for row in await deliveries(town)}


async def callbacks(store: Store) -> list[tuple[str, Purpose]]:
    async with store.reading() as session:
        return [(one.number, one.purpose) for one in await session.scalars(select(Callback))]


async def test_a_known_phone_is_called_back_and_nothing_more_happens(town: Store, desk: Desk) -> None:
    await hire(town, "Petr Hlídka", Right.LAUNCH)
    assert await talked(desk, staff_line, {}, OFFICE) == ["staff_line.calling_back"]
    assert await callbacks(town) == [(OFFICE, Purpose.STAFF)]
    assert await acts(town) == [("somebody at +420*******00", "asked for a call", CALL_ID)]


@pytest.mark.parametrize("number", ["", line(77)], ids=["withheld", "somebody else's"])
async def test_from_elsewhere_the_personal_number_rings_the_phone_of_its_owner(
    town: Store, desk: Desk, number: str
) -> None:
    member_id = await hire(town, "Petr Hlídka", Right.LAUNCH)
    heard = await talked(desk, staff_line, {"staff_line.personal_number": [str(member_id)], "pause": ["#"]}, number)
    assert heard[-1] == "staff_line.calling_back"
    assert await callbacks(town) == [(OFFICE, Purpose.STAFF)]


async def test_an_unknown_personal_number_rings_nobody(town: Store, desk: Desk) -> None:
    await hire(town, "Jana bez PINu", Right.LAUNCH, pin=None)
    for typed_number in ("1", "9"):
        heard = await talked(desk, staff_line, {"staff_line.personal_number": [typed_number], "pause": ["#"]}, "")
        assert heard[-1] == "staff_line.unknown"
    assert await callbacks(town) == []


async def test_one_number_is_not_rung_without_end(town: Store, desk: Desk) -> None:
    await hire(town, "Petr Hlídka", Right.LAUNCH)
    async with town.writing() as session:
        for _ in range(desk.callbacks.to_staff):
            session.add(
                Callback(
                    number=OFFICE,
                    purpose=Purpose.STAFF,
                    state=CallbackState.DONE,
                    call_id="",
                    created_at=NOW,
                    due_at=NOW,
                    expires_at=NOW,
                )
            )
    assert await talked(desk, staff_line, {}, OFFICE) == ["staff_line.too_often"]
