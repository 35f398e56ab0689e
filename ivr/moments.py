"""Hours of the day and days of the year, typed."""

from datetime import date, datetime

from ivr.call import Call
from ivr.steps import Ask, Say, Stuck
from store.errors import InputError
from subscribers.quiet import read_pause, read_quiet, write_hours

QUIET_FROM = Ask("moments.quiet_from", most=2)
QUIET_TO = Ask("moments.quiet_to", most=2)
NO_HOURS = Say("moments.no_hours")
PAUSE = Ask("moments.pause", least=4, most=4)
NO_DAY = Say("moments.no_day")

MOST_TRIES = 4


async def ask_quiet(call: Call) -> str:
    """Hours such as 21:00-7:00, typed as 21 and 07."""
    for _ in range(MOST_TRIES):
        since, until = await call.ask(QUIET_FROM), await call.ask(QUIET_TO)
        try:
            return write_hours(read_quiet(f"{int(since) % 24}:00-{int(until) % 24}:00"))
        except InputError:
            await call.say(NO_HOURS)
    raise Stuck


async def ask_pause(call: Call) -> datetime:
    """The end of a day, typed as day and month: 2412."""
    for _ in range(MOST_TRIES):
        last = last_day(await call.ask(PAUSE), call.desk.now.astimezone(call.desk.zone).date())
        if last is not None:
            return read_pause(last.isoformat(), call.desk.zone)
        await call.say(NO_DAY)
    raise Stuck


def last_day(typed: str, today: date) -> date | None:
    """The next such day after today; None where there is none within two years. Pure."""
    day, month = int(typed[:2]), int(typed[2:])
    for year in (today.year, today.year + 1):
        try:
            if (found := date(year, month, day)) > today:
                return found
        except ValueError:  # no such day in this year
            continue
    return None
