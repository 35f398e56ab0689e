"""To escalate: the next channel for who was not reached, nothing more for who was; once, whatever comes twice."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from announcements.control import pause, stop
from announcements.escalation import Person, hands_over, next_channel
from announcements.hearing import Hearing, record_hearings
from announcements.outcome import Ending, end_attempts
from announcements.plan import Mode, Plan
from announcements.resend import ResendPolicy, TextPolicies
from announcements.retry import Again, Finished, RetryPolicy
from announcements.texts import Acceptance, accept_texts, end_texts
from announcements.ways import SmsWay, Ways
from store.database import Store
from store.people import Subscriber
from store.states import AnnouncementState, Channel, DeliveryState, Disposition
from store.work import Announcement, Attempt, Delivery, Recipient
from tests.people import NOW, RULES, add, announce, announcement, claim_one, deliveries, end, line, prepare_town, start

VOICE, SMS, EMAIL = Channel.VOICE, Channel.SMS, Channel.EMAIL
WAYS = Ways(voice=("+420",), sms=SmsWay(("+420",), parts_of=lambda _: 1, most_parts=3), email=True)
ESCALATE = replace(RULES, ways=WAYS, texts=TextPolicies(sms=ResendPolicy(tries=1), email=ResendPolicy(tries=1)))
EACH_WAY = (VOICE, SMS, EMAIL)
PLAN = Plan(mode=Mode.ESCALATE, unheard_attempts=2)
HOUR = 3600.0


def mobile(number: int) -> str:
    return f"+42060212{number:04}"


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    return store


async def escalate(store: Store, **draft: Any) -> int:
    return await announce(store, ways=WAYS, plan=PLAN, **draft)


async def miss(store: Store, hours: int, disposition: Disposition = Disposition.BUSY) -> None:
    """The next due call, ``hours`` after the launch, reaches nobody."""
    claimed = await start(store, seconds=hours * HOUR)
    await end(store, claimed, disposition, seconds=hours * HOUR + 30, rules=ESCALATE)


async def send(store: Store, channel: Channel, name: str) -> None:
    """The claim of a text, as the text channels do it."""
    async with store.writing() as session:
        delivery = (
            await session.scalars(
                select(Delivery).where(Delivery.channel == channel, Delivery.state == DeliveryState.QUEUED)
            )
        ).one()
        row = {
            "id": name,
            "delivery_id": delivery.id,
            "address": delivery.address,
            "channel": channel,
            "trunk": "kannel",
        }
        await session.execute(insert(Attempt), [row | {"token_hash": "", "started_at": NOW + timedelta(hours=5)}])
        await session.execute(update(Delivery).where(Delivery.id == delivery.id).values(state=DeliveryState.SENDING))
        await accept_texts(session, {name: Acceptance(NOW + timedelta(hours=5), name)})


async def report(store: Store, name: str, disposition: Disposition, hours: float = 5.1) -> None:
    async with store.writing() as session:
        await end_texts(session, {name: Ending(disposition, NOW + timedelta(hours=hours))}, ESCALATE)


async def channels(store: Store) -> dict[str, list[tuple[str, str]]]:
    """Name → what was done for them: channel and state."""
    async with store.reading() as session:
        rows = await session.execute(
            select(Subscriber.name, Delivery.channel, Delivery.state)
            .join(Recipient, Recipient.subscriber_id == Subscriber.id)
            .join(Delivery, Delivery.id == Recipient.delivery_id)
            .order_by(Subscriber.id, Delivery.id)
        )
        found: dict[str, list[tuple[str, str]]] = {}
        for name, channel, state in rows:
            found.setdefault(name, []).append((channel.value, state.value))
        return found


async def test_who_heard_it_by_phone_gets_no_text(town: Store) -> None:
    await add(town, "Jan", line(1), mobile(1), email="jan@example.cz", channels=EACH_WAY)
    launched = await escalate(town)
    claimed = await start(town)
    async with town.writing() as session:
        await record_hearings(session, {claimed.attempt_id: Hearing(NOW, 20.0)}, NOW)
    await end(town, claimed, Disposition.ANSWERED, rules=ESCALATE)
    assert await channels(town) == {"Jan": [("voice", "delivered")]}
    assert (await announcement(town, launched)).state is AnnouncementState.COMPLETED


async def test_after_so_many_unheard_calls_the_sms_takes_over_and_then_the_e_mail(town: Store) -> None:
    await add(town, "Jan", line(1), mobile(1), email="Jan@example.cz", channels=EACH_WAY)
    launched = await escalate(town)
    await miss(town, 0)
    assert await channels(town) == {"Jan": [("voice", "queued")]}
    await miss(town, 1)
    assert await channels(town) == {"Jan": [("voice", "failed"), ("sms", "queued")]}
    sms = (await deliveries(town))[-1]
    assert (sms.address, sms.due_at) == (mobile(1), NOW + timedelta(seconds=HOUR + 30))
    assert await claim_one(town, NOW + timedelta(hours=9)) is None
    await send(town, SMS, "a")
    await report(town, "a", Disposition.REJECTED)
    assert await channels(town) == {"Jan": [("voice", "failed"), ("sms", "failed"), ("email", "queued")]}
    await send(town, EMAIL, "b")
    await report(town, "b", Disposition.SENT)
    assert (await announcement(town, launched)).state is AnnouncementState.COMPLETED
    assert (await deliveries(town))[-1].address == "jan@example.cz"


async def test_an_sms_that_arrived_ends_it(town: Store) -> None:
    await add(town, "Jan", mobile(1), email="jan@example.cz", channels=EACH_WAY)
    await escalate(town)
    await miss(town, 0)
    await miss(town, 1)
    await send(town, SMS, "a")
    await report(town, "a", Disposition.DELIVERED)
    assert await channels(town) == {"Jan": [("voice", "failed"), ("sms", "delivered")]}


async def test_a_number_that_does_not_exist_hands_over_at_once(town: Store) -> None:
    await add(town, "Jan", mobile(1), channels=EACH_WAY[:2])
    await escalate(town)
    await miss(town, 0, Disposition.INVALID_NUMBER)
    assert await channels(town) == {"Jan": [("voice", "failed"), ("sms", "queued")]}


async def test_on_a_shared_line_each_gets_an_sms_of_their_own(town: Store) -> None:
    await add(town, "Marie", line(1), mobile(1), channels=(VOICE, SMS))
    await add(town, "Josef", line(1), mobile(2), channels=(VOICE, SMS))
    await escalate(town)
    await miss(town, 0)
    await miss(town, 1)
    assert await channels(town) == {
        "Marie": [("voice", "failed"), ("sms", "queued")],
        "Josef": [("voice", "failed"), ("sms", "queued")],
    }
    assert [row.address for row in await deliveries(town)] == [line(1), mobile(1), mobile(2)]


async def test_who_shares_a_mobile_shares_the_sms(town: Store) -> None:
    await add(town, "Marie", line(1), mobile(1), channels=(VOICE, SMS))
    await add(town, "Josef", line(2), mobile(1), channels=(VOICE, SMS))
    await escalate(town)
    for hours in (0, 0, 1, 1):
        await miss(town, hours)
    assert [len(row.recipients) for row in await deliveries(town) if row.channel is SMS] == [2]


async def test_somebody_without_another_channel_is_called_as_often_as_ever(town: Store) -> None:
    """Marie has her SMS; the line goes on ringing for Josef, and what he hears then spares her nothing."""
    await add(town, "Marie", line(1), mobile(1), email="marie@example.cz", channels=EACH_WAY)
    await add(town, "Josef", line(1), channels=(VOICE,))
    await escalate(town)
    for hours in range(3):
        await miss(town, hours)
    assert await channels(town) == {
        "Marie": [("voice", "queued"), ("sms", "queued")],
        "Josef": [("voice", "queued")],
    }
    await miss(town, 3)
    assert await channels(town) == {
        "Marie": [("voice", "failed"), ("sms", "queued")],
        "Josef": [("voice", "failed")],
    }


async def test_a_call_that_is_heard_after_all_stops_the_sms_that_still_waits(town: Store) -> None:
    await add(town, "Marie", line(1), mobile(1), channels=(VOICE, SMS))
    await add(town, "Josef", line(1), channels=(VOICE,))
    launched = await escalate(town)
    await miss(town, 0)
    await miss(town, 1)
    last = await start(town, seconds=2 * HOUR)
    await end(town, last, Disposition.ANSWERED, seconds=2 * HOUR + 30, rules=ESCALATE, played_seconds=20)
    assert await channels(town) == {
        "Marie": [("voice", "delivered"), ("sms", "cancelled")],
        "Josef": [("voice", "delivered")],
    }
    assert (await announcement(town, launched)).state is AnnouncementState.COMPLETED


async def test_an_address_that_failed_for_somebody_else_is_passed_over(town: Store) -> None:
    await add(town, "Marie", line(1), mobile(1), channels=(VOICE, SMS))
    await add(town, "Josef", mobile(1), email="josef@example.cz", channels=EACH_WAY)
    await escalate(town)
    await miss(town, 0, Disposition.INVALID_NUMBER)
    await send(town, SMS, "a")
    await report(town, "a", Disposition.REJECTED)
    await miss(town, 6, Disposition.INVALID_NUMBER)
    assert await channels(town) == {
        "Marie": [("voice", "failed"), ("sms", "failed")],
        "Josef": [("voice", "failed"), ("sms", "failed"), ("email", "queued")],
    }


async def test_an_ending_that_comes_twice_escalates_once(town: Store) -> None:
    await add(town, "Jan", mobile(1), channels=(VOICE, SMS))
    await escalate(town)
    claimed = await start(town)
    for _ in range(2):
        await end(town, claimed, Disposition.INVALID_NUMBER, rules=ESCALATE)
    assert await channels(town) == {"Jan": [("voice", "failed"), ("sms", "queued")]}


async def test_a_late_report_stops_the_e_mail(town: Store) -> None:
    await add(town, "Jan", mobile(1), email="jan@example.cz", channels=EACH_WAY)
    launched = await escalate(town)
    await miss(town, 0, Disposition.INVALID_NUMBER)
    await send(town, SMS, "a")
    await report(town, "a", Disposition.UNKNOWN)
    assert (await channels(town))["Jan"][-1] == ("email", "queued")
    await report(town, "a", Disposition.DELIVERED, hours=6)
    assert await channels(town) == {"Jan": [("voice", "failed"), ("sms", "delivered"), ("email", "cancelled")]}
    assert (await announcement(town, launched)).state is AnnouncementState.COMPLETED


async def test_a_text_that_bounces_late_goes_on_to_the_next_channel(town: Store) -> None:
    await add(town, "Jan", mobile(1), email="jan@example.cz", channels=EACH_WAY)
    await add(town, "Other", mobile(7), channels=(VOICE,))
    await escalate(town)
    await miss(town, 0, Disposition.INVALID_NUMBER)
    await send(town, SMS, "a")
    await report(town, "a", Disposition.SENT)
    assert await channels(town) == {"Jan": [("voice", "failed"), ("sms", "delivered")], "Other": [("voice", "queued")]}
    await report(town, "a", Disposition.REJECTED, hours=6)
    assert (await channels(town))["Jan"] == [("voice", "failed"), ("sms", "failed"), ("email", "queued")]


async def _completed_by_a_text(town: Store, **draft: Any) -> int:
    await add(town, "Jan", mobile(1), email="jan@example.cz", channels=EACH_WAY)
    launched = await escalate(town, **draft)
    await miss(town, 0, Disposition.INVALID_NUMBER)
    await send(town, SMS, "a")
    await report(town, "a", Disposition.SENT)
    assert (await announcement(town, launched)).state is AnnouncementState.COMPLETED
    return launched


@pytest.mark.parametrize("end", [None, 24 * 5])
async def test_what_comes_back_when_all_was_complete_opens_it_again_for_the_next_channel(
    town: Store, end: int | None
) -> None:
    launched = await _completed_by_a_text(town, not_after=end and NOW + timedelta(hours=end))
    hours = 6 if end is None else 24 * 4
    await report(town, "a", Disposition.REJECTED, hours=hours)
    assert (await channels(town))["Jan"] == [("voice", "failed"), ("sms", "failed"), ("email", "queued")]
    reopened = await announcement(town, launched)
    assert (reopened.state, reopened.ended_at) == (AnnouncementState.RUNNING, None)
    await send(town, EMAIL, "b")
    await report(town, "b", Disposition.SENT, hours=hours + 1)
    assert (await announcement(town, launched)).state is AnnouncementState.COMPLETED
    await report(town, "b", Disposition.REJECTED, hours=hours + 2)
    again = await announcement(town, launched)
    assert again.state is AnnouncementState.COMPLETED
    assert again.ended_at == NOW + timedelta(hours=hours + 1)


@pytest.mark.parametrize(("end", "hours"), [(None, 30), (8, 9)])
async def test_what_comes_back_too_late_has_only_failed(town: Store, end: int | None, hours: int) -> None:
    launched = await _completed_by_a_text(town, not_after=end and NOW + timedelta(hours=end))
    await report(town, "a", Disposition.REJECTED, hours=hours)
    assert (await channels(town))["Jan"] == [("voice", "failed"), ("sms", "failed")]
    assert (await announcement(town, launched)).state is AnnouncementState.COMPLETED


async def test_what_was_corrected_meanwhile_is_not_told_any_more(town: Store) -> None:
    launched = await _completed_by_a_text(town)
    second = await escalate(town)
    async with town.writing() as session:
        await session.execute(update(Announcement).where(Announcement.id == second).values(corrects_id=launched))
    await report(town, "a", Disposition.REJECTED, hours=6)
    assert [row.state for row in await deliveries(town) if row.announcement_id == launched] == [
        DeliveryState.FAILED,
        DeliveryState.FAILED,
    ]


async def test_one_that_was_stopped_goes_nowhere_and_a_paused_one_waits(town: Store) -> None:
    await add(town, "Jan", mobile(1), channels=(VOICE, SMS))
    launched = await escalate(town)
    claimed = await start(town)
    async with town.writing() as session:
        await pause(session, launched)
    await end(town, claimed, Disposition.INVALID_NUMBER, rules=ESCALATE)
    assert (await channels(town))["Jan"][-1] == ("sms", "queued")
    second = await escalate(town)
    up = await start(town, seconds=60)
    async with town.writing() as session:
        await stop(session, second, NOW)
    await end(town, up, Disposition.INVALID_NUMBER, rules=ESCALATE, seconds=90)
    assert [row.channel for row in await deliveries(town) if row.announcement_id == second] == [VOICE]


async def test_an_unsubscribed_person_gets_no_next_channel(town: Store) -> None:
    await add(town, "Jan", mobile(1), channels=(VOICE, SMS))
    await escalate(town)
    claimed = await start(town)
    async with town.writing() as session:
        await session.execute(update(Subscriber).values(left_at=NOW))
    await end(town, claimed, Disposition.INVALID_NUMBER, rules=ESCALATE)
    assert await channels(town) == {"Jan": [("voice", "failed")]}


async def test_where_the_next_call_would_come_too_late_a_text_may_be_in_time(town: Store) -> None:
    await add(town, "Jan", mobile(1), channels=(VOICE, SMS))
    await escalate(town, not_after=NOW + timedelta(minutes=10))
    claimed = await start(town)
    patient = replace(ESCALATE, retries=RetryPolicy(busy_seconds=HOUR))
    await end(town, claimed, Disposition.BUSY, rules=patient)
    assert await channels(town) == {"Jan": [("voice", "expired"), ("sms", "queued")]}


async def test_many_endings_at_once_go_on_together(town: Store) -> None:
    for number in range(1, 6):
        await add(town, f"P{number}", mobile(number), channels=(VOICE, SMS))
    await escalate(town)
    claimed = [await start(town) for _ in range(5)]
    ending = Ending(Disposition.INVALID_NUMBER, NOW)
    async with town.writing() as session:
        await end_attempts(session, {one.attempt_id: ending for one in claimed}, ESCALATE)
    assert sorted(row.address for row in await deliveries(town) if row.channel is SMS) == [
        mobile(n) for n in range(1, 6)
    ]


AGAIN = Again(NOW, line(1))
FAILED, EXPIRED = Finished(DeliveryState.FAILED), Finished(DeliveryState.EXPIRED)
HEARD = Finished(DeliveryState.DELIVERED)


@pytest.mark.parametrize(
    ("channel", "decision", "tries", "takes_over"),
    [
        (VOICE, AGAIN, 1, False),
        (VOICE, AGAIN, 2, True),
        (VOICE, FAILED, 1, True),
        (VOICE, EXPIRED, 1, True),
        (VOICE, HEARD, 2, False),
        (SMS, AGAIN, 2, False),
        (SMS, FAILED, 1, True),
    ],
)
def test_when_the_next_channel_takes_over(
    channel: Channel, decision: Again | Finished, tries: int, takes_over: bool
) -> None:
    assert hands_over(PLAN, channel, decision, tries, None, NOW) is takes_over
    assert hands_over(PLAN, channel, decision, tries, NOW + timedelta(minutes=1), NOW) is takes_over
    assert not hands_over(PLAN, channel, decision, tries, NOW, NOW)
    assert not hands_over(Plan(), channel, decision, tries, None, NOW)


def test_no_channel_is_taken_twice() -> None:
    addresses = {VOICE: line(1), EMAIL: "jan@example.cz"}
    assert next_channel(PLAN, Person(addresses)) is VOICE
    assert next_channel(PLAN, Person(addresses, frozenset({VOICE}))) is EMAIL
    assert next_channel(PLAN, Person(addresses, frozenset({VOICE, EMAIL}))) is None
    assert next_channel(PLAN, Person(addresses, frozenset({VOICE}), served=True)) is None
