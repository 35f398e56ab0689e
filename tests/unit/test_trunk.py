"""What a trunk may dial."""

import pytest

from dialer.trunk import Trunk


def trunk(*prefixes: str, **changes: bool) -> Trunk:
    return Trunk(name="o2", host="192.0.2.1", prefixes=prefixes or ("+420",), **changes)


@pytest.mark.parametrize("number", ["+420556400101", "+420602123456", "+420972000001"])
def test_ordinary_numbers_at_home_may_be_dialled(number: str) -> None:
    assert trunk().may_dial(number)


@pytest.mark.parametrize("number", ["+421212345678", "+12025550123", "420556400101", ""])
def test_numbers_without_an_allowed_beginning_may_not(number: str) -> None:
    assert not trunk().may_dial(number)


@pytest.mark.parametrize("number", ["+420900123456", "+420909123456", "+420843123456"])
def test_expensive_numbers_are_never_dialled_whatever_the_prefixes_say(number: str) -> None:
    assert not trunk().may_dial(number)
    assert not trunk(number[:7], allow_foreign=True).may_dial(number)


def test_prefixes_abroad_are_told_unless_they_are_allowed() -> None:
    assert trunk("+420", "+421", "+42", "+4").foreign_prefixes("CZ") == ["+421", "+42", "+4"]
    assert trunk("+420", "+421", allow_foreign=True).foreign_prefixes("CZ") == []
    assert trunk("+4202").foreign_prefixes("CZ") == []
    assert trunk("+421").foreign_prefixes("SK") == []
