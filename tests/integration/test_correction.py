"""A correction reaches who heard the original, and takes its place for those who still wait."""

from datetime import timedelta
from typing import Any

import pytest

from announcements.correction import correction_rule
from announcements.launch import launch
from announcements.report import report
from store.database import Store
from store.errors import InputError, UnknownName
from store.states import AnnouncementState, DeliveryState, Disposition
from store.work import Announcement, Delivery
from tests.people import (
    NOW,
    add,
    announce,
    announcement,
    deliveries,
    end,
    leave,
    line,
    prepare_town,
    prepared,
    refuse,
    start,
)

LATER = timedelta(minutes=5)


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    for number in range(1, 7):
        await add(store, f"Person {number}", line(number))
    return store


async def correct(store: Store, original: int, **about: Any) -> int:
    async with store.reading() as session:
        rule = await correction_rule(session, original, **about)
    return await launch(store, await prepared(store, rule, text="Voda už teče."), NOW + LATER)


async def rows_of(store: Store, announcement_id: int) -> list[Delivery]:
    return [row for row in await deliveries(store) if row.announcement_id == announcement_id]


async def lines_of(store: Store, announcement_id: int) -> list[str]:
    return sorted(row.address for row in await rows_of(store, announcement_id))


async def give_up(store: Store) -> None:
    """One delivery that nobody lifted to the end."""
    await end(store, await start(store), Disposition.INVALID_NUMBER)


async def test_who_heard_it_a_machine_too_and_who_waits_get_it_and_nobody_else(town: Store) -> None:
    original = await announce(town)
    await end(town, await start(town), Disposition.ANSWERED, played_seconds=20)
    await end(town, await start(town), Disposition.MACHINE, played_seconds=20)
    await give_up(town)
    await end(town, await start(town), Disposition.BUSY)
    up = await start(town)
    await add(town, "Newcomer", line(7))
    correction = await correct(town, original)
    assert await lines_of(town, correction) == [line(number) for number in (1, 2, 4, 5, 6)]
    assert [row.state for row in await rows_of(town, original)] == [
        DeliveryState.DELIVERED,
        (await rows_of(town, original))[1].state,  # a machine's, as the policy counts it
        DeliveryState.FAILED,
        DeliveryState.CANCELLED,
        DeliveryState.SENDING,
        DeliveryState.CANCELLED,
    ]
    stopped = await announcement(town, original)
    assert (stopped.state, stopped.ended_at) == (AnnouncementState.STOPPED, NOW + LATER)
    await end(town, up, Disposition.BUSY)
    assert (await rows_of(town, original))[4].state is DeliveryState.CANCELLED


async def test_somebody_on_the_phone_hears_the_correction_after_the_call(town: Store) -> None:
    original = await announce(town)
    up = await start(town)
    correction = await correct(town, original)
    others = [await start(town, seconds=600) for _ in range(5)]
    assert up.address not in {call.address for call in others}
    await end(town, up, Disposition.ANSWERED, seconds=610, played_seconds=20)
    assert (await start(town, seconds=620)).address == up.address
    assert (await rows_of(town, original))[0].state is DeliveryState.DELIVERED
    assert {row.state for row in await rows_of(town, correction)} == {DeliveryState.SENDING}


async def test_who_heard_only_a_part_is_told_too(town: Store) -> None:
    original = await announce(town)
    await end(town, await start(town), Disposition.ANSWERED, played_seconds=3)
    await end(town, await start(town), Disposition.ANSWERED, played_seconds=0)
    async with town.writing() as session:
        (await session.get_one(Announcement, original)).state = AnnouncementState.STOPPED
        for row in await rows_of(town, original):
            (await session.get_one(Delivery, row.id)).state = DeliveryState.CANCELLED
    assert await lines_of(town, await correct(town, original)) == [line(1)]


async def test_it_is_about_the_same_topics_and_names_its_original(town: Store) -> None:
    original = await announce(town)
    correction = await announcement(town, await correct(town, original))
    assert correction.corrects_id == original
    assert correction.audience["topics"] == ["voda"]
    async with town.reading() as session:
        assert (await report(session, correction.id)).corrects == original
        assert (await report(session, original)).corrects is None


async def test_other_topics_may_be_given(town: Store) -> None:
    marie = await add(town, "Marie", line(9), topics=("voda", "povodne"))
    original = await announce(town)
    correction = await correct(town, original, topics=["povodne"])
    assert [[one.subscriber_id for one in row.recipients] for row in await rows_of(town, correction)] == [[marie]]
    with pytest.raises(UnknownName, match="povodně"):
        await correct(town, correction, topics=["povodněe"])


async def test_who_left_or_wants_no_more_of_the_topic_is_left_alone(town: Store) -> None:
    gone = await add(town, "Gone", line(8))
    refused = await add(town, "Refused", line(9))
    original = await announce(town)
    await leave(town, gone)
    await refuse(town, refused, "voda")
    assert await lines_of(town, await correct(town, original)) == [line(number) for number in range(1, 7)]


async def test_a_correction_of_a_correction_is_also_for_those_who_only_heard_the_first(town: Store) -> None:
    original = await announce(town)
    for _ in range(6):
        await end(town, await start(town), Disposition.ANSWERED, played_seconds=20)
    first = await correct(town, original)
    await end(town, await start(town, seconds=400), Disposition.INVALID_NUMBER, seconds=420)
    await end(town, await start(town, seconds=400), Disposition.ANSWERED, seconds=420, played_seconds=20)
    second = await correct(town, first)
    assert await lines_of(town, second) == [line(number) for number in range(1, 7)]
    assert (await announcement(town, first)).state is AnnouncementState.STOPPED


async def test_of_one_that_is_over_only_those_who_heard_it_are_left(town: Store) -> None:
    original = await announce(town)
    await end(town, await start(town), Disposition.ANSWERED, played_seconds=20)
    for _ in range(5):
        await give_up(town)
    assert (await announcement(town, original)).state is AnnouncementState.COMPLETED
    assert await lines_of(town, await correct(town, original)) == [line(1)]
    assert (await announcement(town, original)).state is AnnouncementState.COMPLETED


async def test_one_announcement_is_corrected_once(town: Store) -> None:
    original = await announce(town)
    async with town.reading() as session:
        rule = await correction_rule(session, original)
    late = await prepared(town, rule)
    correction = await correct(town, original)
    with pytest.raises(InputError, match=f"was corrected already by {correction}.*--corrects {correction}"):
        await correct(town, original)
    before = len(await deliveries(town))
    with pytest.raises(InputError, match="was corrected already"):
        await launch(town, late, NOW)
    assert len(await deliveries(town)) == before


async def test_an_unknown_one_cannot_be_corrected(town: Store) -> None:
    with pytest.raises(InputError, match="no announcement 4711"):
        await correct(town, 4711)
