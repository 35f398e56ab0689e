"""A name is found however it is written, or refused with the nearest ones."""

import pytest

from store.errors import InputError, UnknownName
from subscribers.names import NameBook

BOOK = NameBook("street", [("Tyršova", 1), ("Poštovní", 2), ("Dolní", 3)], mend="import the register")


@pytest.mark.parametrize("name", ["Tyršova", "tyrsova", " TYRŠOVA "])
def test_case_diacritics_and_spaces_do_not_matter(name: str) -> None:
    assert BOOK.find(name) == 1


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName) as refused:
        BOOK.find("Tyrsovaa")
    assert refused.value.nearest == ("Tyršova",)
    assert "did you mean Tyršova?" in str(refused.value)


def test_a_name_like_no_other_gets_the_mend() -> None:
    with pytest.raises(UnknownName, match="import the register"):
        BOOK.find("Xaverov")


def test_a_name_with_a_line_break_is_refused_before_it_is_looked_up() -> None:
    with pytest.raises(InputError, match="line break"):
        BOOK.find("Tyršova\r\nx")
