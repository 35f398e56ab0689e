"""Streets with ranges of house numbers, as they are written on the command line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import InputError
from subscribers.places import StreetRange, parse_street_range


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tyršova", StreetRange("Tyršova", None, None)),
        ("Tyršova:5", StreetRange("Tyršova", 5, 5)),
        ("Tyršova:1-20", StreetRange("Tyršova", 1, 20)),
        (" nám.  Republiky : 1 – 20 ", StreetRange("nám. Republiky", 1, 20)),
        ("Tyršova:5-", StreetRange("Tyršova", 5, None)),
        ("Tyršova:-20", StreetRange("Tyršova", None, 20)),
    ],
)
def test_a_street_may_have_a_range(text: str, expected: StreetRange) -> None:
    assert parse_street_range(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (":1-20", "empty"),
        ("Tyršova:", "no range"),
        ("Tyršova:-", "no range"),
        ("Tyršova:a-b", "no range"),
        ("Tyršova:1-20-30", "no range"),
        ("Tyršova:1:2", "no range"),
        ("Tyršova:1000000", "no range"),
        ("Tyršova:٥", "no range"),
        ("Tyršova:20-1", "ends before it begins"),
        ("Tyršova:0-5", "number 0"),
        ("Tyršova\n:1", "line break"),
    ],
)
def test_a_bad_range_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        parse_street_range(text)


@given(st.integers(1, 99999), st.integers(1, 99999))
def test_every_range_in_order_is_read_back(one: int, other: int) -> None:
    first, last = sorted((one, other))
    assert parse_street_range(f"Dolní:{first}-{last}") == StreetRange("Dolní", first, last)


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading(text: str) -> None:
    try:
        street = parse_street_range(text)
    except InputError:
        return
    assert street.name
