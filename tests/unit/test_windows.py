"""When calls may start: windows, quiet hours and pauses, through changes of the clocks, against a plain model."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from announcements.windows import ANY_HOUR, HORIZON, Calendar, Quiet, WindowSettings, earliest, public_holidays
from store.states import Priority
from subscribers.quiet import Hours

MINUTE = timedelta(minutes=1)
PRAGUE = ZoneInfo("Europe/Prague")
CZECH = public_holidays("CZ")
TOWN = Calendar(WindowSettings(), PRAGUE, CZECH)


def at(text: str, zone: ZoneInfo = PRAGUE) -> datetime:
    """``2026-11-24 8:00`` by the clocks; with ``(2)`` at the end, when they show it for the second time."""
    day, _, rest = text.partition(" ")
    clock, _, again = rest.partition(" ")
    hour, minute = map(int, clock.split(":"))
    moment = datetime.combine(date.fromisoformat(day), time(hour, minute), zone)
    return moment.replace(fold=1 if again else 0).astimezone(UTC)


def calendar(weekdays: str, weekend: str = "closed", holidays: str = "weekend", zone: ZoneInfo = PRAGUE) -> Calendar:
    week = {"weekdays": weekdays, "weekend": weekend, "holidays": holidays}
    return Calendar(WindowSettings.model_validate({"normal": week}), zone, CZECH)


def opens(now: str, of: Calendar = TOWN, priority: Priority = Priority.NORMAL) -> datetime | None:
    return of.opens(priority, at(now, ZoneInfo(str(of.zone))))


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-24 8:00", "2026-11-24 8:00"),
        ("2026-11-24 7:59", "2026-11-24 8:00"),
        ("2026-11-24 19:59", "2026-11-24 19:59"),
        ("2026-11-24 20:00", "2026-11-25 8:00"),
        ("2026-11-27 20:00", "2026-11-28 9:00"),  # Friday
        ("2026-11-29 19:00", "2026-11-30 8:00"),  # Sunday
        ("2026-11-17 8:30", "2026-11-17 9:00"),  # a public holiday, Tuesday
        ("2026-12-24 19:00", "2026-12-25 9:00"),  # Christmas, Thursday to Saturday
    ],
)
def test_the_window_opens_at_the_towns_hours_of_weekdays_weekends_and_holidays(now: str, then: str) -> None:
    assert opens(now) == at(then)


def test_urgent_has_a_window_of_its_own_and_a_crisis_none() -> None:
    night = "2026-11-24 23:00"
    assert opens(night, priority=Priority.URGENT) == at("2026-11-25 6:00")
    assert opens(night, priority=Priority.CRISIS) == at(night)
    assert opens(night, Calendar(ANY_HOUR, PRAGUE, CZECH)) == at(night)


def test_several_closed_days_in_a_row_are_passed_over() -> None:
    offices = calendar("8:00-17:00", holidays="closed")
    assert opens("2026-12-23 17:00", offices) == at("2026-12-28 8:00")
    assert opens("2026-11-13 17:00", offices) == at("2026-11-16 8:00")


def test_a_holiday_as_the_weekend_is_closed_where_the_weekend_is() -> None:
    assert opens("2026-11-16 18:00", calendar("8:00-17:00")) == at("2026-11-18 8:00")


def test_a_window_past_midnight_belongs_to_the_day_it_begins() -> None:
    nights = calendar("22:00-2:00")
    assert opens("2026-11-25 1:59", nights) == at("2026-11-25 1:59")
    assert opens("2026-11-25 2:00", nights) == at("2026-11-25 22:00")
    assert opens("2026-11-28 1:30", nights) == at("2026-11-28 1:30")  # Saturday, still Friday's
    assert opens("2026-11-30 1:30", nights) == at("2026-11-30 22:00")  # Monday; Sunday was closed


def test_a_window_that_begins_in_the_hour_leapt_over_opens_with_the_change_of_clocks() -> None:
    early = calendar("2:30-6:00", "2:30-6:00")
    assert opens("2026-03-29 1:00", early) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 2:00 became 3:00


def test_a_window_within_the_hour_leapt_over_does_not_open_that_night() -> None:
    hour = calendar("2:15-2:45", "2:15-2:45")
    assert opens("2026-03-29 0:00", hour) == at("2026-03-30 2:15")


def test_a_window_within_the_hour_that_comes_twice_opens_twice() -> None:
    hour = calendar("2:15-2:45", "2:15-2:45")
    assert opens("2026-10-25 2:00", hour) == at("2026-10-25 2:15")
    assert opens("2026-10-25 2:45", hour) == at("2026-10-25 2:15 (2)")
    assert opens("2026-10-25 2:45 (2)", hour) == at("2026-10-26 2:15")


def test_yesterdays_window_that_comes_again_with_the_hour_does_not_hide_todays() -> None:
    nearly_always = calendar("2:40-2:30", "2:40-2:30")
    assert opens("2026-10-25 2:30", nearly_always) == at("2026-10-25 2:40")


def test_an_ordinary_window_keeps_its_hour_by_the_clocks_on_the_days_of_the_change() -> None:
    assert opens("2026-03-28 22:00") == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)  # 9:00, an hour of sleep less
    assert opens("2026-10-24 22:00") == datetime(2026, 10, 25, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "then"),
    [("2026-11-24 8:00", "2026-11-24 20:00"), ("2026-11-24 20:00", "2026-11-24 20:00")],
)
def test_the_window_closes_by_the_clocks(now: str, then: str) -> None:
    assert TOWN.closes(Priority.NORMAL, at(now)) == at(then)


def test_windows_that_touch_are_one() -> None:
    touching = calendar("8:00-24:00", "0:00-12:00")
    assert touching.closes(Priority.NORMAL, at("2026-11-27 9:00")) == at("2026-11-28 12:00")


def test_what_is_always_open_never_closes() -> None:
    assert TOWN.closes(Priority.CRISIS, at("2026-11-24 8:00")) is None
    assert Calendar(ANY_HOUR, PRAGUE, CZECH).closes(Priority.NORMAL, at("2026-03-24 8:00")) is None


def test_a_window_that_no_day_brings_is_not_waited_for() -> None:
    class EveryDay:
        def __contains__(self, _day: object) -> bool:
            return True

    closed = WindowSettings.model_validate({"normal": {"holidays": "closed"}})
    assert Calendar(closed, PRAGUE, EveryDay()).opens(Priority.NORMAL, at("2026-11-24 8:00")) is None


@pytest.mark.parametrize(
    "week",
    [
        {"weekdays": "closed", "weekend": "closed"},
        {"weekdays": "8:00-8:00"},
        {"weekdays": "8-20"},
        {"weekdays": "8:00-25:00"},
        {"weekdays": "24:00-8:00"},
        {"weekdays": "8:60-20:00"},
        {"weekdays": "٨:00-20:00"},
        {"weekdays": "8:00-20:00\n9:00-10:00"},
        {"weekdays": 8},
        {"weekdays": ""},
        {"holidays": "open"},
        {"sundays": "closed"},
    ],
)
def test_windows_that_are_none_or_never_open_are_refused(week: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WindowSettings.model_validate({"normal": week})


def test_the_hours_are_read_as_they_are_written() -> None:
    read = WindowSettings.model_validate({"urgent": {"weekdays": " 7:00 – 24:00", "weekend": "closed"}}).urgent
    assert (read.weekdays, read.weekend) == ((time(7), time(0)), None)


def test_settings_are_written_as_they_are_read() -> None:
    for windows in (WindowSettings(), ANY_HOUR):
        assert WindowSettings.model_validate(windows.model_dump()) == windows
    assert WindowSettings.model_validate({"normal": {"weekend": "closed"}}).model_dump()["normal"] == {
        "weekdays": "8:00-20:00",
        "weekend": "closed",
        "holidays": "weekend",
    }


def test_public_holidays_are_the_countrys_own_and_of_any_year() -> None:
    assert date(2026, 9, 28) in CZECH
    assert date(2033, 4, 15) in CZECH  # Good Friday
    assert date(2026, 11, 24) not in CZECH
    assert date(2026, 8, 29) in public_holidays("SK")
    assert date(2026, 12, 25) not in public_holidays("AC")


NIGHT = Quiet((time(21), time(7)))
SIESTA = Quiet((time(12), time(14)))


def first(now: str, *line: Quiet, priority: Priority = Priority.NORMAL, of: Calendar = TOWN) -> datetime | None:
    return earliest(priority, line, at(now), of)


def test_quiet_hours_put_a_call_off_within_the_window() -> None:
    assert first("2026-11-24 12:00", SIESTA) == at("2026-11-24 14:00")
    assert first("2026-11-24 11:59", SIESTA) == at("2026-11-24 11:59")
    assert first("2026-11-24 14:00", SIESTA) == at("2026-11-24 14:00")


def test_quiet_hours_past_midnight_end_in_the_morning() -> None:
    assert first("2026-11-24 21:00", NIGHT, priority=Priority.URGENT) == at("2026-11-25 7:00")
    assert first("2026-11-25 6:30", NIGHT, priority=Priority.URGENT) == at("2026-11-25 7:00")


def test_where_quiet_hours_end_after_the_window_the_next_day_comes() -> None:
    evening = Quiet((time(15), time(21)))
    assert first("2026-11-24 16:00", evening) == at("2026-11-25 8:00")


def test_whoever_of_a_shared_line_wants_quiet_has_it() -> None:
    assert first("2026-11-24 8:00", Quiet((time(8), time(12))), SIESTA, Quiet()) == at("2026-11-24 14:00")


def test_a_pause_puts_all_calls_off_until_it_ends() -> None:
    hospital = Quiet(paused_until=at("2026-12-25 0:00"))
    assert first("2026-11-24 8:00", hospital, SIESTA) == at("2026-12-25 9:00")
    assert first("2026-12-25 9:30", hospital) == at("2026-12-25 9:30")
    far = Quiet(paused_until=at("2031-01-02 0:00"))
    assert first("2026-11-24 8:00", far) == at("2031-01-02 8:00")


def test_a_crisis_rings_through_window_quiet_hours_and_pause() -> None:
    everything = Quiet((time(0), time(23, 59)), at("2030-01-01 0:00"))
    assert first("2026-11-24 3:00", everything, priority=Priority.CRISIS) == at("2026-11-24 3:00")


@pytest.mark.parametrize(
    "line", [[Quiet((time(7), time(21)))], [Quiet((time(8), time(14))), Quiet((time(13), time(21)))]]
)
def test_where_window_and_quiet_hours_never_meet_there_is_no_moment(line: list[Quiet]) -> None:
    assert first("2026-11-24 8:00", *line) is None


def test_quiet_hours_end_once_though_the_clocks_change_amid_them() -> None:
    for night in ("2026-10-24 22:00", "2026-03-28 22:00"):
        now = at(night)
        morning = now.astimezone(PRAGUE).date() + timedelta(days=1)
        assert NIGHT.ends(now, PRAGUE) == at(f"{morning} 7:00")


def test_quiet_hours_come_twice_in_the_night_when_the_clocks_are_put_back() -> None:
    until_half_past_two = Quiet((time(21), time(2, 30)))
    around = Calendar(ANY_HOUR, PRAGUE, CZECH)
    assert first("2026-10-25 2:29", until_half_past_two, of=around) == at("2026-10-25 2:30")
    assert first("2026-10-25 2:45", until_half_past_two, of=around) == at("2026-10-25 2:45")
    assert first("2026-10-25 2:10 (2)", until_half_past_two, of=around) == at("2026-10-25 2:30 (2)")


def test_a_subscribers_columns_make_their_quiet() -> None:
    assert Quiet.of(time(21), time(7), None) == NIGHT
    assert Quiet.of(None, None, at("2026-12-25 0:00")) == Quiet(None, at("2026-12-25 0:00"))


# Zones with their changes of clocks: at night, at midnight, by half an hour, in the south, not on the hour.
CHANGES = {
    "Europe/Prague": ("2026-03-29", "2026-10-25"),
    "America/Havana": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "America/Santiago": ("2026-04-05", "2026-09-06"),
    "Pacific/Chatham": ("2026-04-05", "2026-09-27"),
    "Asia/Tokyo": ("2026-06-01",),
}
nights = st.sampled_from([(zone, day) for zone, days in CHANGES.items() for day in days])
clock_times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
spans = st.tuples(clock_times, clock_times)
weeks = st.fixed_dictionaries(
    {"weekdays": st.none() | spans, "weekend": st.none() | spans, "holidays": st.sampled_from(["weekend", "closed"])}
).filter(lambda week: week["weekdays"] != week["weekend"] or week["weekdays"] is not None)
quiets = st.lists(st.builds(Quiet, st.none() | spans.filter(lambda hours: hours[0] != hours[1])), max_size=2)


def within(hours: Hours | None, day: date, wall: datetime) -> bool:
    """Whether a clock that shows ``wall`` is in the hours that began on ``day``, the plain way."""
    if hours is None:
        return False
    since, until = hours
    ends = day if since < until else day + timedelta(days=1)
    return (day, since) <= (wall.date(), wall.time()) < (ends, until)


def allowed(of: Calendar, line: Sequence[Quiet], now: datetime) -> bool:
    wall = now.astimezone(of.zone)
    days = (wall.date(), wall.date() - timedelta(days=1))
    week = of.windows.normal
    window = any(within(week.on(day, of.holidays), day, wall) for day in days)
    return window and not any(within(person.hours, day, wall) for person in line for day in days)


@given(nights, weeks, quiets, st.integers(-36 * 60, 36 * 60))
def test_the_earliest_moment_is_the_first_minute_at_which_the_clocks_allow_a_call(
    night: tuple[str, str], week: dict[str, object], line: list[Quiet], minutes: int
) -> None:
    zone = ZoneInfo(night[0])
    of = Calendar(WindowSettings.model_validate({"normal": week}), zone, {date.fromisoformat("2026-04-06")})
    now = at(f"{night[1]} 0:00", zone) + minutes * MINUTE
    model = (moment for n in range(3 * 24 * 60) if allowed(of, line, moment := now + n * MINUTE))
    expected = next(model, None)
    found = earliest(Priority.NORMAL, line, now, of)
    if expected is None:
        assert found is None or found >= now + timedelta(days=3)
    else:
        assert found == expected


@given(nights, weeks, quiets, st.integers(-36 * 60, 36 * 60), st.integers(0, 48 * 60))
def test_the_later_one_asks_the_later_it_is(
    night: tuple[str, str], week: dict[str, object], line: list[Quiet], minutes: int, later: int
) -> None:
    zone = ZoneInfo(night[0])
    of = Calendar(WindowSettings.model_validate({"normal": week}), zone, frozenset())
    now = at(f"{night[1]} 0:00", zone) + minutes * MINUTE
    found, after = earliest(Priority.NORMAL, line, now, of), earliest(Priority.NORMAL, line, now + later * MINUTE, of)
    assert (found is None) is (after is None)
    if found is not None and after is not None:
        assert now <= found <= after
        assert earliest(Priority.NORMAL, line, found, of) == found


@given(nights, weeks, st.integers(-36 * 60, 36 * 60))
def test_a_window_closes_at_the_first_minute_at_which_the_clocks_forbid_a_call(
    night: tuple[str, str], week: dict[str, object], minutes: int
) -> None:
    zone = ZoneInfo(night[0])
    of = Calendar(WindowSettings.model_validate({"normal": week}), zone, frozenset())
    now = at(f"{night[1]} 0:00", zone) + minutes * MINUTE
    model = (moment for n in range(3 * 24 * 60) if not allowed(of, (), moment := now + n * MINUTE))
    expected, found = next(model, None), of.closes(Priority.NORMAL, now)
    assert found == expected or (expected is None and (found is None or found >= now + timedelta(days=3)))
    assert found is None or found <= now + HORIZON + timedelta(days=7)
