"""By which channels an announcement reaches people: each one's first, all of them, one after another."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from announcements.correction import correction_rule
from announcements.launch import launch
from announcements.plan import Mode, Plan
from announcements.reach import ChannelReach, count_reach, reached
from announcements.ways import SmsWay, Ways
from store.database import Store
from store.errors import InputError
from store.people import Subscriber, SubscriberPackageChannel
from store.states import Channel, DeliveryState
from store.work import Delivery
from tests.people import NOW, add, announce, announcement, deliveries, leave, line, prepare_town, prepared, rule

VOICE, SMS, EMAIL = Channel.VOICE, Channel.SMS, Channel.EMAIL
ALL_WAYS = Ways(
    voice=("+420",), sms=SmsWay(("+420",), parts_of=lambda text: len(text) // 160 + 1, most_parts=3), email=True
)


def mobile(number: int) -> str:
    return f"+42060212{number:04}"


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    await add(store, "Caller", line(1), mobile(1), email="Caller@example.cz", channels=(VOICE, SMS, EMAIL))
    await add(store, "Texter", mobile(2), email="texter@example.cz", channels=(SMS, EMAIL, VOICE))
    await add(store, "Mailer", line(3), email="mailer@example.cz", channels=(EMAIL, VOICE))
    await add(store, "Fixed", line(4), channels=(VOICE,))
    return store


async def told(store: Store, plan: Plan, ways: Ways = ALL_WAYS, topic: str = "voda") -> set[tuple[str, str, str]]:
    async with store.reading() as session:
        found = reached(await rule(store, topic), plan, ways, NOW).subquery()
        query = select(Subscriber.name, found.c.channel, found.c.address).join(
            found, found.c.subscriber_id == Subscriber.id
        )
        return {(row.name, row.channel.value, row.address) for row in await session.execute(query)}


async def own_list(store: Store, name: str, package: int, *channels: Channel) -> None:
    async with store.writing() as session:
        subscriber_id = await session.scalar(select(Subscriber.id).where(Subscriber.name == name))
        rows = [
            {"subscriber_id": subscriber_id, "package": package, "channel": channel, "position": place}
            for place, channel in enumerate(channels)
        ]
        await session.execute(insert(SubscriberPackageChannel), rows)


async def test_preferred_is_the_first_channel_of_each(town: Store) -> None:
    assert await told(town, Plan()) == {
        ("Caller", "voice", line(1)),
        ("Texter", "sms", mobile(2)),
        ("Mailer", "email", "mailer@example.cz"),
        ("Fixed", "voice", line(4)),
    }


async def test_a_channel_that_the_town_has_not_is_passed_over(town: Store) -> None:
    assert await told(town, Plan(), Ways(voice=("+420",))) == {
        ("Caller", "voice", line(1)),
        ("Texter", "voice", mobile(2)),
        ("Mailer", "voice", line(3)),
        ("Fixed", "voice", line(4)),
    }
    assert await told(town, Plan(), Ways()) == set()
    assert await told(town, Plan(channels=(SMS,)), Ways(voice=("+420",))) == set()


async def test_all_is_every_channel_of_each(town: Store) -> None:
    assert await told(town, Plan(mode=Mode.ALL)) == {
        ("Caller", "voice", line(1)),
        ("Caller", "sms", mobile(1)),
        ("Caller", "email", "caller@example.cz"),
        ("Texter", "voice", mobile(2)),
        ("Texter", "sms", mobile(2)),
        ("Texter", "email", "texter@example.cz"),
        ("Mailer", "voice", line(3)),
        ("Mailer", "email", "mailer@example.cz"),
        ("Fixed", "voice", line(4)),
    }


async def test_to_escalate_begins_with_the_first_channel_of_the_plan_that_a_person_has(town: Store) -> None:
    assert {who[:2] for who in await told(town, Plan(mode=Mode.ESCALATE))} == {
        ("Caller", "voice"), ("Texter", "voice"), ("Mailer", "voice"), ("Fixed", "voice"),
    }  # fmt: skip
    assert {who[:2] for who in await told(town, Plan(mode=Mode.ESCALATE, channels=(EMAIL, SMS)))} == {
        ("Caller", "email"), ("Texter", "email"), ("Mailer", "email"),
    }  # fmt: skip


async def test_a_plan_that_overrides_wishes_takes_what_leads_to_people(store: Store) -> None:
    await prepare_town(store)
    await add(store, "Mailer", mobile(3), email="mailer@example.cz", channels=(EMAIL,))
    assert {who[:2] for who in await told(store, Plan(overrides=True))} == {("Mailer", "voice")}
    assert {who[1] for who in await told(store, Plan(mode=Mode.ALL, overrides=True))} == {"voice", "sms", "email"}


async def test_a_package_may_have_channels_of_its_own(store: Store) -> None:
    await prepare_town(store)
    await add(store, "Jan", mobile(1), email="jan@example.cz", packages=("2", "4"), channels=(VOICE, SMS))
    await own_list(store, "Jan", 2, EMAIL, SMS)
    assert {who[1] for who in await told(store, Plan())} == {"email"}
    assert {who[1] for who in await told(store, Plan(mode=Mode.ALL))} == {"email", "sms"}
    assert {who[1] for who in await told(store, Plan(), topic="kultura")} == {"voice"}


async def test_a_loudspeaker_gets_no_sms_and_a_foreign_mobile_neither(store: Store) -> None:
    await prepare_town(store)
    await add(store, "Rozhlas", mobile(1), code="123#", channels=(VOICE,))
    await add(store, "Slovak", "+421902123456", channels=(SMS,))
    assert {who[:2] for who in await told(store, Plan(mode=Mode.ALL, overrides=True))} == {("Rozhlas", "voice")}


async def test_launch_writes_one_delivery_an_address_with_all_its_people(store: Store) -> None:
    await prepare_town(store)
    marie = await add(store, "Marie", mobile(1), channels=(SMS,))
    josef = await add(store, "Josef", mobile(1), channels=(SMS,))
    anna = await add(store, "Anna", line(1), email="Anna@example.cz", channels=(EMAIL,))
    launched = await announce(store, ways=ALL_WAYS, sms_text="Voda.", title="Odstávka")
    assert [
        (row.channel, row.address, [one.subscriber_id for one in row.recipients]) for row in await deliveries(store)
    ] == [
        (EMAIL, "anna@example.cz", [anna]),
        (SMS, mobile(1), [marie, josef]),
    ]
    row = await announcement(store, launched)
    assert (row.sms_text, row.email_subject, row.email_text) == ("Voda.", "Odstávka", "Voda neteče.")
    assert Plan.model_validate(row.plan) == Plan()


async def test_what_goes_nowhere_by_text_has_no_wording(town: Store) -> None:
    row = await announcement(town, await announce(town, ways=ALL_WAYS, plan=Plan(channels=(VOICE,))))
    assert (row.sms_text, row.email_subject, row.email_text) == (None, None, None)


async def test_the_reach_is_counted_by_channel(town: Store) -> None:
    await add(town, "Sharer", line(1), channels=(VOICE,))
    async with town.reading() as session:
        some = await count_reach(session, await rule(town, "voda"), Plan(), ALL_WAYS, NOW)
        all_of_it = await count_reach(session, await rule(town, "voda"), Plan(mode=Mode.ALL), ALL_WAYS, NOW)
        texts = await count_reach(session, await rule(town, "voda"), Plan(channels=(SMS,)), ALL_WAYS, NOW)
    assert (some.people, some.lines, some.without_line) == (5, 2, 0)
    assert some.channels == (ChannelReach(VOICE, 3, 2), ChannelReach(SMS, 1, 1), ChannelReach(EMAIL, 1, 1))
    assert (all_of_it.people, all_of_it.lines) == (5, 4)
    assert (texts.people, texts.lines, texts.without_line) == (2, 0, 3)


@pytest.mark.parametrize(
    ("draft", "message"),
    [
        ({"text": "slovo " * 100}, r"what is spoken would take 4 SMS parts, over texting.most_parts = 3 — add a short"),
        ({"sms_text": "x" * 480}, "the SMS text would take 4 SMS parts"),
        ({"text": None, "audio": Path("a.wav")}, "recording says nothing by SMS"),
        ({"text": None, "audio": Path("a.wav"), "sms_text": "Voda."}, "recording says nothing by e-mail"),
    ],
)
async def test_what_cannot_be_said_on_a_channel_is_refused(town: Store, draft: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        await prepared(town, ways=ALL_WAYS, **draft)


async def test_a_correction_goes_where_the_original_was_had(town: Store) -> None:
    """Fixed waits still, so the plan decides for them; the others get it where they had it."""
    original = await announce(town, ways=ALL_WAYS)
    rows = {row.recipients[0].subscriber_id: row.id for row in await deliveries(town)}
    async with town.writing() as session:
        for row_id in list(rows.values())[:-1]:
            (await session.get_one(Delivery, row_id)).state = DeliveryState.DELIVERED
    async with town.reading() as session:
        corrects = await correction_rule(session, original)
    plan = Plan(mode=Mode.ALL)
    async with town.reading() as session:
        found = await session.execute(reached(corrects, plan, ALL_WAYS, NOW))
        assert len({row.subscriber_id for row in found}) == 4
    correction = await launch(town, await prepared(town, corrects, ways=ALL_WAYS, plan=plan), NOW)
    second = [row for row in await deliveries(town) if row.announcement_id == correction]
    first = [row for row in await deliveries(town) if row.announcement_id == original]
    had = {(row.channel, row.address) for row in first if row.state is DeliveryState.DELIVERED}
    assert had <= {(row.channel, row.address) for row in second}
    waiting = {row.recipients[0].subscriber_id for row in first if row.state is DeliveryState.CANCELLED}
    assert len(waiting) == 1
    by_plan = [row for row in second if row.recipients[0].subscriber_id in waiting]
    assert len(second) == 3 + len(by_plan)


async def test_who_lost_the_address_that_it_came_to_gets_the_correction_by_the_plan(town: Store) -> None:
    original = await announce(town, ways=ALL_WAYS)
    async with town.writing() as session:
        for row in await deliveries(town):
            (await session.get_one(Delivery, row.id)).state = DeliveryState.DELIVERED
    async with town.reading() as session:
        corrects = await correction_rule(session, original)
    only_voice = Ways(voice=("+420",))
    async with town.reading() as session:
        found = (await session.execute(reached(corrects, Plan(), only_voice, NOW))).all()
    assert sorted(row.address for row in found) == [line(1), line(3), line(4), mobile(2)]


async def test_who_left_gets_nothing_on_any_channel(town: Store) -> None:
    async with town.reading() as session:
        ids = (await session.scalars(select(Subscriber.id))).all()
    await leave(town, *ids)
    assert await told(town, Plan(mode=Mode.ALL, overrides=True)) == set()
