"""Names are folded for look-ups."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.folding import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Tyršova", "tyrsova"),
        ("  NÁM.\u00a0 Republiky ", "nam. republiky"),
        ("Łódź – „Đ“", 'lodz - "d"'),
        ("Straße", "strasse"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy", "prilis zlutoucky kun upel dabelske ody"),
        ("u\u030a", "u"),
    ],
)
def test_case_diacritics_and_spaces_do_not_matter(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="aábcčdďeéěfghiíjklmnňoóprřsštťuúůvyýzž -0123456789"))
def test_czech_folds_to_plain_ascii_in_any_case_and_normal_form(text: str) -> None:
    assert fold(text).isascii()
    assert fold(text.upper()) == fold(text) == fold(unicodedata.normalize("NFD", text))
