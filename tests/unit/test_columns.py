"""Cells of the subscribers' CSV: several values in one, and no formulas for spreadsheets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.columns import guard, join, split, unguard


@pytest.mark.parametrize("cell", ["voda, 2", "voda|2", "voda;2", " voda ,, 2 | "])
def test_values_share_a_cell_by_any_separator(cell: str) -> None:
    assert split(cell) == ("voda", "2")


@given(st.lists(st.text(alphabet="abcč 1+=-", min_size=1).map(str.strip).filter(bool)))
def test_joined_values_are_split_again(values: list[str]) -> None:
    assert split(join(values)) == tuple(values)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "'=1"])
def test_a_cell_that_would_be_a_formula_is_guarded(cell: str) -> None:
    assert guard(cell) == "'" + cell


@given(st.text(alphabet="'=+-@a"))
def test_the_guard_comes_off_exactly(cell: str) -> None:
    assert unguard(guard(cell)) == cell
    assert guard(cell)[:1] not in set("=+-@")
