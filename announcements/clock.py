"""What the town's clocks show, through the nights when they are changed.

Hours are meant as the clocks show them, so they may begin with the change of clocks, or come twice in one night.
"""

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from subscribers.quiet import Hours

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
# When morning, afternoon and evening begin.
PARTS_OF_DAY = (time(0), time(12), time(17))

Stretch = tuple[datetime, datetime]


def shown(hours: Hours, day: date, moment: datetime, zone: tzinfo) -> bool:
    """Whether clocks show, at ``moment``, one of the hours that begin on ``day``."""
    since, until = _face(hours, day)
    return since <= moment.astimezone(zone).replace(tzinfo=UTC) < until


def stretches(hours: Hours, day: date, zone: tzinfo) -> list[Stretch]:
    """All moments at which clocks show the hours that begin on ``day``: from, up to; in order, in UTC.

    None where the clocks are put forward over the hours, two where they are put back into them.
    """
    since, until = _face(hours, day)
    before, after = since - DAY, until + DAY  # no zone is a day from UTC
    change = _change(before, after, zone)
    old, new = _offset(before, zone), _offset(after, zone)
    both = (max(before, since - old), min(change, until - old)), (max(change, since - new), min(after, until - new))
    found = [stretch for stretch in both if stretch[0] < stretch[1]]
    if len(found) == len(both) and found[0][1] == found[1][0]:  # the clocks change amid the hours
        return [(found[0][0], found[1][1])]
    return found


def part_of_day(moment: datetime, zone: tzinfo) -> int:
    """0 in the morning, 1 in the afternoon, 2 in the evening."""
    return bisect_right(PARTS_OF_DAY, moment.astimezone(zone).time()) - 1


def next_part(moment: datetime, zone: tzinfo) -> datetime:
    """When the part of the day after that of ``moment`` begins, in UTC."""
    today = moment.astimezone(zone).date()
    begins = [datetime.combine(today, part, zone) for part in PARTS_OF_DAY]
    begins.append(datetime.combine(today + DAY, PARTS_OF_DAY[0], zone))
    return begins[part_of_day(moment, zone) + 1].astimezone(UTC)


def _face(hours: Hours, day: date) -> tuple[datetime, datetime]:
    """What clocks show at both ends, written as if it were UTC."""
    since, until = (datetime.combine(day, at, UTC) for at in hours)
    return since, until if since < until else until + DAY


def _change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """When the clocks are changed in between, to the second; else ``after``."""
    old = _offset(before, zone)
    if _offset(after, zone) == old:
        return after
    seconds = range(int((after - before) / SECOND))
    return before + SECOND * bisect_left(seconds, True, key=lambda n: _offset(before + SECOND * n, zone) != old)


def _offset(moment: datetime, zone: tzinfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
