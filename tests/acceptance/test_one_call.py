"""One phone at a time on the real Asterisk pair: what the person does, and what the report then says."""

import pytest
from sqlalchemy import select

from store.people import Consent, ConsentAct
from store.states import DeliveryState, Disposition
from tests.acceptance.conftest import Scene
from tests.acceptance.phones import numbers

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("phone", ["listens", "silent"])
async def test_a_human_who_listens_has_heard_it(scene: Scene, phone: str) -> None:
    (number,) = numbers(phone)
    await scene.add("Marie Nováková", number)
    made, calls = await scene.run_and_compare(await scene.announce(), number)
    (delivery,) = made.deliveries
    assert delivery.state is DeliveryState.DELIVERED
    assert not delivery.confirmed
    assert len(calls) == len(delivery.attempts) == 1
    assert calls[0].recording is not None
    assert calls[0].recording.stat().st_size > 8000 * delivery.heard_seconds


async def test_key_1_repeats_and_key_2_confirms(scene: Scene) -> None:
    (number,) = numbers("repeats")
    await scene.add("Josef Dvořák", number)
    made, calls = await scene.run_and_compare(await scene.announce(), number)
    (delivery,) = made.deliveries
    assert (delivery.state, delivery.confirmed) == (DeliveryState.DELIVERED, True)
    assert calls[0].keys == "12"
    assert calls[0].answered_at is not None
    # Heard twice: the call lasted longer than two messages.
    assert (calls[0].ended_at - calls[0].answered_at).total_seconds() > 2 * delivery.heard_seconds


async def test_key_2_confirms(scene: Scene) -> None:
    (number,) = numbers("confirms")
    await scene.add("Anna Svobodová", number)
    made, calls = await scene.run_and_compare(await scene.announce(), number)
    assert made.totals.confirmed == 1
    assert calls[0].keys == "2"


async def test_key_9_twice_leaves_the_topic_and_the_next_announcement_does_not_ring(scene: Scene) -> None:
    (number,) = numbers("unsubscribes")
    subscriber = await scene.add("Jiří Procházka", number, topics=("voda", "energie"))
    made, calls = await scene.run_and_compare(await scene.announce(), number)
    assert made.deliveries[0].state is DeliveryState.DELIVERED
    assert calls[0].keys == "99"
    async with scene.store.reading() as session:
        withdrawn = (await session.scalars(select(Consent).where(Consent.act == ConsentAct.WITHDRAWN))).one()
    assert (withdrawn.subscriber_id, withdrawn.subject) == (subscriber, "voda")
    assert withdrawn.evidence == made.deliveries[0].attempts[0].id


async def test_key_9_once_is_a_slip_and_changes_nothing(scene: Scene) -> None:
    (number,) = numbers("slips")
    await scene.add("Eva Kučerová", number)
    made, _ = await scene.run_and_compare(await scene.announce(), number)
    assert made.deliveries[0].state is DeliveryState.DELIVERED
    async with scene.store.reading() as session:
        assert (await session.scalars(select(Consent).where(Consent.act == ConsentAct.WITHDRAWN))).first() is None


async def test_busy_then_answered(scene: Scene) -> None:
    (number,) = numbers("busy once")
    await scene.add("Karel Veselý", number)
    made, calls = await scene.run_and_compare(await scene.announce(), number)
    dispositions = [attempt.disposition for attempt in made.deliveries[0].attempts]
    assert dispositions == [Disposition.BUSY, Disposition.ANSWERED]
    assert made.deliveries[0].state is DeliveryState.DELIVERED
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("phone", "disposition", "cause", "tries"),
    [
        ("busy", Disposition.BUSY, 17, 2),
        ("no answer", Disposition.NO_ANSWER, 19, 2),
        ("congestion", Disposition.CONGESTION, 34, 2),
        ("unallocated", Disposition.INVALID_NUMBER, 1, 1),
    ],
)
async def test_nobody_reached_to_the_end_of_the_budget(
    scene: Scene, phone: str, disposition: Disposition, cause: int, tries: int
) -> None:
    (number,) = numbers(phone)
    await scene.add("Věra Horáková", number)
    made, _ = await scene.run_and_compare(await scene.announce(), number)
    attempts = made.deliveries[0].attempts
    assert [(attempt.disposition, attempt.cause) for attempt in attempts] == [(disposition, cause)] * tries
    assert made.deliveries[0].state is DeliveryState.FAILED
    assert made.totals.minutes == 0


async def test_a_machine_gets_the_whole_message_and_counts_apart(scene: Scene) -> None:
    (number,) = numbers("machine")
    await scene.add("Zdeněk Marek", number)
    made, calls = await scene.run_and_compare(await scene.announce(), number)
    (delivery,) = made.deliveries
    assert [attempt.disposition for attempt in delivery.attempts] == [Disposition.MACHINE]
    assert (made.totals.machine, made.totals.delivered, made.totals.failed) == (1, 0, 1)
    assert delivery.attempts[0].heard_seconds > 4
    assert len(calls) == 1


async def test_an_early_hang_up_has_not_heard_it_and_is_called_once_more(scene: Scene) -> None:
    (number,) = numbers("hangs up")
    await scene.add("Hana Pokorná", number)
    made, calls = await scene.run_and_compare(await scene.announce(), number)
    (delivery,) = made.deliveries
    assert [attempt.disposition for attempt in delivery.attempts] == [Disposition.ANSWERED] * 2
    assert delivery.state is DeliveryState.FAILED
    assert len(calls) == 2


async def test_two_people_on_one_line_are_rung_once(scene: Scene) -> None:
    (number,) = numbers("shared")
    await scene.add("Pavel Černý", number)
    await scene.add("Jana Černá", number)
    made, calls = await scene.run_and_compare(await scene.announce(), number)
    assert (made.totals.people, made.totals.lines, made.totals.confirmed) == (2, 1, 2)
    assert len(calls) == 1


async def test_the_second_phone_is_rung_when_the_first_is_not_answered(scene: Scene) -> None:
    first, second = numbers("second phone")
    await scene.add("Olga Benešová", first, second)
    made, calls = await scene.run_and_compare(await scene.announce(), first, second)
    assert [attempt.phone for attempt in made.deliveries[0].attempts] == [first, second]
    assert made.deliveries[0].state is DeliveryState.DELIVERED
    assert [call.number for call in calls] == [first, second]
