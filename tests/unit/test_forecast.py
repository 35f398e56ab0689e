"""What a launch would take."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements import forecast as forecasts
from announcements.forecast import ANSWERED_OVERHEAD_SECONDS, CALL_OVERHEAD_SECONDS, Capacity, split
from announcements.money import Tariff
from announcements.reach import Reach
from announcements.windows import ANY_HOUR, Calendar, WindowSettings
from store.states import Priority

PRAGUE = ZoneInfo("Europe/Prague")
TOWN = Calendar(WindowSettings(), PRAGUE, frozenset())
NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)


def capacity(
    calls_per_second: float, lines: int, trunk: str = "o2", weight: int = 1, tariff: Tariff | None = None
) -> Capacity:
    return Capacity(trunk, calls_per_second, lines, weight, tariff or Tariff())


forecast = partial(forecasts.forecast, priority=Priority.NORMAL, calendar=Calendar(ANY_HOUR, PRAGUE, frozenset()))
capacities = st.lists(st.builds(capacity, st.floats(0.1, 100), st.integers(1, 500)), min_size=1, max_size=5)


def test_the_counts_are_those_of_the_reach_and_the_minutes_those_of_speech() -> None:
    made = forecast(Reach(people=70, lines=60, without_line=3), 20.04, [capacity(1, 10)], NOW)
    assert (made.people, made.lines, made.without_line) == (70, 60, 3)
    assert (made.message_seconds, made.minutes, made.starts_at) == (20.0, 20.0, NOW)


def test_few_lines_bound_the_finish() -> None:
    """Two lines, calls of 60 s: two calls a minute, and the last one still has to end."""
    made = forecast(Reach(10, 10, 0), 60 - CALL_OVERHEAD_SECONDS, [capacity(10, 2)], NOW)
    assert made.ends_at == NOW + timedelta(minutes=5, seconds=60)


def test_a_slow_pace_bounds_the_finish() -> None:
    made = forecast(Reach(100, 100, 0), 60 - CALL_OVERHEAD_SECONDS, [capacity(0.5, 1000)], NOW)
    assert made.ends_at == NOW + timedelta(seconds=200 + 60)


@given(capacities, st.integers(1, 10_000), st.floats(1, 300))
def test_two_trunks_are_never_slower_than_one(trunks: list[Capacity], lines: int, seconds: float) -> None:
    reach = Reach(lines, lines, 0)
    one = forecast(reach, seconds, trunks[:1], NOW)
    assert forecast(reach, seconds, trunks, NOW).ends_at <= one.ends_at
    assert one.ends_at >= NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("trunks", [[capacity(1, 1)], [capacity(1, 1), capacity(5, 100)]])
def test_nobody_to_call_is_done_after_no_call(trunks: list[Capacity]) -> None:
    made = forecast(Reach(0, 0, 0), 25.0, trunks, NOW)
    assert made.ends_at == NOW + timedelta(seconds=25 + CALL_OVERHEAD_SECONDS)


def from_till(begun: str, lines: int, priority: Priority = Priority.NORMAL) -> tuple[str, str]:
    """Of calls of 60 s, two at once, in the town's hours: when they start and when they are done."""
    made = forecasts.forecast(
        Reach(lines, lines, 0),
        60 - CALL_OVERHEAD_SECONDS,
        [capacity(10, 2)],
        datetime.fromisoformat(begun).replace(tzinfo=PRAGUE),
        priority=priority,
        calendar=TOWN,
    )
    starts, ends = (
        moment.astimezone(PRAGUE).isoformat(" ", "minutes")[:16] for moment in (made.starts_at, made.ends_at)
    )
    return starts, ends


def test_what_the_window_does_not_hold_is_promised_for_the_next_day() -> None:
    """20 of 80 calls before eight in the evening, the others from eight in the morning."""
    assert from_till("2026-11-24 19:50", 80) == ("2026-11-24 19:50", "2026-11-25 08:31")
    assert from_till("2026-11-27 19:50", 80) == ("2026-11-27 19:50", "2026-11-28 09:31")  # Friday
    assert from_till("2026-11-24 19:50", 80, Priority.URGENT) == ("2026-11-24 19:50", "2026-11-24 20:31")
    assert from_till("2026-11-24 23:50", 80, Priority.CRISIS) == ("2026-11-24 23:50", "2026-11-25 00:31")


def test_the_last_call_in_the_window_may_end_after_it() -> None:
    assert from_till("2026-11-24 19:50", 20) == ("2026-11-24 19:50", "2026-11-24 20:01")


def test_what_is_launched_at_night_starts_when_the_window_opens() -> None:
    assert from_till("2026-11-24 22:00", 20) == ("2026-11-25 08:00", "2026-11-25 08:11")


def test_a_long_one_goes_on_day_after_day() -> None:
    """Twelve hours of two calls a minute on Monday and Tuesday, the rest on Wednesday."""
    assert from_till("2026-11-23 06:00", 3000) == ("2026-11-23 08:00", "2026-11-25 09:01")


def test_the_price_is_by_weight_and_by_each_trunk_s_own_tariff() -> None:
    """Calls of 40 s paid: at the cheap trunk a whole minute each, at the other one by seconds and for the call."""
    cheap = capacity(1, 10, "cheap", 3, Tariff(Decimal("0.6"), first_seconds=60))
    dear = capacity(1, 10, "dear", 1, Tariff(Decimal("1.5"), Decimal("0.2")))
    made = forecast(Reach(80, 80, 0), 40 - ANSWERED_OVERHEAD_SECONDS, [cheap, dear], NOW)
    assert [(one.trunk, one.calls, one.minutes, one.price) for one in made.trunks] == [
        ("cheap", 60, 40.0, Decimal("36.00")),
        ("dear", 20, 13.3, Decimal("24.00")),
    ]
    assert made.price == Decimal("60.00")


@given(st.integers(0, 10_000), st.lists(st.integers(1, 1000), min_size=1, max_size=6))
def test_a_split_loses_no_call_and_is_off_by_less_than_one(calls: int, weights: list[int]) -> None:
    shares = split(calls, weights)
    assert sum(shares) == calls
    assert all(abs(share - calls * weight / sum(weights)) < 1 for share, weight in zip(shares, weights, strict=True))
