"""A small town, and who of it is to be called next: found slowly from all rows, by the rules as a person tells them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from announcements.claim import Terms
from announcements.switches import ALL, switched_off
from announcements.windows import Calendar, Week, WindowSettings
from store.database import Store
from store.migrate import migrate
from store.people import Subscriber
from store.states import (
    CALLING_STATES,
    FINAL_DELIVERY_STATES,
    LIVE_ANNOUNCEMENT_STATES,
    DeliveryState,
    Disposition,
    Priority,
)
from store.work import Announcement, Attempt, Delivery
from tests.people import NOW, add, deliveries, line, prepare_town

PRAGUE = ZoneInfo("Europe/Prague")
HOURS = {Priority.URGENT: (time(6), time(22)), Priority.NORMAL: (time(8), time(20))}
URGENT, NORMAL = (Week(weekdays=hours, weekend=hours) for hours in HOURS.values())
CALENDAR = Calendar(WindowSettings(urgent=URGENT, normal=NORMAL), PRAGUE, frozenset())
# Two ways out, and the numbers that each may dial.
TRUNKS = {"o2": ("+420",), "other": (line(1), line(3), line(5))}
# The day's cap, in calls; 0: none.
CAPS = {"o2": 0, "other": 1}
PRICE = Decimal(3)

# A second line, a shared one, quiet hours, a pause; the last one never leaves, so that there is an audience.
PEOPLE: Mapping[str, tuple[tuple[int, ...], Mapping[str, Any]]] = {
    "Marie": ((1, 2), {}),
    "Josef": ((3,), {}),
    "Jana": ((3,), {"quiet": "9:00-14:00"}),
    "Karel": ((4,), {"paused_until": NOW + timedelta(hours=1)}),
    "Eva": ((5,), {}),
}


async def prepare(file: Path) -> None:
    store = Store(f"sqlite:///{file}")
    await migrate(store)
    await prepare_town(store)
    for name, (lines, fields) in PEOPLE.items():
        await add(store, name, *map(line, lines), topics=("voda",), **fields)
    await store.close()


@dataclass(frozen=True)
class Rows:
    """All that is in the store, at one moment."""

    deliveries: Sequence[Delivery]
    announcements: Mapping[int, Announcement]
    stay: Mapping[int, Subscriber]
    off: frozenset[str]

    @classmethod
    async def of(cls, store: Store) -> "Rows":
        async with store.reading() as session:
            announcements = await session.scalars(select(Announcement))
            stay = await session.scalars(select(Subscriber).where(Subscriber.left_at.is_(None)))
            return cls(
                await deliveries(store),
                {row.id: row for row in announcements},
                {row.id: row for row in stay},
                await switched_off(session),
            )

    @property
    def attempts(self) -> list[Attempt]:
        return [attempt for row in self.deliveries for attempt in row.attempts]

    def next(self, trunk: str, terms: Terms, now: datetime) -> list[Delivery]:
        """Those who may be called now, in their order."""
        if {trunk, ALL} & self.off:
            return []
        poor = not self._affords(trunk, terms.budget.daily_cap, now)
        busy = {attempt.address for attempt in self.attempts if attempt.ended_at is None}
        going = [
            row
            for row in self.deliveries
            if row.state is DeliveryState.QUEUED
            and row.due_at <= now
            and row.address.startswith(TRUNKS[trunk])
            and row.address not in busy
            and self.announcements[row.announcement_id].state in CALLING_STATES
            and self.may_ring(row, now)
            and not (poor and (row.priority is not Priority.CRISIS or terms.cap_stops_crisis))
        ]
        return sorted(going, key=lambda row: (row.priority, row.due_at, row.id))

    def _affords(self, trunk: str, cap: Decimal, now: datetime) -> bool:
        mine = [attempt for attempt in self.attempts if attempt.trunk == trunk]
        today = [one for one in mine if one.started_at.astimezone(PRAGUE).date() == now.astimezone(PRAGUE).date()]
        up = sum(one.ended_at is None for one in mine)
        return not cap or up * PRICE + sum(one.price or 0 for one in today) + PRICE <= cap

    def may_ring(self, row: Delivery, moment: datetime) -> bool:
        """Somebody on the line wants it, it is not over, and everybody's hours allow it; a crisis asks for no hours."""
        people = [self.stay[one.subscriber_id] for one in row.recipients if one.subscriber_id in self.stay]
        not_after = self.announcements[row.announcement_id].not_after
        if not people or (not_after is not None and moment >= not_after):
            return False
        if row.priority is Priority.CRISIS:
            return True
        return is_open(row.priority, moment) and not any(_is_quiet(person, moment) for person in people)


def is_open(priority: Priority, moment: datetime) -> bool:
    since, until = HOURS.get(priority, (time.min, time.max))
    return since <= moment.astimezone(PRAGUE).time() < until


def _is_quiet(person: Subscriber, moment: datetime) -> bool:
    clock = moment.astimezone(PRAGUE).time()
    if person.paused_until is not None and moment < person.paused_until:
        return True
    since, until = person.quiet_from, person.quiet_to
    return since is not None and until is not None and since <= clock < until


def check_sound(rows: Rows) -> None:
    """What must hold of the store between any two steps."""
    _a_line_has_one_call_and_what_is_being_sent_one_attempt(rows)
    for row in rows.deliveries:
        _nobody_is_called_after_they_heard(row)
    for announcement in rows.announcements.values():
        _it_is_over_with_its_last_delivery(announcement, rows)


def _a_line_has_one_call_and_what_is_being_sent_one_attempt(rows: Rows) -> None:
    begun = [one for one in rows.attempts if one.ended_at is None]
    assert len({one.address for one in begun}) == len(begun)
    sending = [row.id for row in rows.deliveries if row.state is DeliveryState.SENDING]
    assert sorted(one.delivery_id or 0 for one in begun) == sorted(sending)


def _nobody_is_called_after_they_heard(row: Delivery) -> None:
    heard = [one for one in row.attempts if one.disposition is Disposition.ANSWERED and one.heard_seconds]
    assert heard in ([], row.attempts[-1:])


def _it_is_over_with_its_last_delivery(announcement: Announcement, rows: Rows) -> None:
    """A stopped one lets its calls in progress end."""
    states = {row.state for row in rows.deliveries if row.announcement_id == announcement.id} - FINAL_DELIVERY_STATES
    assert bool(states) if announcement.state in LIVE_ANNOUNCEMENT_STATES else states <= {DeliveryState.SENDING}
