"""What gateways tell of texts: taken, delivered, refused; early, late, twice, never."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from announcements.outcome import Ending
from announcements.resend import ResendPolicy, TextPolicies
from announcements.texts import Acceptance, accept_texts, end_texts
from store.database import Store
from store.states import AnnouncementState, Channel, DeliveryState, Disposition
from store.work import Attempt, Delivery
from tests.people import NOW, RULES, add, announce, announcement, attempt, deliveries, prepare_town

MOBILE = "+420602123456"
ONE_TRY = replace(RULES, texts=TextPolicies(sms=ResendPolicy(tries=1)))


@pytest.fixture
async def town(store: Store) -> Store:
    """One announcement, one SMS delivery."""
    await prepare_town(store)
    await add(store, "Jan", MOBILE)
    await announce(store)
    async with store.writing() as session:
        await session.execute(update(Delivery).values(channel=Channel.SMS))
    return store


async def send(store: Store, name: str = "a", seconds: float = 0) -> str:
    """Stands for the claim of texts."""
    (delivery,) = await deliveries(store)
    row = {
        "id": name,
        "delivery_id": delivery.id,
        "address": MOBILE,
        "channel": Channel.SMS,
        "trunk": "kannel",
        "token_hash": "",
        "started_at": NOW + timedelta(seconds=seconds),
    }
    async with store.writing() as session:
        await session.execute(insert(Attempt), [row])
        await session.execute(update(Delivery).values(state=DeliveryState.SENDING))
    return name


async def accept(store: Store, name: str) -> None:
    async with store.writing() as session:
        await accept_texts(session, {name: Acceptance(NOW, f"message {name}")})


async def end(store: Store, name: str, disposition: Disposition, seconds: float = 10, rules: object = RULES) -> bool:
    assert isinstance(rules, type(RULES))
    async with store.writing() as session:
        ending = Ending(disposition, NOW + timedelta(seconds=seconds), cause=int(seconds))
        return name in await end_texts(session, {name: ending}, rules)


async def state(store: Store) -> DeliveryState:
    (delivery,) = await deliveries(store)
    return delivery.state


async def test_a_text_is_open_till_its_report_and_delivered_then(town: Store) -> None:
    await accept(town, await send(town))
    assert await state(town) is DeliveryState.SENDING
    assert await end(town, "a", Disposition.DELIVERED)
    row = await attempt(town, "a")
    assert (row.disposition, row.message_id, row.accepted_at) == ("delivered", "message a", NOW)
    assert await state(town) is DeliveryState.DELIVERED
    assert (await announcement(town, 1)).state is AnnouncementState.COMPLETED


async def test_a_report_that_comes_twice_or_before_the_acceptance_does_no_harm(town: Store) -> None:
    await send(town)
    assert await end(town, "a", Disposition.DELIVERED)
    await accept(town, "a")
    assert not await end(town, "a", Disposition.DELIVERED, 20)
    assert not await end(town, "a", Disposition.REJECTED, 30)
    row = await attempt(town, "a")
    assert (row.ended_at, row.message_id) == (NOW + timedelta(seconds=10), "message a")
    assert await state(town) is DeliveryState.DELIVERED


@pytest.mark.parametrize(
    ("disposition", "then", "due"),
    [
        (Disposition.SENT, DeliveryState.DELIVERED, 0),
        (Disposition.REJECTED, DeliveryState.FAILED, 0),
        (Disposition.INVALID_NUMBER, DeliveryState.FAILED, 0),
        (Disposition.CONGESTION, DeliveryState.QUEUED, 70),
        (Disposition.FAILED, DeliveryState.QUEUED, 310),
        (Disposition.UNKNOWN, DeliveryState.FAILED, 0),
        (Disposition.WITHDRAWN, DeliveryState.QUEUED, 0),
    ],
)
async def test_what_becomes_of_a_text(town: Store, disposition: Disposition, then: DeliveryState, due: int) -> None:
    await send(town)
    await end(town, "a", disposition)
    (delivery,) = await deliveries(town)
    assert (delivery.state, delivery.due_at, delivery.address) == (then, NOW + timedelta(seconds=due), MOBILE)


async def test_what_was_taken_is_not_sent_again_for_want_of_a_report(town: Store) -> None:
    await accept(town, await send(town))
    await end(town, "a", Disposition.UNKNOWN)
    assert await state(town) is DeliveryState.FAILED


async def test_a_withdrawn_text_burns_no_try(town: Store) -> None:
    await send(town)
    await end(town, "a", Disposition.WITHDRAWN, rules=ONE_TRY)
    await send(town, "b", 20)
    await end(town, "b", Disposition.FAILED, 30, ONE_TRY)
    assert await state(town) is DeliveryState.FAILED


async def test_a_late_report_puts_right_what_was_given_up(town: Store) -> None:
    await accept(town, await send(town))
    await end(town, "a", Disposition.UNKNOWN)
    assert await end(town, "a", Disposition.DELIVERED, 7200)
    row = await attempt(town, "a")
    assert (row.disposition, row.ended_at) == (Disposition.DELIVERED, NOW + timedelta(seconds=7200))
    (delivery,) = await deliveries(town)
    assert (delivery.state, delivery.ended_at) == (DeliveryState.DELIVERED, row.ended_at)


async def test_a_late_report_takes_a_text_out_of_the_queue(town: Store) -> None:
    await send(town)
    await end(town, "a", Disposition.UNKNOWN)
    assert await end(town, "a", Disposition.DELIVERED, 20)
    assert await state(town) is DeliveryState.DELIVERED
    assert (await announcement(town, 1)).state is AnnouncementState.COMPLETED


async def test_a_late_report_leaves_what_is_being_sent_again_to_its_own_end(town: Store) -> None:
    await send(town)
    await end(town, "a", Disposition.FAILED)
    await send(town, "b", 400)
    assert await end(town, "a", Disposition.DELIVERED, 410)
    assert await state(town) is DeliveryState.SENDING
    await end(town, "b", Disposition.FAILED, 420)
    assert await state(town) is DeliveryState.DELIVERED


async def test_a_message_that_bounces_was_not_delivered_after_all(town: Store) -> None:
    await send(town)
    await end(town, "a", Disposition.SENT)
    assert await end(town, "a", Disposition.REJECTED, 600)
    assert await state(town) is DeliveryState.FAILED


async def test_a_text_that_waits_for_its_report_keeps_no_call_off_the_phone(town: Store) -> None:
    await send(town, "a")
    (delivery,) = await deliveries(town)
    async with town.writing() as session:
        call = {"id": "b", "delivery_id": delivery.id, "address": MOBILE, "trunk": "o2", "token_hash": "x"}
        await session.execute(insert(Attempt), [call | {"started_at": NOW}])
