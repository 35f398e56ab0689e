"""SMS parts of a text with personal parts: what is told and refused before the launch is what will really be sent."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from announcements.forecast import forecast
from announcements.launch import Draft, Prepared, launch, prepare
from announcements.parts import SmsParts
from announcements.plan import Mode, Plan
from announcements.text_claim import TextWish, Way, claim_texts
from announcements.ways import SmsWay, Ways
from channels.settings import TextingSettings
from store.database import Store
from store.errors import InputError
from store.states import Channel, Priority
from store.work import Attempt
from tests.people import CALENDAR, NOW, add, line, prepare_town, rule
from tests.tones import ToneEngine
from tts.library import Library

LONG = "Maxmiliána Alexandra Schwarzenbergová-Lichnovská"
# With a short name it fits one SMS (160 letters of GSM), with the long one it does not.
TEXT = "{jmeno}, zítra od 8 do 14 hodin " + "neteče " * 16 + "voda."
SMS_ONLY = Plan(mode=Mode.ALL, channels=(Channel.SMS,))
ESCALATE = Plan(mode=Mode.ESCALATE, channels=(Channel.VOICE, Channel.SMS))


def mobile(number: int) -> str:
    return f"+42060212{number:04}"


def ways(most_parts: int = 4) -> Ways:
    parts_of = lambda text: TextingSettings().encode(text).parts  # noqa: E731
    return Ways(("+420",), SmsWay(("+420",), parts_of, most_parts, Decimal("1.10")), email=True)


@pytest.fixture
async def town(store: Store) -> Store:
    """Two short names, a long one, and two people of one mobile, whom nobody calls by name."""
    await prepare_town(store)
    people = [("Jan Novák", 1), ("Eva Malá", 2), (LONG, 3), (LONG, 4), ("Ota Malý", 4)]
    for name, number in people:
        await add(store, name, mobile(number), channels=(Channel.SMS,))
    return store


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path, [ToneEngine(seconds=1.2)])


async def ready(store: Store, library: Library, most_parts: int = 4, **draft: Any) -> Prepared:
    written = Draft(await rule(store, "voda"), **{"text": "Voda neteče.", "sms_text": TEXT, "plan": SMS_ONLY, **draft})
    return await prepare(store, library, written, ways(most_parts), NOW, speak_all=False)


async def test_each_is_counted_as_it_will_be_sent(town: Store, library: Library) -> None:
    prepared = await ready(town, library)
    assert prepared.sms == SmsParts({1: 3, 2: 1}, 2)
    told = forecast(
        prepared.reach, 1.2, [], NOW, priority=Priority.NORMAL, calendar=CALENDAR, sms=prepared.sms,
        price_per_part=Decimal("1.10"),
    )  # fmt: skip
    [sms] = told.channels
    assert (sms.addresses, sms.parts, sms.price, told.sms_parts) == (4, 5, Decimal("5.50"), 2)
    await launch(town, prepared, NOW)
    wish = TextWish(Channel.SMS, Way("kannel", CALENDAR), 10)
    claimed = await claim_texts(town, wish, NOW, parts_of=ways().sms.parts_of)  # type: ignore[union-attr]
    async with town.reading() as session:
        parts = [many or 0 for many in await session.scalars(select(Attempt.parts))]
    assert (len(claimed), sorted(parts)) == (4, [1, 1, 1, 2])


async def test_a_long_name_that_makes_it_too_long_is_told_before_the_launch(town: Store, library: Library) -> None:
    with pytest.raises(InputError, match="would take 2 SMS parts with the longest names filled in, over "):
        await ready(town, library, most_parts=1)
    assert (await ready(town, library, most_parts=2)).sms.most == 2
    # What is spoken takes the place of an SMS text.
    with pytest.raises(InputError, match="what is spoken would take 2 SMS parts"):
        await ready(town, library, most_parts=1, text=TEXT, sms_text=None)


async def test_placeholders_themselves_make_nothing_longer(town: Store, library: Library) -> None:
    """Written it has 165 letters; of nobody the number is known, so that it has 150."""
    text = "x" * 150 + ", č. p. {cislo}"
    prepared = await ready(town, library, most_parts=1, sms_text=text)
    assert prepared.sms == SmsParts({1: 4}, 1)


async def test_who_may_get_it_later_is_thought_of(store: Store, library: Library) -> None:
    """All are called at first; of the two who share a mobile the one with the long name may come to the SMS alone."""
    await prepare_town(store)
    for number, name in enumerate(("Jan Novák", LONG)):
        await add(store, name, line(number + 1), mobile(7), channels=(Channel.VOICE, Channel.SMS))
    prepared = await ready(store, library, plan=ESCALATE)
    assert prepared.sms == SmsParts({}, 2)
    with pytest.raises(InputError, match="would take 2 SMS parts"):
        await ready(store, library, plan=ESCALATE, most_parts=1)


async def test_a_text_that_is_alike_for_all_is_counted_once(town: Store, library: Library) -> None:
    prepared = await ready(town, library, sms_text="x" * 200)
    assert prepared.sms == SmsParts({2: 4}, 2)
