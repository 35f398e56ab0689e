"""What callers ask for: nothing happens before the number has proved it, then all of it, by the one door."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from store.callers import Pin, Proposal, ProposalKind
from store.database import Store
from store.errors import InputError
from store.people import Consent, ConsentAct
from store.states import Channel, Pace, ProposalState
from subscribers.known import name_for, person_of
from subscribers.lines import people_on
from subscribers.person import Person
from subscribers.proposals import (
    Asked,
    lapse,
    propose_change,
    propose_leaving,
    propose_pin,
    propose_registration,
    refuse,
    take_effect,
    waiting_for,
)
from subscribers.requests import list_requests
from tests.people import NOW, add, leave, line, prepare_town
from tests.people import refuse as refuse_topic

ASKED = Asked("0123456789abcdef" * 2, line(1), "phone-1")


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    return store


async def ask_change(store: Store, *people: int, **told: Any) -> int:
    async with store.writing() as session:
        return (await propose_change(session, people, told, ASKED, NOW)).id


async def prove(store: Store, proposal_id: int) -> Proposal | None:
    async with store.writing() as session:
        return await take_effect(session, proposal_id, "attempt-1", country="CZ", now=NOW)


async def known(store: Store, subscriber_id: int) -> Person:
    async with store.reading() as session:
        return await person_of(session, subscriber_id)


async def on_line(store: Store, number: str = line(1)) -> list[int]:
    async with store.reading() as session:
        return list(await people_on(session, number))


async def consents(store: Store) -> list[Consent]:
    async with store.reading() as session:
        return list(await session.scalars(select(Consent).order_by(Consent.id)))


async def test_a_registration_takes_effect_when_it_is_proved_and_its_consent_says_how(town: Store) -> None:
    person = Person(
        name="Odběratel 556 400 001",
        phones=(line(1),),
        packages=("1", "3"),
        town_part="Studénka",
        street="Tyršova",
        house_number="2",
        birth_year=1941,
        quiet="21:00-7:00",
        pace=Pace.SLOW,
    )
    async with town.writing() as session:
        proposal = await propose_registration(session, person, ASKED, NOW)
    assert await on_line(town) == []
    assert await consents(town) == []
    done = await prove(town, proposal.id)
    assert done is not None
    assert (done.state, done.evidence) == (ProposalState.DONE, "attempt-1")
    (subscriber_id,) = await on_line(town)
    stored = await known(town, subscriber_id)
    assert (stored.packages, stored.street, stored.house_number, stored.pace) == (("1", "3"), "Tyršova", "2", Pace.SLOW)
    (consent,) = await consents(town)
    assert (consent.subject, consent.wording, consent.way) == ("package 1, package 3", "phone-1", "phone")
    assert ASKED.call_id in consent.evidence
    assert "attempt-1" in consent.evidence
    assert await prove(town, proposal.id) is None  # twice does nothing


async def test_a_change_changes_only_what_was_told(town: Store) -> None:
    jan = await add(town, "Jan", line(1), packages=("2",), groups=("hasiči",), birth_year=1950, quiet="22:00-6:00")
    before = await known(town, jan)
    proposal = await ask_change(town, jan, packages=("1",), pace=Pace.SLOW, paused_until=NOW + timedelta(days=3))
    assert await known(town, jan) == before
    await prove(town, proposal)
    after = await known(town, jan)
    assert (after.packages, after.pace, after.paused_until) == (("1",), Pace.SLOW, NOW + timedelta(days=3))
    assert (after.groups, after.birth_year, after.quiet, after.name) == (("hasiči",), 1950, "22:00-6:00", "Jan")
    await prove(town, await ask_change(town, jan, paused_until=None, quiet=None))
    assert ((await known(town, jan)).paused_until, (await known(town, jan)).quiet) == (None, None)


async def test_a_package_chosen_anew_brings_all_of_it_again(town: Store) -> None:
    jan = await add(town, "Jan", line(1), packages=("1", "2"))
    await refuse_topic(town, jan, "voda")
    await prove(town, await ask_change(town, jan, packages=("2", "3")))
    assert (await known(town, jan)).refused == ("voda",)  # package 2 was there all the time
    await prove(town, await ask_change(town, jan, packages=("3",)))
    await prove(town, await ask_change(town, jan, packages=("2",)))
    assert (await known(town, jan)).refused == ()


async def test_channels_of_a_package_go_with_it(town: Store) -> None:
    channels = (("1", (Channel.SMS,)), ("2", (Channel.SMS,)), ("3", (Channel.SMS,)))
    jan = await add(town, "Jan", "+420602123456", packages=("1", "2", "3"), package_channels=channels)
    await prove(town, await ask_change(town, jan, packages=("1", "3")))
    assert [number for number, _ in (await known(town, jan)).package_channels] == ["1", "3"]
    async with town.writing() as session:
        proposal = await propose_leaving(session, [jan], [1], ASKED, NOW)
    await prove(town, proposal.id)
    assert [number for number, _ in (await known(town, jan)).package_channels] == ["3"]


async def test_everybody_on_the_line_moves_at_once(town: Store) -> None:
    people = [await add(town, name, line(1), town_part="Studénka") for name in ("Marie", "Josef")]
    await prove(town, await ask_change(town, *people, town_part="Butovice", street="Nádražní", house_number="10"))
    assert {(await known(town, one)).street for one in people} == {"Nádražní"}


async def test_a_change_that_is_no_longer_possible_changes_nothing(town: Store) -> None:
    marie, josef = [await add(town, name, line(1)) for name in ("Marie", "Josef")]
    proposal = await ask_change(town, marie, josef, pace=Pace.SLOW)
    await leave(town, josef)
    with pytest.raises(InputError, match="not registered"):
        await prove(town, proposal)
    assert (await known(town, marie)).pace is Pace.NORMAL


async def test_leaving_one_package_the_last_one_and_everything(town: Store) -> None:
    jan = await add(town, "Jan", line(1), packages=("1", "2"))
    for packages in ((2,), (1,)):
        async with town.writing() as session:
            proposal = await propose_leaving(session, [jan], packages, ASKED, NOW)
        assert await on_line(town) == [jan]
        await prove(town, proposal.id)
    assert await on_line(town) == []
    subjects = [(row.act, row.subject) for row in await consents(town)][1:]
    assert subjects == [(ConsentAct.WITHDRAWN, "package 2"), (ConsentAct.WITHDRAWN, "all")]


async def test_who_is_asked_and_says_no_is_left_alone(town: Store) -> None:
    jan = await add(town, "Jan", line(1))
    async with town.writing() as session:
        proposal = await propose_leaving(session, [jan], (), ASKED, NOW)
    async with town.writing() as session:
        await refuse(session, proposal.id, "attempt-1", NOW)
    assert await prove(town, proposal.id) is None
    assert await on_line(town) == [jan]


async def test_a_pin_is_set_changed_and_taken_away(town: Store) -> None:
    jan = await add(town, "Jan", line(1))

    async def pin(pin_hash: str | None) -> list[str]:
        async with town.writing() as session:
            proposal = await propose_pin(session, jan, pin_hash, ASKED, NOW)
        await prove(town, proposal.id)
        async with town.reading() as session:
            return list(await session.scalars(select(Pin.hash)))

    assert await pin("first") == ["first"]
    assert await pin("second") == ["second"]
    assert await pin(None) == []


async def test_nobody_has_to_confirm_more_than_a_few_at_once(town: Store) -> None:
    jan = await add(town, "Jan", line(1))
    for _ in range(3):
        await ask_change(town, jan, pace=Pace.SLOW)
    with pytest.raises(InputError, match="confirmation"):
        await ask_change(town, jan, pace=Pace.SLOW)
    async with town.reading() as session:
        assert len(await waiting_for(session, line(1))) == 3


async def test_what_lapses_is_forgotten_but_a_registration_goes_to_a_clerk(town: Store) -> None:
    jan = await add(town, "Jan", line(1))
    change = await ask_change(town, jan, pace=Pace.SLOW)
    async with town.writing() as session:
        await propose_registration(session, Person(name="X", phones=(line(1),), packages=("1",)), ASKED, NOW)
        await lapse(session, line(1), NOW)
        rows = list(await session.scalars(select(Proposal).order_by(Proposal.id)))
        (request,) = await list_requests(session)
    assert [(row.kind, row.state) for row in rows] == [
        (ProposalKind.CHANGE, ProposalState.LAPSED),
        (ProposalKind.REGISTER, ProposalState.LAPSED),
    ]
    assert (request.number, request.call_id, request.told["name"]) == (line(1), ASKED.call_id, "X")
    assert await prove(town, change) is None


async def test_a_nameless_one_is_called_by_the_number_and_who_comes_back_by_the_old_name(town: Store) -> None:
    async def name() -> str:
        async with town.reading() as session:
            return await name_for(session, line(1))

    assert await name() == "Odběratel 556 400 001"
    await add(town, "Odběratel 556 400 001", line(1))
    assert await name() == "Odběratel 556 400 001 (2)"
    marie = await add(town, "Marie Nováková", line(1))
    await leave(town, marie)
    assert await name() == "Marie Nováková"
