"""What a launch would take: people, lines, minutes of speech, and when the configured trunks would be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from announcements.launch import Reach

# What one call takes besides the message: ringing until it is lifted, telling man from machine, greeting, menu.
CALL_OVERHEAD_SECONDS = 35.0


@dataclass(frozen=True)
class Capacity:
    """What one trunk can do."""

    calls_per_second: float
    lines: int


@dataclass(frozen=True)
class Forecast:
    people: int
    lines: int
    without_line: int
    message_seconds: float
    minutes: float
    starts_at: datetime
    ends_at: datetime


def forecast(reach: Reach, message_seconds: float, trunks: Sequence[Capacity], starts_at: datetime) -> Forecast:
    """One answered call a line; ``minutes`` is the speech played. Retries come on top.

    The trunks share the calls as their capacity allows, which is bound by their lines or by their pace.
    """
    call_seconds = message_seconds + CALL_OVERHEAD_SECONDS
    rate = sum(min(trunk.calls_per_second, trunk.lines / call_seconds) for trunk in trunks)
    return Forecast(
        people=reach.people,
        lines=reach.lines,
        without_line=reach.without_line,
        message_seconds=round(message_seconds, 1),
        minutes=round(reach.lines * message_seconds / 60, 1),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(seconds=reach.lines / rate + call_seconds),
    )
