"""Single values a person gives are checked at the door."""

import pytest

from store.errors import InputError
from subscribers import fields


@pytest.mark.parametrize("name", ["Jan\r\nNovák", "Jan\n", "Jan\x00", "Jan\u202eNovák", "Jan\u2028Novák", "\ud800a"])
def test_a_name_with_invisible_characters_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="invisible"):
        fields.person_name(name)


@pytest.mark.parametrize("name", ["", "   ", "12 34", "a" * 201, "ß" * 150, "\u0301"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="name"):
        fields.person_name(name)


def test_a_name_is_kept_in_one_normal_form_with_single_spaces() -> None:
    assert fields.person_name(" Jan   Nova\u0301k ml. ") == "Jan Novák ml."


@pytest.mark.parametrize(
    "address", ["jan", "jan@", "@x.cz", "jan@x", "jan@x..cz", "j..n@x.cz", "jan @x.cz", "jan@x.cz, a@b.cz", "a@é.cz"]
)
def test_what_is_no_email_address_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="not an e-mail"):
        fields.email_address(address)


def test_only_the_domain_of_an_email_loses_its_case() -> None:
    assert fields.email_address("Jan.Novak+obec@Example.CZ") == "Jan.Novak+obec@example.cz"


def test_birth_years_reach_from_1900_to_this_year() -> None:
    assert [fields.birth_year(year, 2026) for year in (1900, 2026)] == [1900, 2026]
    for year in (1899, 2027):
        with pytest.raises(InputError, match=str(year)):
            fields.birth_year(year, 2026)


@pytest.mark.parametrize(("text", "code"), [("cs", "cs"), ("CS", "cs"), ("cs-CZ", "cs"), ("uk", "uk")])
def test_a_language_is_kept_as_its_code(text: str, code: str) -> None:
    assert fields.language_code(text) == code


@pytest.mark.parametrize("text", ["cz", "čeština", "", "c", "cs-", "../cs", "zzz"])
def test_what_is_no_language_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not a language"):
        fields.language_code(text)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("123", 123), ("123/4", 4), ("123/4a", 4), ("123 / 4A", 4), ("12b", 12), ("ev. 7", 7), ("č. p. 12", 12),
        ("č.ev. 3", 3),
    ],
)  # fmt: skip
def test_a_house_has_a_number_in_its_street(written: str, number: int) -> None:
    assert fields.street_number(fields.house_number(written)) == number


@pytest.mark.parametrize("written", ["", "Tyršova 5", "123456", "1/2/3", "-5", "12\n"])
def test_what_is_no_house_number_is_refused(written: str) -> None:
    with pytest.raises(InputError, match="house number"):
        fields.house_number(written)
    assert written == "12\n" or fields.street_number(written) is None


def test_a_group_may_not_contain_what_separates_groups() -> None:
    assert fields.group_name(" dobrovolní  hasiči ") == "dobrovolní hasiči"
    for name in ("a|b", "a,b", "a;b", "x" * 81):
        with pytest.raises(InputError, match="group"):
            fields.group_name(name)
