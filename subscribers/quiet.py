"""When a person does not want to be rung: quiet hours of every day and a pause, as they are written and read."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from store.errors import InputError

# From, up to; an end that is not later than the beginning is one of the next day.
Hours = tuple[time, time]

_HOURS = re.compile(r"(\d{1,2}):(\d\d) ?[-–] ?(\d{1,2}):(\d\d)", re.ASCII)
_CZECH_DATE = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})", re.ASCII)
_DAY = timedelta(days=1)


def read_hours(text: str) -> Hours:
    """``8:00-20:00``; ``21:00-7:00`` goes past midnight, ``0:00-24:00`` is the whole day. Raises InputError."""
    written = _HOURS.fullmatch(text.strip())
    try:
        if written is None:
            raise ValueError(text)
        first, first_minute, last, last_minute = map(int, written.groups())
        if (first, first_minute) == (last, last_minute):
            raise ValueError(text)
        until = time() if (last, last_minute) == (24, 0) else time(last, last_minute)
        return time(first, first_minute), until
    except ValueError as error:
        raise InputError(f"{text!r} are no hours of a day", mend="write them such as 21:00-7:00") from error


def read_quiet(text: str) -> Hours:
    """Quiet hours. The whole day is refused: who wants no call at all makes a pause, or leaves."""
    since, until = read_hours(text)
    if since == until:
        raise InputError(f"{text!r} leave no hour to call", mend="make a pause until a date, or unsubscribe")
    return since, until


def write_hours(hours: Hours) -> str:
    since, until = hours
    last = "24:00" if until == time() else f"{until.hour}:{until.minute:02}"
    return f"{since.hour}:{since.minute:02}-{last}"


def read_pause(text: str, zone: tzinfo) -> datetime:
    """The moment when a pause ends: with the day written (``2026-12-24``, ``24. 12. 2026``), or a moment of ISO 8601.

    Raises InputError.
    """
    try:
        if czech := _CZECH_DATE.fullmatch(text):
            day, month, year = map(int, czech.groups())
            return _end_of(date(year, month, day), zone)
        if "T" not in text:
            return _end_of(date.fromisoformat(text), zone)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InputError(f"{text!r} is no date", mend="write the last day of the pause, such as 2026-12-24") from error


def _end_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + _DAY, time(), zone).astimezone(UTC)


def write_pause(ends_at: datetime, zone: tzinfo) -> str:
    """What ``read_pause`` reads back exactly: the last day, where the pause ends with one."""
    local = ends_at.astimezone(zone)
    last_day = local.date() - _DAY
    return last_day.isoformat() if _end_of(last_day, zone) == ends_at else local.isoformat()
