"""Names and house numbers on the keys of a telephone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.keypad import Houses, houses_of, keys_of, matching

STREETS = [
    "Tyršova",
    "Komenského",
    "náměstí Republiky",
    "Republikánská",
    "28. října",
    "Nádražní",
    "Na Trávníkách",
    "Čapkova",
    "Úzká",
]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Tyršova", "8977682"),
        ("Úzká", "8952"),
        ("náměstí Republiky", "6263784737825459"),
        ("28. října", "2874562"),
        ("Křížkovského 2", "5749568753462"),
        ("", ""),
    ],
)
def test_a_name_is_spelled_by_keys(name: str, keys: str) -> None:
    assert keys_of(name) == keys


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ("897", ["Tyršova"]),
        # nam…, nad…, na t…: one key is not enough
        ("62", ["Na Trávníkách", "Nádražní", "náměstí Republiky"]),
        ("623", ["Nádražní"]),
        # "Republiky" is a later word of a street, so it comes after the street that begins so
        ("737", ["Republikánská", "náměstí Republiky"]),
        ("287", ["28. října"]),
        ("7456", ["28. října"]),
        ("2", ["28. října", "Čapkova"]),
        ("999999", []),
        ("", []),
    ],
)
def test_streets_are_found_by_their_first_letters_or_those_of_a_later_word(keys: str, found: list[str]) -> None:
    assert matching(keys, STREETS) == found


@pytest.mark.parametrize("keys", ["626", "62637", "6263784737", "737", "6267"])
def test_what_the_register_shortens_is_found_short_or_whole(keys: str) -> None:
    assert matching(keys, ["nám. Republiky", "Dolní"]) == ["nám. Republiky"]


@given(st.sampled_from(STREETS), st.integers(1, 30))
def test_whatever_part_of_a_name_is_spelled_finds_it(name: str, length: int) -> None:
    assert name in matching(keys_of(name)[:length], STREETS)


@pytest.mark.parametrize(
    ("keys", "known", "found"),
    [
        ("214", ["213/3", "214/1", "215/214"], ("215/214", "214/1")),
        ("1", ["214/1", "215/1a", "1", "216/2"], ("1", "214/1", "215/1a")),
        ("123", ["123/4", "123/4a", "124/5"], ("123/4", "123/4a")),
        ("7", ["ev. 7", "8"], ("ev. 7",)),
        ("12", ["12b"], ("12b",)),
        ("9", ["1", "2"], ()),
    ],
)
def test_a_house_is_found_without_a_slash_or_a_letter(keys: str, known: list[str], found: tuple[str, ...]) -> None:
    assert houses_of(keys, known).known == found


def test_a_number_that_the_register_lacks_is_still_a_number() -> None:
    assert houses_of("999", ["1"]) == Houses((), "999")


@pytest.mark.parametrize("keys", ["", "0", "007", "*", "1*2", "123456", "12#"])
def test_what_is_no_house_number_is_none(keys: str) -> None:
    assert houses_of(keys, ["1", "7"]) == Houses((), None)
