"""PINs are hashed with a salt, and the ones that anybody would try first are refused."""

import pytest

from store.errors import InputError
from subscribers.pins import hash_pin, pin_matches


def test_only_the_right_pin_matches() -> None:
    hashed = hash_pin("4729")
    assert pin_matches("4729", hashed)
    assert not any(pin_matches(wrong, hashed) for wrong in ("4728", "", "47290", "472"))


def test_the_same_pin_is_never_hashed_alike() -> None:
    assert hash_pin("4729") != hash_pin("4729")


@pytest.mark.parametrize(
    "pin", ["", "123", "123456789", "47a9", "４７２９", "4729\n", " 472", "1111", "1234", "87654321"]
)
def test_what_is_no_pin_or_too_easy_is_refused_and_not_repeated(pin: str) -> None:
    with pytest.raises(InputError) as refused:
        hash_pin(pin)
    assert not pin or pin not in str(refused.value)
