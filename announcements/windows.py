"""When calls may start: the town's windows by priority, and each person's quiet hours and pause. Pure: takes ``now``.

A crisis rings at any hour. A call must start inside its window; it may end after it.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Annotated, Literal, Protocol

import holidays
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, model_validator

from announcements.clock import DAY, Stretch, shown, stretches
from store.errors import InputError
from store.states import Priority
from subscribers.quiet import Hours, read_hours, write_hours

# Nobody waits longer for a window, nor for one that meets a person's quiet hours.
HORIZON = timedelta(days=60)
SATURDAY = 5  # date.weekday()
CLOSED = "closed"


def _opening(value: object) -> object:
    if value is None or isinstance(value, tuple):
        return value
    if value == CLOSED:
        return None
    try:
        return read_hours(str(value))
    except InputError as error:
        raise ValueError(f"must be hours such as 8:00-20:00, or {CLOSED}") from error


def _written(hours: Hours | None) -> str:
    return CLOSED if hours is None else write_hours(hours)


Opening = Annotated[Hours | None, BeforeValidator(_opening), PlainSerializer(_written)]


class Week(BaseModel):
    """Hours in which calls of one priority may start, in the town's time; None: closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weekdays: Opening = (time(8), time(20))
    weekend: Opening = (time(9), time(19))
    # Public holidays of the town's country: as the weekend, or closed.
    holidays: Literal["weekend", "closed"] = "weekend"

    @model_validator(mode="after")
    def _open_sometime(self) -> "Week":
        if self.weekdays is None and self.weekend is None:
            raise ValueError("must be open on weekdays or at the weekend")
        return self

    def on(self, day: date, public: Container[date]) -> Hours | None:
        if day in public:
            return self.weekend if self.holidays == "weekend" else None
        return self.weekend if day.weekday() >= SATURDAY else self.weekdays


class WindowSettings(BaseModel):
    """The ``[dialer.windows]`` section. A crisis has no window."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    urgent: Week = Week(weekdays=(time(6), time(22)), weekend=(time(7), time(22)))
    normal: Week = Week()


_WHOLE_DAY = Week(weekdays=(time(), time()), weekend=(time(), time()))
ANY_HOUR = WindowSettings(urgent=_WHOLE_DAY, normal=_WHOLE_DAY)


def public_holidays(country: str) -> Container[date]:
    """Those of a country (ISO 3166), of any year; none where the library knows no such country."""
    known = country in holidays.list_supported_countries()
    return holidays.country_holidays(country) if known else frozenset()


@dataclass(frozen=True)
class Calendar:
    """The town's windows, as its clocks and its public holidays make them."""

    windows: WindowSettings
    zone: tzinfo
    holidays: Container[date]

    def open(self, priority: Priority, now: datetime) -> bool:
        if priority is Priority.CRISIS:
            return True
        today = now.astimezone(self.zone).date()
        return any(self._shown(priority, day, now) for day in (today, today - DAY))

    def opens(self, priority: Priority, now: datetime) -> datetime | None:
        """The earliest moment, not before ``now``, at which a call may start; None: none within HORIZON."""
        if self.open(priority, now):
            return now
        later = (
            [begin for day in two for begin, _ in self._stretches(priority, day) if begin > now]
            for two in pairwise(_days(now, self.zone))  # two, for clocks put back may mix their beginnings
        )
        return min(next(filter(None, later), ()), default=None)

    def closes(self, priority: Priority, now: datetime) -> datetime | None:
        """The end of the window that is open ``now``, ``now`` itself where none is; None: none within HORIZON."""
        end = now
        while end < now + HORIZON and priority is not Priority.CRISIS:
            days = _days(end, self.zone)
            around = [*self._stretches(priority, next(days)), *self._stretches(priority, next(days))]
            ends = [until for since, until in around if since <= end < until]
            if not ends:
                return end
            end = max(ends)
        return None

    def _hours(self, priority: Priority, day: date) -> Hours | None:
        week = self.windows.urgent if priority is Priority.URGENT else self.windows.normal
        return week.on(day, self.holidays)

    def _shown(self, priority: Priority, day: date, now: datetime) -> bool:
        hours = self._hours(priority, day)
        return hours is not None and shown(hours, day, now, self.zone)

    def _stretches(self, priority: Priority, day: date) -> list[Stretch]:
        hours = self._hours(priority, day)
        return stretches(hours, day, self.zone) if hours else []


class Openings(Protocol):
    """When something may go: a calendar, or several as one."""

    @property
    def zone(self) -> tzinfo: ...

    def opens(self, priority: Priority, now: datetime) -> datetime | None: ...


@dataclass(frozen=True)
class AnyOf:
    """Open when one of these calendars of one town is, for there are several ways out."""

    calendars: tuple[Calendar, ...]

    @property
    def zone(self) -> tzinfo:
        return self.calendars[0].zone

    def opens(self, priority: Priority, now: datetime) -> datetime | None:
        found = [calendar.opens(priority, now) for calendar in self.calendars]
        return min((at for at in found if at is not None), default=None)


@dataclass(frozen=True)
class Quiet:
    """When one person does not want to be rung, whatever it is about, unless it is a crisis."""

    hours: Hours | None = None
    paused_until: datetime | None = None

    @classmethod
    def of(cls, quiet_from: time | None, quiet_to: time | None, paused_until: datetime | None) -> "Quiet":
        """From the columns of a subscriber."""
        hours = None if quiet_from is None or quiet_to is None else (quiet_from, quiet_to)
        return cls(hours, paused_until)

    def ends(self, now: datetime, zone: tzinfo) -> datetime:
        """The earliest moment, not before ``now``, at which the person may be rung."""
        at = now if self.paused_until is None else max(now, self.paused_until)
        if self.hours is None:
            return at
        days = _days(at, zone)
        around = [*stretches(self.hours, next(days), zone), *stretches(self.hours, next(days), zone)]
        return max((until for since, until in around if since <= at < until), default=at)


def earliest(priority: Priority, line: Sequence[Quiet], now: datetime, calendar: Openings) -> datetime | None:
    """The earliest moment, not before ``now``, at which a call may start that rings all these people's line.

    Whoever of them wants quiet has it. None: window and quiet hours never meet.
    """
    if priority is Priority.CRISIS:
        return now
    at = max([now, *(person.paused_until for person in line if person.paused_until is not None)])
    horizon = at + HORIZON
    while at < horizon:
        opens = calendar.opens(priority, at)
        if opens is None:
            return None
        later = max([opens, *(person.ends(opens, calendar.zone) for person in line)])
        if later == at:
            return at
        at = later
    return None


def _days(now: datetime, zone: tzinfo) -> Iterator[date]:
    """From yesterday, whose hours may reach past midnight, to the horizon."""
    yesterday = now.astimezone(zone).date() - DAY
    return (yesterday + DAY * number for number in range(HORIZON.days + 2))
