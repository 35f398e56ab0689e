"""When an announcement will be over, from what its calls tell so far."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from announcements.progress import Figures, expected_end

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
# Half a call a second, every call ends its delivery.
SMOOTH = Figures(
    calls=100,
    finished=100,
    untried=60,
    up=0,
    retries=0,
    last_retry_at=None,
    calls_per_second=0.5,
    call_seconds=40.0,
    not_after=None,
)
MINUTE = timedelta(minutes=1)


def test_what_waits_is_called_at_the_pace_up_to_now() -> None:
    assert expected_end(SMOOTH, NOW) == NOW + 2 * MINUTE


def test_where_every_second_call_was_in_vain_it_takes_twice_as_long() -> None:
    assert expected_end(replace(SMOOTH, finished=50), NOW) == NOW + 4 * MINUTE


def test_the_last_retry_has_to_come_and_to_end() -> None:
    alone = replace(SMOOTH, untried=0, retries=1, last_retry_at=NOW + 30 * MINUTE)
    assert expected_end(alone, NOW) == NOW + 30 * MINUTE + timedelta(seconds=40)


def test_who_is_called_only_later_may_have_to_wait_as_long_for_another_call() -> None:
    figures = replace(SMOOTH, finished=50, retries=50, last_retry_at=NOW + 30 * MINUTE)
    assert expected_end(figures, NOW) == NOW + 32 * MINUTE + timedelta(seconds=40)


def test_nothing_is_expected_before_a_call_has_ended_nor_after_the_last() -> None:
    assert expected_end(replace(SMOOTH, calls=0, finished=0, calls_per_second=0), NOW) is None
    assert expected_end(replace(SMOOTH, untried=0), NOW) is None


def test_the_window_ends_it_at_the_latest() -> None:
    assert expected_end(replace(SMOOTH, not_after=NOW + MINUTE), NOW) == NOW + MINUTE
    assert expected_end(replace(SMOOTH, not_after=NOW - MINUTE), NOW) == NOW


def test_calls_that_were_all_in_vain_do_not_put_the_end_off_for_ever() -> None:
    assert expected_end(replace(SMOOTH, finished=0), NOW) == NOW + 20 * MINUTE


counts = st.integers(0, 100_000)


@given(counts, counts, counts, st.integers(1, 1000), st.floats(0.001, 500), st.none() | st.integers(-9000, 9000))
def test_the_end_is_never_past_and_more_to_do_is_never_sooner(
    untried: int, up: int, retries: int, calls: int, pace: float, retry_in: int | None
) -> None:
    due = None if retry_in is None else NOW + timedelta(seconds=retry_in)
    figures = replace(
        SMOOTH, untried=untried, up=up, retries=retries, calls=calls, finished=1, calls_per_second=pace,
        last_retry_at=due,
    )  # fmt: skip
    end = expected_end(figures, NOW)
    later = expected_end(replace(figures, untried=untried + 1), NOW)
    assert later is not None
    assert NOW < (end or later) <= later
