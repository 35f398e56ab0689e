"""What a launch would take."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.forecast import CALL_OVERHEAD_SECONDS, Capacity, forecast
from announcements.launch import Reach

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
capacities = st.lists(st.builds(Capacity, st.floats(0.1, 100), st.integers(1, 500)), min_size=1, max_size=5)


def test_the_counts_are_those_of_the_reach_and_the_minutes_those_of_speech() -> None:
    made = forecast(Reach(people=70, lines=60, without_line=3), 20.04, [Capacity(1, 10)], NOW)
    assert (made.people, made.lines, made.without_line) == (70, 60, 3)
    assert (made.message_seconds, made.minutes, made.starts_at) == (20.0, 20.0, NOW)


def test_few_lines_bound_the_finish() -> None:
    """Two lines, calls of 60 s: two calls a minute, and the last one still has to end."""
    made = forecast(Reach(10, 10, 0), 60 - CALL_OVERHEAD_SECONDS, [Capacity(10, 2)], NOW)
    assert made.ends_at == NOW + timedelta(minutes=5, seconds=60)


def test_a_slow_pace_bounds_the_finish() -> None:
    made = forecast(Reach(100, 100, 0), 60 - CALL_OVERHEAD_SECONDS, [Capacity(0.5, 1000)], NOW)
    assert made.ends_at == NOW + timedelta(seconds=200 + 60)


@given(capacities, st.integers(1, 10_000), st.floats(1, 300))
def test_two_trunks_are_never_slower_than_one(trunks: list[Capacity], lines: int, seconds: float) -> None:
    reach = Reach(lines, lines, 0)
    one = forecast(reach, seconds, trunks[:1], NOW)
    assert forecast(reach, seconds, trunks, NOW).ends_at <= one.ends_at
    assert one.ends_at >= NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("trunks", [[Capacity(1, 1)], [Capacity(1, 1), Capacity(5, 100)]])
def test_nobody_to_call_is_done_after_no_call(trunks: list[Capacity]) -> None:
    made = forecast(Reach(0, 0, 0), 25.0, trunks, NOW)
    assert made.ends_at == NOW + timedelta(seconds=25 + CALL_OVERHEAD_SECONDS)
