"""What a known caller changes by keypad: it waits for the call back, or is done at once after the PIN."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ivr.confirming import confirm
from ivr.hotline import main_menu
from ivr.known import known_caller
from ivr.moments import last_day
from store.callers import Callback, Pin, Proposal, RegistrationRequest
from store.database import Store
from store.people import Subscriber
from store.staff import Audit
from store.states import Pace, ProposalState
from subscribers.known import person_of
from subscribers.person import Person
from subscribers.pins import hash_pin
from tests.calling_in import NUMBER, NamedPrompts, desk_for, talked
from tests.journeys import REGISTERS, Journey, presses
from tests.people import NOW, add, prepare_town

YES = ("known.right", "1")
CONFIRMS: Journey = [("confirm.change", "1"), ("confirm.leaving", "1"), ("confirm.leaving_all", "1")]
PROVED = "b" * 32


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    return store


@pytest.fixture
async def jan(town: Store) -> int:
    return await add(town, "Jan Novák", NUMBER, packages=("1", "2"), town_part="Studénka", language="cs")


async def known(store: Store, subscriber_id: int) -> Person:
    async with store.reading() as session:
        return await person_of(session, subscriber_id)


async def rows(store: Store, table: type[Any]) -> Sequence[Any]:
    async with store.reading() as session:
        return (await session.scalars(select(table))).all()


async def set_pin(store: Store, subscriber_id: int, pin: str) -> None:
    async with store.writing() as session:
        session.add(Pin(subscriber_id=subscriber_id, hash=hash_pin(pin), set_at=NOW))


async def change(store: Store, folder: Path, journey: Journey, *people: int, **changes: Any) -> list[str]:
    desk = desk_for(store, folder, prompts={"cs": NamedPrompts(), "en": NamedPrompts("en")})
    return await talked(desk, known_caller, presses(journey), people=list(people), **changes)


async def called_back(store: Store, folder: Path, journey: Journey = CONFIRMS, **changes: Any) -> list[str]:
    """What the number hears that is called back, and presses."""
    return await talked(desk_for(store, folder), confirm, presses(journey), proof=PROVED, **changes)


ADDRESS: Journey = [
    ("known.menu", "2"),
    ("place.part", "1"),
    ("place.street", "76#"),
    ("place.which_street", "1"),
    ("place.house", "20#"),
    YES,
]


@pytest.mark.parametrize(
    ("journey", "changed"),
    [
        (
            [("known.menu", "1"), ("packages.which", "34#"), ("packages.right", "1")],
            {"packages": ("3", "4")},
        ),
        (ADDRESS, {"town_part": "Butovice", "street": "Poštovní", "house_number": "20"}),
        (
            [("known.menu", "3"), ("known.when", "1"), ("moments.quiet_from", "21"), ("moments.quiet_to", "07"), YES],
            {"quiet": "21:00-7:00"},
        ),
        ([("known.menu", "3"), ("known.when", "2"), YES], {"quiet": None}),
        (
            [("known.menu", "3"), ("known.when", "3"), ("moments.pause", "2412"), YES],
            {"paused_until": datetime(2026, 12, 24, 23, tzinfo=UTC)},
        ),
        ([("known.menu", "3"), ("known.when", "4"), YES], {"paused_until": None}),
        ([("known.menu", "4"), ("known.how", "1"), ("known.pace", "1"), YES], {"pace": Pace.SLOW}),
        ([("known.menu", "4"), ("known.how", "2"), ("known.language", "2"), YES], {"language": "en"}),
        (
            [("known.menu", "5"), ("known.leaving", "1"), ("known.which_package", "2"), ("known.really_package", "1")],
            {"packages": ("1",)},
        ),
    ],
)
async def test_a_change_waits_for_the_call_back_and_is_done_then(
    town: Store, jan: int, tmp_path: Path, journey: Journey, changed: dict[str, Any]
) -> None:
    before = await known(town, jan)
    heard = await change(town, tmp_path, journey, jan)
    assert heard[-1] == "known.calling_back"
    assert await known(town, jan) == before
    assert len(await rows(town, Callback)) == 1
    heard = await called_back(town, tmp_path)
    assert heard[-1] == "confirm.goodbye"
    after = await known(town, jan)
    assert {field: getattr(after, field) for field in changed} == changed
    untouched = set(vars(before)) - changed.keys()
    assert {field: getattr(after, field) for field in untouched} == {
        field: getattr(before, field) for field in untouched
    }
    (proposal,) = await rows(town, Proposal)
    assert (proposal.state, proposal.evidence) == (ProposalState.DONE, PROVED)
    (entry,) = [one for one in await rows(town, Audit) if one.subject == f"proposal {proposal.id}"]
    assert (entry.call_id, entry.details) == ("0" * 32, f"wording phone-1, proved by {PROVED}")


async def test_leaving_everything(town: Store, jan: int, tmp_path: Path) -> None:
    await change(town, tmp_path, [("known.menu", "5"), ("known.leaving", "2"), ("known.really_all", "1")], jan)
    (person,) = await rows(town, Subscriber)
    assert person.left_at is None
    assert "confirm.left" in await called_back(town, tmp_path)
    (person,) = await rows(town, Subscriber)
    assert person.left_at is not None


@pytest.mark.parametrize(
    "journey",
    [
        [("known.menu", "5"), ("known.leaving", "2"), ("known.really_all", "2")],
        [*ADDRESS[:-1], ("known.right", "2")],
        [("known.menu", "5"), ("known.leaving", "1"), ("known.which_package", "1"), ("known.really_package", "2")],
    ],
)
async def test_who_changes_their_mind_changes_nothing(town: Store, jan: int, tmp_path: Path, journey: Journey) -> None:
    assert "known.nothing_changed" in await change(town, tmp_path, journey, jan)
    assert await rows(town, Proposal) == []


async def test_whoever_had_not_asked_refuses_with_nine(town: Store, jan: int, tmp_path: Path) -> None:
    await change(town, tmp_path, [("known.menu", "5"), ("known.leaving", "2"), ("known.really_all", "1")], jan)
    assert "confirm.refused" in await called_back(town, tmp_path, [("confirm.leaving_all", "9")])
    (person,) = await rows(town, Subscriber)
    assert person.left_at is None


async def test_a_call_back_without_a_key_confirms_nothing(town: Store, jan: int, tmp_path: Path) -> None:
    await change(town, tmp_path, [("known.menu", "5"), ("known.leaving", "2"), ("known.really_all", "1")], jan)
    assert (await called_back(town, tmp_path, []))[-1] == "confirm.unchanged"
    (proposal,) = await rows(town, Proposal)
    assert proposal.state is ProposalState.WAITING


async def test_a_registration_is_confirmed_with_what_it_says(town: Store, tmp_path: Path) -> None:
    await talked(desk_for(town, tmp_path), main_menu, presses([("hotline.stranger", "2"), *REGISTERS]))
    prompts = NamedPrompts()
    desk = desk_for(town, tmp_path, prompts={"cs": prompts})
    heard = await talked(desk, confirm, presses([("confirm.registration", "1")]), proof=PROVED)
    assert heard == ["confirm.hello", "confirm.registration", "confirm.registered", "confirm.goodbye"]
    assert prompts.said == [
        (
            "confirm.registration",
            {"packages": "Krizové situace, Úřad a zastupitelstvo", "address": "Butovice, Nádražní, číslo deset"},
        )
    ]
    assert [person.name for person in await rows(town, Subscriber)] == ["Odběratel 556 415 001"]


async def test_with_nothing_left_to_confirm_it_says_so(town: Store, jan: int, tmp_path: Path) -> None:
    assert await called_back(town, tmp_path) == ["confirm.hello", "confirm.nothing"]


async def test_what_is_not_possible_any_more_is_looked_at_by_a_clerk(town: Store, tmp_path: Path) -> None:
    for _ in range(2):
        await talked(desk_for(town, tmp_path), main_menu, presses([("hotline.stranger", "2"), *REGISTERS]))
    heard = await called_back(town, tmp_path, [("confirm.registration", "1"), ("confirm.registration", "1")])
    assert heard[-2:] == ["confirm.impossible", "confirm.goodbye"]
    assert len(await rows(town, Subscriber)) == 1
    assert [one.reason.value for one in await rows(town, RegistrationRequest)] == ["name", "not_proved"]


async def test_the_pin_makes_a_change_at_once(town: Store, jan: int, tmp_path: Path) -> None:
    await set_pin(town, jan, "4719")
    journey = [("known.menu", "4"), ("known.how", "1"), ("known.pace", "1"), YES, ("known.by_pin", "1")]
    heard = await change(town, tmp_path, [*journey, ("pin.type", "4719#")], jan)
    assert "known.done" in heard
    assert (await known(town, jan)).pace is Pace.SLOW
    assert await rows(town, Callback) == []


async def test_a_wrong_pin_is_called_back_and_many_lock_the_line(town: Store, jan: int, tmp_path: Path) -> None:
    await set_pin(town, jan, "4719")
    journey = [("known.menu", "4"), ("known.how", "1"), ("known.pace", "1"), YES, ("known.by_pin", "1")]
    heard = await change(town, tmp_path, [*journey, ("pin.type", "4720#"), ("pin.type", "4719#")], jan)
    assert "known.done" in heard  # one slip is forgiven
    wrong: Journey = [("pin.type", "4720#")] * 3
    heard = await change(town, tmp_path, [*journey, *wrong], jan)
    assert (heard.count("pin.wrong"), "pin.locked" in heard, heard[-1]) == (2, True, "known.calling_back")
    heard = await change(town, tmp_path, [*journey, ("pin.type", "4719#")], jan)
    assert "pin.locked" in heard  # the right one, too soon
    assert heard[-1] == "known.calling_back"


async def test_on_a_shared_line_it_is_for_all_or_for_whom_the_pin_is(town: Store, jan: int, tmp_path: Path) -> None:
    eva = await add(town, "Eva Nováková", NUMBER, packages=("5",))
    await set_pin(town, eva, "8316")
    slow: Journey = [("known.menu", "4"), ("known.how", "1"), ("known.pace", "1"), YES]
    heard = await change(town, tmp_path, [("known.whose", "2"), ("pin.type", "8316#"), *slow], jan, eva)
    assert "known.done" in heard
    assert [(await known(town, one)).pace for one in (jan, eva)] == [Pace.NORMAL, Pace.SLOW]
    fast: Journey = [("known.menu", "4"), ("known.how", "1"), ("known.pace", "2"), YES]
    heard = await change(town, tmp_path, [("known.whose", "1"), *fast], jan, eva)
    assert heard[-1] == "known.calling_back"
    await called_back(town, tmp_path)
    assert [(await known(town, one)).pace for one in (jan, eva)] == [Pace.NORMAL, Pace.NORMAL]


async def test_a_pin_is_chosen_by_phone_after_the_call_back(town: Store, jan: int, tmp_path: Path) -> None:
    journey = [("known.menu", "4"), ("known.how", "3"), ("pin.new", "1234#"), ("pin.new", "4719#")]
    heard = await change(
        town, tmp_path, [*journey, ("pin.again", "4718#"), ("pin.new", "4719#"), ("pin.again", "4719#")], jan
    )
    assert [one for one in heard if one in ("pin.easy", "pin.different")] == ["pin.easy", "pin.different"]
    assert heard[-1] == "known.calling_back"
    assert await rows(town, Pin) == []
    await called_back(town, tmp_path)
    assert len(await rows(town, Pin)) == 1


async def test_a_pin_of_a_shared_line_is_given_by_the_office(town: Store, jan: int, tmp_path: Path) -> None:
    eva = await add(town, "Eva Nováková", NUMBER, packages=("5",))
    heard = await change(town, tmp_path, [("known.whose", "1"), ("known.menu", "4"), ("known.how", "3")], jan, eva)
    assert "known.pin_of_office" in heard


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2412", date(2026, 12, 24)),
        ("0101", date(2027, 1, 1)),
        ("2411", date(2027, 11, 24)),  # today is no pause
        ("2902", None),  # neither 2026 nor 2027 has it
        ("3202", None),
        ("0000", None),
    ],
)
def test_the_last_day_of_a_pause(typed: str, day: date | None) -> None:
    assert last_day(typed, date(2026, 11, 24)) == day
