"""Where a channel's hours end before a first call, or nobody wants to be rung in time, the next channel takes over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from announcements.closing import hand_over_closed, stays_closed
from announcements.control import pause
from announcements.plan import Mode, Plan
from announcements.text_claim import Way
from announcements.ways import SmsWay, Ways
from announcements.windows import ANY_HOUR, Calendar, WindowSettings
from store.database import Store
from store.people import Subscriber
from store.states import AnnouncementState, Channel, Priority
from store.work import Announcement, Delivery, Recipient
from tests.people import TERMS, ZONE, add, announce, announcement, claim_one, line, prepare_town

VOICE, SMS, EMAIL = Channel.VOICE, Channel.SMS, Channel.EMAIL
WAYS = Ways(voice=("+420",), sms=SmsWay(("+420",), parts_of=lambda _: 1, most_parts=3), email=True)
PLAN = Plan(mode=Mode.ESCALATE, unheard_attempts=2)
# Normal calls: 8 to 20 o'clock; texts at any hour.
DAYTIME, ALWAYS = (Calendar(hours, ZONE, frozenset()) for hours in (WindowSettings(), ANY_HOUR))
OUT = {VOICE: [Way("voice", DAYTIME)], SMS: [Way("kannel", ALWAYS, ("+420",))], EMAIL: [Way("email", ALWAYS)]}
EVENING = datetime(2026, 11, 24, 21, 0, tzinfo=ZONE).astimezone(UTC)
MORNING = EVENING + timedelta(hours=11)
MIDNIGHT = EVENING + timedelta(hours=3)
MOBILE = "+420602120001"


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    return store


async def escalate(store: Store, **draft: Any) -> int:
    return await announce(store, ways=WAYS, **{"plan": PLAN, "not_after": MIDNIGHT, **draft})


async def channels(store: Store) -> dict[str, list[tuple[str, str]]]:
    """Name → channel and state of what was done for them."""
    query = (
        select(Subscriber.name, Delivery.channel, Delivery.state)
        .join(Recipient, Recipient.subscriber_id == Subscriber.id)
        .join(Delivery, Delivery.id == Recipient.delivery_id)
        .order_by(Delivery.id)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    async with store.reading() as session:
        for name, channel, state in await session.execute(query):
            found.setdefault(name, []).append((channel.value, state.value))
    return found


async def test_calls_whose_hours_are_over_hand_over_before_the_first_of_them(town: Store) -> None:
    await add(town, "Jan", line(1), MOBILE, channels=(VOICE, SMS))
    await add(town, "Eva", line(2), email="eva@example.cz", channels=(VOICE, EMAIL))
    await add(town, "Ota", line(3), channels=(VOICE,))
    launched = await escalate(town)
    for _ in range(2):
        await hand_over_closed(town, OUT, WAYS, EVENING)
        assert await channels(town) == {
            "Jan": [("voice", "expired"), ("sms", "queued")],
            "Eva": [("voice", "expired"), ("email", "queued")],
            "Ota": [("voice", "expired")],
        }
    assert (await announcement(town, launched)).state is AnnouncementState.RUNNING


async def test_where_nobody_has_another_channel_it_is_over(town: Store) -> None:
    await add(town, "Ota", line(3), channels=(VOICE,))
    launched = await escalate(town)
    await hand_over_closed(town, OUT, WAYS, EVENING)
    assert (await announcement(town, launched)).state is AnnouncementState.COMPLETED


@pytest.mark.parametrize(
    "waits",
    [
        {"not_after": None},
        {"not_after": MORNING + timedelta(hours=1)},
        {"priority": Priority.CRISIS},
        {"not_before": EVENING + timedelta(hours=1)},
        {"plan": Plan(mode=Mode.PREFERRED)},
    ],
)
async def test_calls_that_may_still_go_wait(town: Store, waits: dict[str, Any]) -> None:
    await add(town, "Jan", line(1), MOBILE, channels=(VOICE, SMS))
    await escalate(town, **waits)
    await hand_over_closed(town, OUT, WAYS, EVENING)
    assert await channels(town) == {"Jan": [("voice", "queued")]}


async def test_a_paused_announcement_waits(town: Store) -> None:
    await add(town, "Jan", line(1), MOBILE, channels=(VOICE, SMS))
    launched = await escalate(town)
    async with town.writing() as session:
        await pause(session, launched)
    await hand_over_closed(town, OUT, WAYS, EVENING)
    assert await channels(town) == {"Jan": [("voice", "queued")]}


async def test_who_is_not_to_be_rung_in_time_gets_the_text_that_may_come_later_in_the_evening(town: Store) -> None:
    """Her quiet hours outlast the calls' hours, not the announcement."""
    now = datetime(2026, 11, 24, 18, 0, tzinfo=ZONE).astimezone(UTC)
    await add(town, "Eva", line(2), MOBILE, channels=(VOICE, SMS), quiet="17:00-20:30")
    await escalate(town)
    assert await claim_one(town, now, terms=replace(TERMS, calendar=DAYTIME)) is None
    assert await channels(town) == {"Eva": [("voice", "queued")]}
    await hand_over_closed(town, OUT, WAYS, now)
    assert await channels(town) == {"Eva": [("voice", "expired"), ("sms", "queued")]}


async def test_an_address_that_no_open_carrier_serves_waits_in_vain(town: Store) -> None:
    """Another carrier of SMS is open, but not to this number."""
    for name, mobile in (("Jan", "+420602120001"), ("Eva", "+420777120002")):
        await add(town, name, mobile, email=f"{name.lower()}@example.cz", channels=(SMS, EMAIL))
    await escalate(town, plan=Plan(mode=Mode.ESCALATE, channels=(SMS, EMAIL)))
    out = {SMS: [Way("kannel", DAYTIME, ("+420",)), Way("modem", ALWAYS, ("+420777",))], EMAIL: [Way("email", ALWAYS)]}
    await hand_over_closed(town, out, WAYS, EVENING)
    assert await channels(town) == {"Jan": [("sms", "expired"), ("email", "queued")], "Eva": [("sms", "queued")]}


async def test_many_go_over_in_several_turns(town: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("announcements.closing.MOST", 2)
    for number in range(5):
        await add(town, f"Jan {number}", line(number + 1), f"+42060212{number:04}", channels=(VOICE, SMS))
    await escalate(town)
    for _ in range(3):
        await hand_over_closed(town, OUT, WAYS, EVENING)
    assert {tuple(done) for done in (await channels(town)).values()} == {(("voice", "expired"), ("sms", "queued"))}


def test_a_channel_is_closed_only_if_none_of_its_ways_opens_in_time() -> None:
    waiting = Announcement(priority=Priority.NORMAL, not_after=MIDNIGHT)
    assert stays_closed(waiting, [DAYTIME], EVENING)
    assert not stays_closed(waiting, [DAYTIME, ALWAYS], EVENING)
    assert not stays_closed(waiting, [], EVENING)
    assert not stays_closed(waiting, [DAYTIME], EVENING - timedelta(hours=2))
    assert stays_closed(waiting, [DAYTIME], EVENING - timedelta(minutes=59))
    assert not stays_closed(Announcement(priority=Priority.NORMAL, not_after=None), [DAYTIME], EVENING)
