"""Moments as people write and read them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from service.cli.moments import moment, shown
from store.errors import InputError

PRAGUE = ZoneInfo("Europe/Prague")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-24T18:00", datetime(2026, 11, 24, 17, 0, tzinfo=UTC)),
        ("2026-07-24 18:00:30", datetime(2026, 7, 24, 16, 0, 30, tzinfo=UTC)),
        ("2026-11-24T18:00Z", datetime(2026, 11, 24, 18, 0, tzinfo=UTC)),
        ("2026-11-24T18:00-05:00", datetime(2026, 11, 24, 23, 0, tzinfo=UTC)),
    ],
)
def test_a_moment_without_an_offset_is_in_the_zone_of_the_town(text: str, utc: datetime) -> None:
    assert moment(text, "--not-after", PRAGUE) == utc


def test_no_moment_given_is_none() -> None:
    assert moment(None, "--not-after", PRAGUE) is None


@pytest.mark.parametrize(
    "text", ["", "zítra", "24.11.2026", "2026-11-31T10:00", "2026-11-24T25:00", "9999-12-31T23:00-12:00", "1764000000"]
)
def test_what_is_no_moment_is_refused_by_option(text: str) -> None:
    with pytest.raises(InputError, match=r"--not-after: .* is no moment — write it such as 2026-11-24T18:00"):
        moment(text, "--not-after", PRAGUE)


def test_a_date_alone_is_refused_because_it_has_two_ends() -> None:
    with pytest.raises(InputError, match="'2026-11-24' has no time of day — write it such as 2026-11-24T18:00"):
        moment("2026-11-24", "--not-after", PRAGUE)


def test_people_read_the_time_of_the_town() -> None:
    assert shown(datetime(2026, 7, 24, 16, 0, tzinfo=UTC), PRAGUE) == "24.07.2026 18:00"
