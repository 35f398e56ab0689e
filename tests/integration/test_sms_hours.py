"""Carriers with hours of their own: what one may not carry now goes by another that may."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from announcements.switches import switch_off
from announcements.text_claim import TextWish, Way, left_to
from announcements.windows import Calendar, WindowSettings
from channels.file import FileSettings
from store.database import Store
from store.people import Subscriber
from store.states import Channel, DeliveryState, Priority
from store.work import Announcement, Delivery
from tests.texting import Clock, PostOffice, text_people, texting

PRAGUE = ZoneInfo("Europe/Prague")
# Wednesday, far from any clock change.
DAY = datetime(2031, 3, 12, tzinfo=PRAGUE)
MORNING, ALL_DAY = "8:00-12:00", "8:00-20:00"
CZECH = ("+420",)


def hours(given: str) -> dict[str, Any]:
    return {kind: {"weekdays": given, "weekend": given} for kind in ("normal", "urgent")}


def at(hour: int) -> Clock:
    return Clock(DAY.replace(hour=hour) - datetime.now(UTC))


def carrier(folder: Path, name: str, given: str, **changes: Any) -> FileSettings:
    file = {"adapter": "file", "name": name, "file": folder / f"{name}.jsonl", "messages_per_second": 500}
    return FileSettings.model_validate({**file, "windows": hours(given), **changes})


async def carried(office: PostOffice) -> Counter[str]:
    return Counter(one.trunk for one in await office.attempts())


@pytest.mark.parametrize(
    ("hour", "priority", "off", "by"),
    [
        (11, Priority.NORMAL, (), "first"),
        (13, Priority.NORMAL, (), "second"),
        (13, Priority.URGENT, (), "second"),
        (13, Priority.CRISIS, (), "first"),
        (11, Priority.NORMAL, ("first",), "second"),
        (23, Priority.CRISIS, ("first",), "second"),
    ],
)
async def test_who_may_carry_now_does(
    store: Store, tmp_path: Path, hour: int, priority: Priority, off: tuple[str, ...], by: str
) -> None:
    await text_people(store, "Voda neteče.", people=5, priority=priority)
    async with store.writing() as session:
        for name in off:
            await switch_off(session, name, datetime.now(UTC))
    first, second = carrier(tmp_path, "first", MORNING), carrier(tmp_path, "second", ALL_DAY)
    async with texting(store, first, second, clock=at(hour), own_hours=True) as office:
        await office.until_states(delivered=5)
        assert await carried(office) == {by: 5}


async def test_the_next_takes_over_when_the_hour_ends(store: Store, tmp_path: Path) -> None:
    await text_people(store, "Voda neteče.", people=40)
    first = carrier(tmp_path, "first", MORNING, messages_per_second=4)
    second = carrier(tmp_path, "second", ALL_DAY)
    clock = at(11)
    async with texting(store, first, second, clock=clock, own_hours=True) as office:
        await office.until(lambda states: states[DeliveryState.DELIVERED] > 0)
        assert set(await carried(office)) == {"first"}
        clock.ahead += timedelta(hours=1)
        await office.until_states(delivered=40)
        assert (await carried(office))["second"] > 20


async def test_quiet_hours_put_off_to_the_first_hour_of_any_carrier(store: Store, tmp_path: Path) -> None:
    """It would be too late by the carrier that is asked first."""
    await text_people(store, "Voda neteče.")
    async with store.writing() as session:
        await session.execute(update(Subscriber).values(quiet_from=time(10), quiet_to=time(15)))
        await session.execute(update(Announcement).values(not_after=DAY.replace(hour=18)))
    clock = at(11)
    first, second = carrier(tmp_path, "first", MORNING), carrier(tmp_path, "second", ALL_DAY)
    async with texting(store, first, second, clock=clock, own_hours=True) as office:

        async def put_off() -> bool:
            async with store.reading() as session:
                return await session.scalar(select(Delivery.due_at)) == DAY.replace(hour=15)

        await office.until_true(put_off)
        clock.ahead += timedelta(hours=4, minutes=5)
        await office.until_states(delivered=1)
        assert await carried(office) == {"second": 1}


def way(name: str, given: str, prefixes: tuple[str, ...] = CZECH) -> Way:
    return Way(name, Calendar(WindowSettings.model_validate(hours(given)), PRAGUE, frozenset()), prefixes)


@pytest.mark.parametrize(
    ("hour", "first", "off", "left"),
    [
        # Who goes first serves all of it.
        (11, way("first", MORNING), (), {}),
        (11, way("first", MORNING), ("first",), {Priority.CRISIS: (), Priority.URGENT: (), Priority.NORMAL: ()}),
        (11, way("first", MORNING), ("second",), {}),
        (11, way("first", MORNING), ("*",), {}),
        (13, way("first", MORNING), (), {Priority.URGENT: (), Priority.NORMAL: ()}),
        (21, way("first", MORNING), (), {}),
        # It serves some of it, or more than it.
        (21, way("first", MORNING, ("+420602",)), (), {Priority.CRISIS: ("+420602",)}),
        (11, way("first", MORNING, ("+4",)), (), {}),
        (11, way("first", MORNING, ("+421",)), (), dict.fromkeys(sorted(Priority), ("+421",))),
    ],
)
def test_what_is_left_to_the_second(
    hour: int, first: Way, off: tuple[str, ...], left: dict[Priority, tuple[str, ...]]
) -> None:
    wish = TextWish(Channel.SMS, way("second", ALL_DAY), 1, (first,))
    assert left_to(wish, frozenset(off), DAY.replace(hour=hour)) == left
