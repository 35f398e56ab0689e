"""When something happens, read as a clerk types it and written in Czech as the normaliser reads it right. Pure."""

import re
from datetime import date, datetime, time, timedelta, tzinfo

from store.errors import InputError

AT = ("v pondělí", "v úterý", "ve středu", "ve čtvrtek", "v pátek", "v sobotu", "v neděli")
FROM = ("pondělí", "úterý", "středy", "čtvrtka", "pátku", "soboty", "neděle")
SHORT = ("po", "út", "st", "čt", "pá", "so", "ne")
MONTHS = (
    "ledna", "února", "března", "dubna", "května", "června",
    "července", "srpna", "září", "října", "listopadu", "prosince",
)  # fmt: skip
# Hours before which “v” becomes “ve”: dvě, tři, čtyři, dvanáct, třináct, čtrnáct, dvacet and above.
VE_HOURS = frozenset({2, 3, 4, 12, 13, 14, 20, 22, 23})
DAY = r"(?P<day>\d{1,2})\.\s*(?P<month>\d{1,2})\.\s*(?P<year>\d{4})?"
CLOCK = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})"
WRITTEN_DAY = re.compile(DAY)
WRITTEN = re.compile(rf"{DAY},?\s*(?:ve?\s+)?{CLOCK}")
# A date without a year is the next one; so much of it may have passed.
LATE = timedelta(days=31)


def read_day(name: str, text: str, today: date) -> date:
    """``2026-12-01``, ``1. 12. 2026`` or ``1. 12.``. Raises InputError that names the value."""
    try:
        found = WRITTEN_DAY.fullmatch(text.strip())
        return _day(found, today) if found else date.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(f"{name}={text}: no date", mend="write it such as 1. 12. 2026 or 2026-12-01") from error


def read_moment(name: str, text: str, now: datetime, zone: tzinfo) -> datetime:
    """``2026-12-01T08:00``, ``1. 12. 2026 8:00`` or ``1. 12. 8:00``, in the town's time. Raises InputError."""
    try:
        found = WRITTEN.fullmatch(text.strip())
        if found:
            clock = time(int(found["hour"]), int(found["minute"]))
            return datetime.combine(_day(found, now.astimezone(zone).date()), clock, zone)
        read = datetime.fromisoformat(text.strip())
        if "T" not in text and ":" not in text:
            raise ValueError("a date has no hour")
        return read.astimezone(zone) if read.tzinfo else read.replace(tzinfo=zone)
    except ValueError as error:
        mend = "write it such as 1. 12. 2026 8:00 or 2026-12-01T08:00"
        raise InputError(f"{name}={text}: no date and time", mend=mend) from error


def _day(found: re.Match[str], today: date) -> date:
    day, month = int(found["day"]), int(found["month"])
    if found["year"]:
        return date(int(found["year"]), month, day)
    this_year = date(today.year, month, day)
    return this_year if this_year >= today - LATE else date(today.year + 1, month, day)


def on_day(day: date, today: date) -> str:
    """Such as “v úterý 1. prosince”."""
    return f"{AT[day.weekday()]} {_dated(day, today)}"


def at_moment(at: datetime, today: date) -> str:
    """Such as “ve středu 9. prosince v 17:00”."""
    return f"{on_day(at.date(), today)} {'ve' if at.hour in VE_HOURS else 'v'} {_clock(at)}"


def span(since: datetime, until: datetime, today: date) -> str:
    """Such as “v úterý 1. prosince od 8:00 do 14:00”."""
    if since.date() == until.date():
        return f"{on_day(since.date(), today)} od {_clock(since)} do {_clock(until)}"
    begin = f"od {FROM[since.weekday()]} {_dated(since.date(), today)} od {_clock(since)}"
    return f"{begin} do {FROM[until.weekday()]} {_dated(until.date(), today)} do {_clock(until)}"


def short_day(day: date) -> str:
    """Such as “út 1.12.”, for an SMS."""
    return f"{SHORT[day.weekday()]} {day.day}.{day.month}."


def short_moment(at: datetime) -> str:
    return f"{short_day(at.date())} {_clock(at)}"


def short_span(since: datetime, until: datetime) -> str:
    """Such as “út 1.12. 8:00-14:00”."""
    if since.date() == until.date():
        return f"{short_moment(since)}-{_clock(until)}"
    return f"{short_moment(since)} až {short_moment(until)}"


def _dated(day: date, today: date) -> str:
    """The year only where it is not this one."""
    return f"{day.day}. {MONTHS[day.month - 1]}" + (f" {day.year}" if day.year != today.year else "")


def _clock(at: datetime) -> str:
    return f"{at.hour}:{at.minute:02}"
