"""Phone numbers: what is read, what is refused and why, how they look in logs."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import InputError
from store.people import PhoneKind
from subscribers.phones import EXPENSIVE, PhoneNumber, expensive, kind_in_words, mask, parse_phone


@pytest.mark.parametrize(
    ("text", "number", "kind"),
    [
        ("556 400 001", "+420556400001", PhoneKind.FIXED),
        ("556/400-001", "+420556400001", PhoneKind.FIXED),
        ("(+420) 556.400.001", "+420556400001", PhoneKind.FIXED),
        ("00420556400001", "+420556400001", PhoneKind.FIXED),
        (" 602\u00a0123\u00a0456 ", "+420602123456", PhoneKind.MOBILE),
        ("910 123 456", "+420910123456", PhoneKind.OTHER),
        ("974 111 111", "+420974111111", PhoneKind.OTHER),
        ("+49 30 1234567", "+49301234567", PhoneKind.OTHER),
        ("+44 7400 123456", "+447400123456", PhoneKind.OTHER),
    ],
)
def test_a_number_becomes_e164_with_its_kind(text: str, number: str, kind: PhoneKind) -> None:
    assert parse_phone(text, "CZ") == PhoneNumber(number, kind)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("556 400 ABC", "letters"),
        ("556400001\r\nChannel: x", "line break"),
        ("556400001\n", "line break"),
        ("556400001\t", "control character"),
        ("556400001@trunk", "letters"),
        ("${EVAL}", "letters"),
        ("556400001&556400002", "signs that no phone number has"),
        ("55640+0001", "signs that no phone number has"),
        ("٥٥٦٤٠٠٠٠١", "signs that no phone number has"),
        ("556 414 322 ext 3", "extension"),
        ("556414322ext3", "extension"),
        ("556414322 linka 12", "extension"),
        ("556414322x3", "extension"),
        ("556414322,5", "extension"),
        ("556414322;ext=5", "extension"),
        ("556414322#5", "extension"),
        ("12345", "too short"),
        ("+420 556 400 001 234 567", "too long"),
        ("123456789", "is not a number that exists"),
        ("+421212345", "is not a number that exists"),
        ("+999 123 456 789", "is not a phone number"),
        ("112", "emergency"),
        ("158", "emergency"),
        ("+420 112", "emergency"),
        ("900 123 456", "premium-rate"),
        ("840 111 222", "shared-cost"),
        ("800 292 300", "toll-free"),
        ("700 123 456", "personal-number"),
        ("960 123 456", "voicemail"),
    ],
)
def test_what_cannot_be_called_is_refused_with_the_value_and_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as refused:
        parse_phone(text, "CZ")
    assert repr(text) in refused.value.what
    assert refused.value.mend


@given(st.text(alphabet="0123456789 +-()/.extABC,;#@&${}\r\n\t\u00a0", max_size=25))
def test_whatever_is_written_only_e164_comes_out(text: str) -> None:
    try:
        parsed = parse_phone(text, "CZ")
    except InputError:
        return
    assert parsed.number[0] == "+"
    assert parsed.number[1:].isdigit()
    assert parse_phone(parsed.number, "CZ") == parsed


def test_kinds_have_words() -> None:
    assert [kind_in_words(kind) for kind in PhoneKind] == ["fixed line", "mobile", "other line"]


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+420556400022", "+420*******22"),
        ("+49301234567", "+49*******67"),
        ("556400022", "*******22"),
        ("anonymous", "*******us"),
        ("", ""),
    ],
)
def test_logs_show_only_the_country_and_the_last_two_digits(number: str, masked: str) -> None:
    assert mask(number) == masked


@given(st.sampled_from(["+420", "+421", "+49", "+39", "+44", "+1", "+48", "+999", "+0"]), st.integers(0, 10**11))
def test_what_is_expensive_is_known_without_parsing_as_with_it(prefix: str, national: int) -> None:
    assert_same(f"{prefix}{national}")


@given(st.sampled_from(["900", "906", "909", "976", "840", "843", "800", "90", "8"]), st.integers(0, 10**6 - 1))
def test_czech_numbers_of_every_price_too(start: str, rest: int) -> None:
    assert_same(f"+420{start}{rest:06}")


def assert_same(number: str) -> None:
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        assert not expensive(number)
    else:
        assert expensive(number) == (kind in EXPENSIVE)
