"""Quiet hours and pauses as people write them."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import InputError
from subscribers.quiet import read_hours, read_pause, read_quiet, write_hours, write_pause

PRAGUE = ZoneInfo("Europe/Prague")
ZONES = st.sampled_from([PRAGUE, ZoneInfo("America/Havana"), ZoneInfo("Australia/Lord_Howe"), UTC])
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("21:00-7:00", (time(21), time(7))),
        (" 08:30 – 9:05 ", (time(8, 30), time(9, 5))),
        ("12:00-24:00", (time(12), time(0))),
        ("0:00-24:00", (time(0), time(0))),
    ],
)
def test_hours_are_read(text: str, hours: tuple[time, time]) -> None:
    assert read_hours(text) == hours


@pytest.mark.parametrize(
    "text",
    ["", "21-7", "21:00", "7:00-7:00", "25:00-7:00", "7:00-24:30", "7:60-8:00", "24:00-7:00", "7:00-8:00,9:00-9:30"],
)
def test_what_are_no_hours_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"no hours of a day — write them such as 21:00-7:00"):
        read_hours(text)


def test_quiet_the_whole_day_is_refused() -> None:
    with pytest.raises(InputError, match="unsubscribe"):
        read_quiet("0:00-24:00")


@given(times, times)
def test_written_hours_are_read_again(since: time, until: time) -> None:
    if since != until or until == time():
        assert read_hours(write_hours((since, until))) == (since, until)


@pytest.mark.parametrize("text", ["2026-12-24", "24.12.2026", "24. 12. 2026", "2026-12-25T00:00", "2026-12-24T23:00Z"])
def test_a_pause_ends_with_its_last_day(text: str) -> None:
    assert read_pause(text, PRAGUE) == datetime(2026, 12, 24, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "zítra", "31.2.2026", "2026-02-31", "2026-12-24T25:00", "9999-12-31", "٣.1.2026"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no date"):
        read_pause(text, PRAGUE)


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda moment: 1900 < moment.year < 2200), ZONES)
def test_a_written_pause_is_read_again_to_the_moment(ends_at: datetime, zone: ZoneInfo) -> None:
    assert read_pause(write_pause(ends_at, zone), zone) == ends_at


@given(st.dates().filter(lambda day: 1900 < day.year < 2200), ZONES)
def test_the_last_day_of_a_pause_stays_as_it_was_written(day: object, zone: ZoneInfo) -> None:
    assert write_pause(read_pause(str(day), zone), zone) == str(day)
