"""Somebody who missed our call rings back: what they are told, and what becomes of the delivery."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from announcements.listening import announcements_for
from announcements.ringback import RING_BACK, RingBack, heard_by_ringing_back, missed_by
from store.database import Store
from store.states import AnnouncementState, DeliveryState, Disposition
from store.work import Announcement, Attempt
from tests.people import (
    MESSAGE_SECONDS,
    NOW,
    RULES,
    add,
    announce,
    claim_one,
    deliveries,
    end,
    leave,
    line,
    prepare_town,
    rule,
    start,
)

LATER = NOW + timedelta(minutes=1)
SINCE = NOW - timedelta(days=7)
CALL = uuid.uuid4().hex


@pytest.fixture(autouse=True)
async def town(store: Store) -> None:
    await prepare_town(store)


async def missed(store: Store, number: str) -> list[int]:
    async with store.reading() as session:
        return [one.told.announcement_id for one in await missed_by(session, number, SINCE, LATER)]


async def ring_back(
    store: Store, number: str, seconds: float = MESSAGE_SECONDS, *, began: int = 40, call: str = CALL
) -> bool:
    """The caller listens to the newest missed one; ``began``: seconds after NOW."""
    at = NOW + timedelta(seconds=began)
    async with store.writing() as session:
        (first, *_) = await missed_by(session, number, SINCE, at)
        heard = RingBack(call, number, at, at + timedelta(seconds=seconds), seconds)
        return await heard_by_ringing_back(session, first.delivery_id, heard, RULES.heard_share)


async def test_what_was_heard_by_ringing_back_is_delivered_and_not_called_again(store: Store) -> None:
    await add(store, "Marie", line(1))
    announcement = await announce(store)
    await end(store, await start(store), Disposition.NO_ANSWER)
    assert await missed(store, line(1)) == [announcement]
    assert await ring_back(store, line(1))
    (delivery,) = await deliveries(store)
    assert (delivery.state, delivery.heard_seconds) == (DeliveryState.DELIVERED, MESSAGE_SECONDS)
    assert await claim_one(store, NOW + timedelta(days=1)) is None
    assert await missed(store, line(1)) == []
    async with store.reading() as session:
        assert (await session.get_one(Announcement, announcement)).state is AnnouncementState.COMPLETED


async def test_too_little_heard_changes_nothing(store: Store) -> None:
    await add(store, "Marie", line(1))
    await announce(store)
    await end(store, await start(store), Disposition.NO_ANSWER)
    assert not await ring_back(store, line(1), MESSAGE_SECONDS / 2)
    (delivery,) = await deliveries(store)
    assert delivery.state is DeliveryState.QUEUED


async def test_twice_is_once(store: Store) -> None:
    await add(store, "Marie", line(1))
    await announce(store)
    await end(store, await start(store), Disposition.NO_ANSWER)
    async with store.writing() as session:
        (one,) = await missed_by(session, line(1), SINCE, LATER)
        heard = RingBack(CALL, line(1), NOW, LATER, MESSAGE_SECONDS)
        for _ in range(2):
            assert await heard_by_ringing_back(session, one.delivery_id, heard, RULES.heard_share)
    (delivery,) = await deliveries(store)
    assert delivery.state is DeliveryState.DELIVERED


@pytest.mark.parametrize("began", [-10, 10])
async def test_while_our_own_call_is_in_progress_its_end_delivers(store: Store, began: int) -> None:
    """Whichever of the two calls began first."""
    await add(store, "Marie", line(1))
    await announce(store)
    claimed = await start(store)
    assert await ring_back(store, line(1), began=began)
    (delivery,) = await deliveries(store)
    assert delivery.state is DeliveryState.SENDING
    await end(store, claimed, Disposition.BUSY, seconds=50)
    (delivery,) = await deliveries(store)
    assert (delivery.state, delivery.heard_seconds) == (DeliveryState.DELIVERED, MESSAGE_SECONDS)
    assert await claim_one(store, NOW + timedelta(days=1)) is None


async def test_who_was_called_in_vain_to_the_end_may_still_hear_it(store: Store) -> None:
    await add(store, "Marie", line(1))
    await announce(store)
    await end(store, await start(store), Disposition.INVALID_NUMBER)
    (delivery,) = await deliveries(store)
    assert delivery.state is DeliveryState.FAILED
    assert await ring_back(store, line(1))
    (delivery,) = await deliveries(store)
    assert delivery.state is DeliveryState.DELIVERED


async def test_what_does_not_hold_any_more_is_not_told(store: Store) -> None:
    await add(store, "Marie", line(1))
    await announce(store, not_after=NOW + timedelta(seconds=50))
    assert await missed(store, line(1)) == []


async def test_nobody_elses_line_hears_it_first(store: Store) -> None:
    await add(store, "Marie", line(1))
    await announce(store)
    assert await missed(store, line(2)) == []


async def told(store: Store, *people: int) -> list[int]:
    async with store.reading() as session:
        return [one.announcement_id for one in await announcements_for(session, people, SINCE, LATER)]


async def test_a_known_caller_listens_to_what_concerns_their_place_newest_first(store: Store) -> None:
    marie = await add(store, "Marie", line(1), street="Tyršova", house_number="1")
    josef = await add(store, "Josef", line(2), street="Nádražní", house_number="10")
    here = await announce(store, await rule(store, "voda", streets=["Tyršova"]))
    everywhere = await announce(store)
    there = await announce(store, await rule(store, "voda", streets=["Nádražní"]))
    assert await told(store, marie) == [everywhere, here]
    assert await told(store, josef) == [there, everywhere]
    assert await told(store) == [there, everywhere, here]


async def test_what_is_for_a_group_is_not_told_to_strangers(store: Store) -> None:
    fireman = await add(store, "Marie", line(1), groups=("hasiči",))
    other = await add(store, "Josef", line(2))
    announcement = await announce(store, await rule(store, "voda", groups=["hasiči"]))
    assert await told(store, fireman) == [announcement]
    assert await told(store, other) == []
    assert await told(store) == []


async def test_who_left_is_a_stranger(store: Store) -> None:
    marie = await add(store, "Marie", line(1))
    await add(store, "Josef", line(2))
    await announce(store)
    await leave(store, marie)
    assert await told(store, marie) == []


async def test_the_report_knows_it_as_an_attempt_of_its_own(store: Store) -> None:
    await add(store, "Marie", line(1))
    await announce(store)
    await end(store, await start(store), Disposition.NO_ANSWER)
    await ring_back(store, line(1))
    async with store.reading() as session:
        rows = (await session.scalars(select(Attempt).order_by(Attempt.started_at))).all()
    assert [(row.trunk, row.disposition) for row in rows] == [
        ("o2", Disposition.NO_ANSWER),
        (RING_BACK, Disposition.ANSWERED),
    ]
