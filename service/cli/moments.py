"""Moments as people write and read them: in the zone of the town."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from store.errors import InputError


def moment(text: str | None, option: str, zone: ZoneInfo) -> datetime | None:
    """An ISO 8601 date and time; without an offset it is in ``zone``.

    A date alone is refused, for as the end of a window it could mean the day's begin or its end.
    Raises InputError that names ``option``.
    """
    if text is None:
        return None
    if _is_date(text):
        raise InputError(f"{option}: {text!r} has no time of day", mend=f"write it such as {text}T18:00")
    try:
        read = datetime.fromisoformat(text)
        at = read if read.tzinfo else read.replace(tzinfo=zone)
        at.astimezone(UTC)  # the calendar's first and last days may have none
    except (ValueError, OverflowError) as error:
        raise InputError(f"{option}: {text!r} is no moment", mend="write it such as 2026-11-24T18:00") from error
    return at


def shown(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%d.%m.%Y %H:%M}"


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
