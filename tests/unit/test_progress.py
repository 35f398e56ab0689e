"""When an announcement will be over, from what its calls tell so far."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from announcements.progress import GAP_SECONDS, Figures, expected_end, seconds_at_work
from announcements.windows import ANY_HOUR, Calendar, WindowSettings
from store.states import Priority

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
    priority=Priority.NORMAL,
    not_after=None,
)
MINUTE = timedelta(minutes=1)
PRAGUE = ZoneInfo("Europe/Prague")
ROUND_THE_CLOCK = Calendar(ANY_HOUR, PRAGUE, frozenset())


def end_of(figures: Figures) -> datetime | None:
    return expected_end(figures, ROUND_THE_CLOCK, NOW)


def test_what_waits_is_called_at_the_pace_up_to_now() -> None:
    assert end_of(SMOOTH) == NOW + 2 * MINUTE


def test_where_every_second_call_was_in_vain_it_takes_twice_as_long() -> None:
    assert end_of(replace(SMOOTH, finished=50)) == NOW + 4 * MINUTE


def test_the_last_retry_has_to_come_and_to_end() -> None:
    alone = replace(SMOOTH, untried=0, retries=1, last_retry_at=NOW + 30 * MINUTE)
    assert end_of(alone) == NOW + 30 * MINUTE + timedelta(seconds=40)


def test_who_is_called_only_later_may_have_to_wait_as_long_for_another_call() -> None:
    figures = replace(SMOOTH, finished=50, retries=50, last_retry_at=NOW + 30 * MINUTE)
    assert end_of(figures) == NOW + 32 * MINUTE + timedelta(seconds=40)


def test_nothing_is_expected_before_a_call_has_ended_nor_after_the_last() -> None:
    assert end_of(replace(SMOOTH, calls=0, finished=0, calls_per_second=0)) is None
    assert end_of(replace(SMOOTH, untried=0)) is None


def test_the_window_ends_it_at_the_latest() -> None:
    assert end_of(replace(SMOOTH, not_after=NOW + MINUTE)) == NOW + MINUTE
    assert end_of(replace(SMOOTH, not_after=NOW - MINUTE)) == NOW


def test_calls_that_were_all_in_vain_do_not_put_the_end_off_for_ever() -> None:
    assert end_of(replace(SMOOTH, finished=0)) == NOW + 20 * MINUTE


def test_the_night_does_not_count_unless_it_is_a_crisis() -> None:
    evening = datetime(2026, 11, 24, 19, 59, tzinfo=PRAGUE)
    town = Calendar(WindowSettings(), PRAGUE, frozenset())
    assert expected_end(SMOOTH, town, evening) == datetime(2026, 11, 25, 8, 1, tzinfo=PRAGUE)
    assert expected_end(SMOOTH, town, evening + 5 * MINUTE) == datetime(2026, 11, 25, 8, 2, tzinfo=PRAGUE)
    assert expected_end(replace(SMOOTH, priority=Priority.CRISIS), town, evening) == evening + 2 * MINUTE
    long = expected_end(replace(SMOOTH, untried=36_000), town, evening)
    assert long == datetime(2026, 11, 26, 15, 59, tzinfo=PRAGUE)


def test_the_pace_is_that_of_the_hours_at_work() -> None:
    def span(since: float, until: float) -> tuple[datetime, datetime]:
        return NOW + timedelta(seconds=since), NOW + timedelta(seconds=until)

    assert seconds_at_work([span(5, 30), span(0, 20), span(1, 10)]) == 30
    assert seconds_at_work([span(0, 20), span(20 + GAP_SECONDS, 170)]) == 170
    assert seconds_at_work([span(0, 20), span(1, 10), span(40_000, 40_030)]) == 50


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
    end = end_of(figures)
    later = end_of(replace(figures, untried=untried + 1))
    assert later is not None
    assert NOW < (end or later) <= later
