"""Calls back: their place among announcements, their limits, their tries, and what comes of what they should prove."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from announcements.callbacks import (
    EXPIRES_AFTER,
    LONGEST_CALL,
    MOST_TRIES,
    SOON,
    CallbackLimits,
    TooManyCallbacks,
    expire_callbacks,
    next_call,
    request_callback,
)
from announcements.claim import Claimed, claim, due_now
from announcements.due import Wish
from announcements.switches import ALL, switch_off
from store.callers import Callback, Purpose, RegistrationRequest, RequestReason
from store.database import Store
from store.inbound import InboundCall
from store.states import CallbackState, Disposition, Priority, RequestState
from subscribers.person import Person
from subscribers.proposals import Asked, propose_registration, take_effect
from tests.people import NOW, PREFIXES, TERMS, add, announce, attempt, end, line, prepare_town, rule, start

LATER = NOW + SOON
LIMITS = CallbackLimits()


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    return store


async def call_back(
    store: Store, number: str, purpose: Purpose = Purpose.MENU, limits: CallbackLimits = LIMITS, seconds: float = 0
) -> int:
    async with store.writing() as session:
        at = NOW + timedelta(seconds=seconds)
        return (await request_callback(session, number, purpose, limits, at, call_id="call")).id


async def register_by_phone(store: Store, number: str) -> int:
    """A registration that waits for proof, and the call-back that shall prove it."""
    async with store.writing() as session:
        person = Person(name="Odběratel", phones=(number,), packages=("1",), town_part="Studénka")
        proposal = await propose_registration(session, person, Asked("call", number, "phone-1"), NOW)
    await call_back(store, number, Purpose.PROVE)
    return proposal.id


async def claims(store: Store, most: int = 10, least: Priority = Priority.NORMAL, seconds: float = 0) -> list[Claimed]:
    wish = Wish("o2", PREFIXES, most=most, least=least)
    return await claim(store, wish, TERMS, LATER + timedelta(seconds=seconds))


async def callback(store: Store, callback_id: int) -> Callback:
    async with store.reading() as session:
        return (await session.scalars(select(Callback).where(Callback.id == callback_id))).one()


async def requests(store: Store) -> list[RegistrationRequest]:
    async with store.reading() as session:
        return list(await session.scalars(select(RegistrationRequest)))


async def test_a_claim_commits_an_attempt_of_the_call_back(town: Store) -> None:
    asked = await call_back(town, line(1))
    assert await claim(town, Wish("o2", PREFIXES), TERMS, NOW) == []  # the caller puts the phone down first
    (claimed,) = await claims(town)
    row = await attempt(town, claimed.attempt_id)
    assert (row.callback_id, row.delivery_id, row.address, row.trunk) == (asked, None, line(1), "o2")
    assert (claimed.address, claimed.rendering, claimed.priority) == (line(1), None, Priority.URGENT)
    assert (await callback(town, asked)).state is CallbackState.CALLING
    assert await claims(town) == []


async def test_a_crisis_goes_before_call_backs_and_they_before_the_rest(town: Store) -> None:
    for number in (1, 2):
        await add(town, f"Water {number}", line(number))
    await add(town, "Flood", line(3), topics=("povodne",))
    await announce(town, priority=Priority.URGENT)
    await announce(town, await rule(town, "povodne"), priority=Priority.CRISIS)
    await call_back(town, line(4))
    order = [(await claims(town, most=1))[0].address for _ in range(4)]
    assert order == [line(3), line(4), line(1), line(2)]


async def test_all_of_them_share_one_claim_and_no_line_is_called_twice(town: Store) -> None:
    for number in range(1, 5):
        await add(town, f"Water {number}", line(number))
    await add(town, "Flood", line(5), topics=("povodne",))
    await announce(town)
    await announce(town, await rule(town, "povodne"), priority=Priority.CRISIS)
    for number in (2, 5, 6):
        await call_back(town, line(number))
    assert sorted(one.address for one in await claims(town, most=4)) == [line(n) for n in (1, 2, 5, 6)]
    assert sorted(one.address for one in await claims(town)) == [line(3), line(4)]


async def test_lines_kept_for_a_crisis_a_trunk_that_is_off_and_foreign_numbers_take_no_call_back(town: Store) -> None:
    await call_back(town, line(1))
    await call_back(town, "+421212345678")
    assert await claims(town, least=Priority.CRISIS) == []
    async with town.writing() as session:
        await switch_off(session, ALL, NOW)
    assert await claims(town) == []


async def test_dispatchers_at_once_never_call_one_number_back_twice(town: Store) -> None:
    for number in range(1, 13):
        await call_back(town, line(number))
    rounds = await asyncio.gather(*(claims(town, most=3) for _ in range(4)))
    found = [one.address for each in rounds for one in each]
    assert len(found) == len(set(found))
    rest = [one.address for _ in range(4) for one in await claims(town, most=12)]
    assert sorted(found + rest) == [line(number) for number in range(1, 13)]


async def test_a_line_in_use_waits(town: Store) -> None:
    await add(town, "Jan", line(1))
    await announce(town)
    announced = await start(town)
    await call_back(town, line(1))
    assert await claims(town) == []
    await end(town, announced, Disposition.ANSWERED, played_seconds=20)
    assert [one.address for one in await claims(town, seconds=60)] == [line(1)]


async def test_nobody_is_called_back_who_is_still_talking_to_us(town: Store) -> None:
    await call_back(town, line(1))
    async with town.writing() as session:
        session.add(InboundCall(id="call", number=line(1), started_at=NOW))
    assert await claims(town, seconds=60) == []
    assert len(await claims(town, seconds=LONGEST_CALL.total_seconds())) == 1  # nobody noted its end


async def test_who_has_put_the_phone_down_is_called_back(town: Store) -> None:
    await call_back(town, line(1))
    async with town.writing() as session:
        session.add(InboundCall(id="call", number=line(1), started_at=NOW, ended_at=NOW))
    assert len(await claims(town)) == 1


async def test_one_that_waits_already_serves_and_limits_hold(town: Store) -> None:
    limits = CallbackLimits(to_one_number=1, an_hour=2)
    first = await call_back(town, line(1), limits=limits)
    assert await call_back(town, line(1), limits=limits) == first
    with pytest.raises(TooManyCallbacks, match="too often today"):
        await call_back(town, line(1), Purpose.PROVE, limits=limits)
    await call_back(town, line(2), limits=limits)
    with pytest.raises(TooManyCallbacks, match="within an hour"):
        await call_back(town, line(3), limits=limits)
    await call_back(town, line(3), limits=limits, seconds=3601)
    with pytest.raises(TooManyCallbacks, match="too often today"):
        await call_back(town, line(1), Purpose.PROVE, limits=limits, seconds=3601)


async def test_staff_go_before_everything_also_on_the_lines_kept_for_a_crisis(town: Store) -> None:
    await add(town, "Flood", line(1), topics=("povodne",))
    await announce(town, await rule(town, "povodne"), priority=Priority.CRISIS)
    await call_back(town, line(2))
    await call_back(town, line(3), Purpose.STAFF, seconds=1)
    wish = Wish("o2", PREFIXES, most=2, least=Priority.CRISIS)
    assert await due_now(town, wish, TERMS, LATER + timedelta(seconds=1)) == 2
    claimed = await claims(town, most=2, least=Priority.CRISIS, seconds=1)
    assert [(one.address, one.priority) for one in claimed] == [(line(3), Priority.CRISIS), (line(1), Priority.CRISIS)]
    assert [one.address for one in await claims(town, seconds=1)] == [line(2)]


async def test_nobody_uses_up_the_call_backs_of_staff(town: Store) -> None:
    limits = CallbackLimits(to_one_number=1, an_hour=1, to_staff=1)
    await call_back(town, line(1), Purpose.MENU, limits=limits)
    await call_back(town, line(1), Purpose.STAFF, limits=limits)
    (claimed,) = await claims(town, most=1)
    await end(town, claimed, Disposition.NO_ANSWER, seconds=40)
    await call_back(town, line(1), Purpose.STAFF, limits=limits, seconds=60)  # it waits for its next try: now is sooner
    assert [one.priority for one in await claims(town, seconds=60)] == [Priority.CRISIS]
    with pytest.raises(TooManyCallbacks, match="too often today"):
        await call_back(town, line(1), Purpose.STAFF, limits=limits, seconds=90)


async def test_who_does_not_answer_is_tried_again_and_the_registration_goes_to_a_clerk_in_the_end(town: Store) -> None:
    await register_by_phone(town, line(1))
    for number in range(MOST_TRIES):
        (claimed,) = await claims(town, seconds=600 * number)
        assert await end(town, claimed, Disposition.NO_ANSWER, seconds=600 * number + 40)
        assert await claims(town, seconds=600 * number + 60) == []
    (request,) = await requests(town)
    assert (request.state, request.reason, request.number) == (RequestState.OPEN, RequestReason.NOT_PROVED, line(1))
    assert request.told["packages"] == ["1"]
    assert not await end(town, claimed, Disposition.ANSWERED)


async def test_a_proof_that_was_given_ends_the_call_back(town: Store) -> None:
    proposal = await register_by_phone(town, line(1))
    (claimed,) = await claims(town)
    async with town.writing() as session:
        await take_effect(session, proposal, claimed.attempt_id, country="CZ", now=LATER)
    await end(town, claimed, Disposition.ANSWERED)
    async with town.reading() as session:
        (row,) = await session.scalars(select(Callback))
    assert row.state is CallbackState.DONE
    assert await requests(town) == []
    assert await claims(town, seconds=3000) == []


async def test_nobody_is_rung_who_has_nothing_left_to_confirm(town: Store) -> None:
    """Who has pressed the key and hung up at once may be queued again before their confirmation is written."""
    proposal = await register_by_phone(town, line(1))
    async with town.writing() as session:
        await take_effect(session, proposal, "PIN", country="CZ", now=LATER)
    assert await claims(town) == []
    async with town.writing() as session:
        await expire_callbacks(session, LATER)
        (row,) = await session.scalars(select(Callback))
    assert (row.state, row.ended_at) == (CallbackState.DONE, LATER)


async def test_a_menu_that_was_answered_is_done(town: Store) -> None:
    asked = await call_back(town, line(1))
    (claimed,) = await claims(town)
    await end(town, claimed, Disposition.ANSWERED)
    assert (await callback(town, asked)).state is CallbackState.DONE


async def test_what_was_never_called_expires(town: Store) -> None:
    await register_by_phone(town, "+421212345678")
    async with town.writing() as session:
        await expire_callbacks(session, NOW + EXPIRES_AFTER - timedelta(seconds=1))
    assert await requests(town) == []
    async with town.writing() as session:
        await expire_callbacks(session, NOW + EXPIRES_AFTER)
    assert [one.reason for one in await requests(town)] == [RequestReason.NOT_PROVED]


async def test_no_call_comes_after_the_end_of_its_time(town: Store) -> None:
    asked = await call_back(town, line(1))
    async with town.writing() as session:
        await session.execute(update(Callback).values(expires_at=LATER + timedelta(minutes=4)))
    (claimed,) = await claims(town)
    await end(town, claimed, Disposition.NO_ANSWER)  # again in five minutes would be too late
    assert (await callback(town, asked)).state is CallbackState.FAILED


@pytest.mark.parametrize(
    ("history", "minutes"),
    [
        ([Disposition.BUSY], 0.5),
        ([Disposition.NO_ANSWER], 5),
        ([Disposition.WITHDRAWN] * 10, 0),
        ([Disposition.CONGESTION], 1),
        ([Disposition.ANSWERED], 2),
        ([Disposition.ANSWERED, Disposition.ANSWERED], None),
        ([Disposition.INVALID_NUMBER], None),
        ([Disposition.BUSY] * MOST_TRIES, None),
        ([Disposition.BUSY] * (MOST_TRIES - 1), 0.5),
    ],
)
def test_when_to_call_again(history: list[Disposition], minutes: float | None) -> None:
    assert next_call(history, NOW) == (None if minutes is None else NOW + timedelta(minutes=minutes))
