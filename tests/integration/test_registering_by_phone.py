"""Registration by keypad: to the end, back and forth, and every way out of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from announcements.callbacks import CallbackLimits
from ivr.call import Call
from ivr.hotline import main_menu
from ivr.leg import Leg
from ivr.reception import converse
from ivr.register import register
from store.callers import Callback, Proposal, ProposalKind, Purpose, RegistrationRequest, RequestReason
from store.database import Store
from store.people import Phone
from store.states import CallbackState, RequestState
from subscribers.proposals import take_effect
from subscribers.topics import default_topics, store_topics
from tests.calling_in import NUMBER, NamedPrompts, answered, desk_for, talked
from tests.fake_agi import calling
from tests.journeys import REGISTERS, Journey, presses, with_answers
from tests.people import NOW, prepare_town


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    return store


async def rows(store: Store, table: type[Any]) -> Sequence[Any]:
    async with store.reading() as session:
        return (await session.scalars(select(table).order_by(table.id))).all()


async def calls(store: Store, folder: Path, journey: Journey, **changes: Any) -> list[str]:
    return await talked(desk_for(store, folder), register, presses(journey), **changes)


async def told(store: Store) -> dict[str, Any]:
    """What the one proposal says of the person."""
    (proposal,) = await rows(store, Proposal)
    assert proposal.kind is ProposalKind.REGISTER
    person: dict[str, Any] = proposal.content["person"]
    return person


async def test_everything_is_read_back_and_waits_for_the_call_back(town: Store, tmp_path: Path) -> None:
    prompts = NamedPrompts()
    heard = await talked(desk_for(town, tmp_path, prompts={"cs": prompts}), register, presses(REGISTERS))
    assert heard[-1] == "register.calling_back"
    said = dict(prompts.said)
    assert said["register.this_number"] == {"number": "pět pět šest, čtyři jedna pět, nula nula jedna"}
    assert said["packages.which"]["offer"].startswith("Balíček 1: Krizové situace; Balíček 2: ")
    assert said["register.right"] == {
        "number": "pět pět šest, čtyři jedna pět, nula nula jedna",
        "packages": "Krizové situace, Úřad a zastupitelstvo",
        "address": "Butovice, Nádražní, číslo deset",
        "year": "tisíc devět set čtyřicet jedna",
    }
    assert await told(town) == {
        "name": "Odběratel 556 415 001",
        "phones": [NUMBER],
        "packages": ["1", "3"],
        "channels": ["voice"],
        "birth_year": 1941,
        "town_part": "Butovice",
        "street": "Nádražní",
        "house_number": "10",
    }
    (callback,) = await rows(town, Callback)
    assert (callback.number, callback.purpose) == (NUMBER, Purpose.PROVE)
    assert await rows(town, Phone) == []
    assert await rows(town, RegistrationRequest) == []


async def test_a_number_that_has_proved_itself_is_registered_at_once(town: Store, tmp_path: Path) -> None:
    heard = await calls(town, tmp_path, REGISTERS, proof="a" * 32)
    assert "register.this_number" not in heard
    assert heard[-1] == "register.registered"
    assert [phone.number for phone in await rows(town, Phone)] == [NUMBER]
    assert await rows(town, Callback) == []
    (request,) = await rows(town, RegistrationRequest)  # the spoken name has to be written down
    assert (request.reason, request.subscriber_id) == (RequestReason.NAME, 1)
    assert (tmp_path / request.recording).parent == tmp_path


@pytest.mark.parametrize(
    ("number", "first"),
    [
        ("", [("register.number", "556400009"), ("register.typed_number", "1")]),
        (NUMBER, [("register.this_number", "2"), ("register.number", "556400009"), ("register.typed_number", "1")]),
        # Typed wrong, too short to exist, an emergency number's beginning, a premium number; then right.
        (
            "",
            [
                ("register.number", "556400008#"),
                ("register.typed_number", "2"),
                ("register.number", "111111111"),
                ("register.number", "900123456"),
                ("register.number", "556400009"),
                ("register.typed_number", "1"),
            ],
        ),
    ],
)
async def test_another_number_or_a_withheld_one_is_typed(
    town: Store, tmp_path: Path, number: str, first: Journey
) -> None:
    padded = [(prompt, keys if len(keys) != 9 else f"{keys}#") for prompt, keys in first]
    heard = await calls(town, tmp_path, [*padded, *REGISTERS[1:]], number=number)
    assert heard[-1] == "register.calling_back"
    assert (await told(town))["phones"] == ["+420556400009"]
    (callback,) = await rows(town, Callback)
    assert callback.number == "+420556400009"


async def test_hash_leads_back_to_the_question_before(town: Store, tmp_path: Path) -> None:
    journey = [
        *REGISTERS[:3],
        ("place.part", "#"),
        ("packages.which", "2#"),
        ("packages.right", "1"),
        *REGISTERS[3:],
    ]
    assert (await calls(town, tmp_path, journey))[-1] == "register.calling_back"
    assert (await told(town))["packages"] == ["2"]


async def test_each_thing_that_was_read_back_can_be_mended(town: Store, tmp_path: Path) -> None:
    journey = [
        *REGISTERS[:-1],
        ("register.right", "3"),
        ("packages.which", "4#"),
        ("packages.right", "1"),
        ("register.right", "4"),
        ("place.part", "2"),
        ("place.street", "89#"),
        ("place.which_street", "1"),
        ("place.house", "2#"),
        ("register.right", "5"),
        ("register.birth_year", "#"),
        ("register.right_without_year", "2"),
        ("register.this_number", "1"),
        ("register.right_without_year", "1"),
    ]
    assert (await calls(town, tmp_path, journey))[-1] == "register.calling_back"
    person = await told(town)
    assert (person["packages"], person["street"], person.get("birth_year")) == (["4"], "Tyršova", None)


@pytest.mark.parametrize(
    ("answers", "heard_too", "field", "value"),
    [
        # A package that is not there, an impossible year: asked again.
        ([("packages.which", "17#")], "packages.no_such", "packages", ["1", "3"]),
        ([("packages.which", "2#"), ("packages.right", "2")], "packages.right", "packages", ["1", "3"]),
        ([("register.birth_year", "2999")], "register.no_year", "birth_year", 1941),
        # No such letters; none of these streets; a house that the register lacks, not right and then right.
        ([("place.street", "999#")], "place.no_street", "street", "Nádražní"),
        ([("place.street", "76#"), ("place.which_street", "#")], "place.which_street", "street", "Nádražní"),
        ([("place.house", "77#"), ("place.strange_house", "2")], "place.strange_house", "house_number", "10"),
    ],
)
async def test_what_cannot_be_is_asked_again(
    town: Store, tmp_path: Path, answers: Journey, heard_too: str, field: str, value: object
) -> None:
    place = [prompt for prompt, _ in REGISTERS].index(answers[0][0])
    heard = await calls(town, tmp_path, [*REGISTERS[:place], *answers, *REGISTERS[place:]])
    assert heard_too in heard
    assert heard[-1] == "register.calling_back"
    assert (await told(town))[field] == value


async def test_a_house_that_the_register_lacks_is_taken_when_it_is_right(town: Store, tmp_path: Path) -> None:
    journey = [
        *with_answers(REGISTERS[:7], {"place.house": "77#"}),
        ("place.strange_house", "1"),
        *REGISTERS[7:],
    ]
    await calls(town, tmp_path, journey)
    assert (await told(town))["house_number"] == "77"


async def test_a_part_without_streets_needs_only_the_house(town: Store, tmp_path: Path) -> None:
    journey = [
        (p, k) for p, k in with_answers(REGISTERS, {"place.part": "3", "place.house": "5#"}) if "street" not in p
    ]
    assert (await calls(town, tmp_path, journey))[-1] == "register.calling_back"
    person = await told(town)
    assert (person["town_part"], person.get("street"), person["house_number"]) == ("Nová Horka", None, "5")


async def test_without_consent_nothing_is_kept(town: Store, tmp_path: Path) -> None:
    heard = await calls(town, tmp_path, with_answers(REGISTERS, {"register.consent": "2"}))
    assert heard[-1] == "register.no_consent"
    assert [*await rows(town, Proposal), *await rows(town, Callback), *await rows(town, RegistrationRequest)] == []


async def test_who_gets_stuck_says_it_after_the_tone(town: Store, tmp_path: Path) -> None:
    heard = await calls(town, tmp_path, REGISTERS[:4])
    assert heard[-1] == "register.requested"
    (request,) = await rows(town, RegistrationRequest)
    assert (request.reason, request.number, request.state) == (RequestReason.STUCK, NUMBER, RequestState.OPEN)
    assert request.told["packages"] == ["1", "3"]
    assert request.recording == f"{'0' * 32}-1.wav"


async def test_a_withheld_number_that_gets_stuck_is_kept_by_what_was_said(town: Store, tmp_path: Path) -> None:
    heard = await calls(town, tmp_path, [], number="")
    assert heard[-1] == "register.requested"
    (request,) = await rows(town, RegistrationRequest)
    assert (request.number, request.reason, request.told) == (
        None,
        RequestReason.STUCK,
        {"name": "", "channels": ["voice"]},
    )


@pytest.mark.parametrize("prompt", [prompt for prompt, _ in REGISTERS])
async def test_who_hangs_up_leaves_nothing_but_a_request(town: Store, tmp_path: Path, prompt: str) -> None:
    """One open request a number, once the number was accepted; never half a registration."""
    for _ in range(2):
        await hangs_up_at(town, tmp_path, prompt, REGISTERS)
    open_ones = [one for one in await rows(town, RegistrationRequest) if one.state is RequestState.OPEN]
    accepted = prompt != "register.this_number"
    assert [(one.reason, one.number) for one in open_ones] == [(RequestReason.HUNG_UP, NUMBER)] * accepted
    assert [*await rows(town, Proposal), *await rows(town, Callback), *await rows(town, Phone)] == []


@pytest.mark.parametrize(
    ("prompt", "journey", "changes", "left"),
    [
        # Stuck in the middle, and once it is said.
        ("register.say_it", REGISTERS[:4], {}, [RequestReason.HUNG_UP]),
        ("register.requested", REGISTERS[:4], {}, [RequestReason.STUCK]),
        # Stuck at the number itself.
        ("register.say_it", [], {}, []),
        # Consent was refused.
        ("register.no_consent", with_answers(REGISTERS, {"register.consent": "2"}), {}, []),
        # All is said and done.
        ("register.calling_back", REGISTERS, {}, []),
        ("register.registered", REGISTERS, {"proof": "a" * 32}, [RequestReason.NAME]),
    ],
)
async def test_who_hangs_up_late_leaves_one_request_at_most(
    town: Store, tmp_path: Path, prompt: str, journey: Journey, changes: dict[str, Any], left: list[RequestReason]
) -> None:
    await hangs_up_at(town, tmp_path, prompt, journey, **changes)
    assert [one.reason for one in await rows(town, RegistrationRequest)] == left


async def hangs_up_at(store: Store, folder: Path, prompt: str, journey: Journey, **changes: Any) -> None:
    desk = desk_for(store, folder)

    async def handle(leg: Leg) -> None:
        await converse(Call(leg, desk, call_id="0" * 32, number=NUMBER, **changes), register)

    async with answered(handle) as port, calling(port, path="hotline") as caller:
        await caller.until_sound(prompt, presses(journey))
        caller.hang_up(1.0)
        while await caller.command():
            caller.send("200 result=1\n")


async def test_at_a_limit_of_call_backs_the_registration_goes_to_a_clerk(town: Store, tmp_path: Path) -> None:
    desk = desk_for(town, tmp_path, callbacks=CallbackLimits(to_one_number=1))
    heard = [(await talked(desk, register, presses(REGISTERS)))[-1]]
    (proposal,) = await rows(town, Proposal)
    async with town.writing() as session:  # its call-back is over
        (callback,) = await session.scalars(select(Callback))
        callback.state, callback.ended_at = CallbackState.DONE, NOW
        await take_effect(session, proposal.id, "a" * 32, country="CZ", now=NOW)
    heard.append((await talked(desk, register, presses(REGISTERS)))[-1])
    assert heard == ["register.calling_back", "register.too_many"]
    assert len(await rows(town, Proposal)) == 1
    assert [one.reason for one in await rows(town, RegistrationRequest)][-1] is RequestReason.NOT_PROVED


async def test_without_a_register_of_addresses_the_street_is_said(store: Store, tmp_path: Path) -> None:
    async with store.writing() as session:
        await store_topics(session, default_topics())
    assert (await calls(store, tmp_path, REGISTERS))[-1] == "register.requested"


async def test_the_language_of_the_call_is_that_of_the_person(town: Store, tmp_path: Path) -> None:
    desk = desk_for(town, tmp_path, prompts={"cs": NamedPrompts(), "en": NamedPrompts("en")})
    await talked(desk, register, presses(REGISTERS), language="en")
    assert (await told(town))["language"] == "en"


async def test_the_main_menu_leads_there(town: Store, tmp_path: Path) -> None:
    heard = await talked(desk_for(town, tmp_path), main_menu, presses([("hotline.stranger", "2"), *REGISTERS]))
    assert heard[-1] == "register.calling_back"
