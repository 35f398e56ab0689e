"""What calls cost."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.money import Tariff
from announcements.outcome import Ending
from dialer.money import price, price_of
from dialer.trunk import Trunk
from store.states import Disposition

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
CZECH = Trunk(name="o2", host="192.0.2.1", price_per_minute=Decimal("1.20"), billing_seconds=(60, 1))
blocks = st.integers(1, 600)
tariffs = st.builds(
    Tariff, st.decimals(0, 100, places=4), st.decimals(0, 100, places=4), first_seconds=blocks, step_seconds=blocks
)


@pytest.mark.parametrize(
    ("first", "step", "seconds", "expected"),
    [
        (1, 1, 0.0, "0"),
        (1, 1, 0.2, "0.02"),
        (1, 1, 30.0, "0.60"),
        (1, 1, 30.1, "0.62"),
        (60, 1, 0.2, "1.20"),
        (60, 1, 60.0, "1.20"),
        (60, 1, 60.5, "1.22"),
        (60, 60, 60.5, "2.40"),
        (30, 6, 31.0, "0.72"),
    ],
)
def test_blocks_are_charged_whole(first: int, step: int, seconds: float, expected: str) -> None:
    assert Tariff(Decimal("1.20"), first_seconds=first, step_seconds=step).price(seconds) == Decimal(expected)


def test_a_call_may_cost_besides_its_minutes_but_not_when_nobody_answered() -> None:
    tariff = Tariff(Decimal("1.20"), Decimal("0.50"))
    assert (tariff.price(60), tariff.price(0)) == (Decimal("1.70"), Decimal(0))


@given(tariffs, st.floats(0, 900), st.floats(0, 900))
def test_a_longer_call_never_costs_less_and_no_call_less_than_its_seconds(
    tariff: Tariff, one: float, other: float
) -> None:
    short, long = sorted((one, other))
    assert tariff.price(short) <= tariff.price(long)
    assert float(tariff.price(long)) >= float(tariff.per_minute) * long / 60 - 1e-6


def test_the_price_of_a_call_is_from_its_answer_to_its_end() -> None:
    answered = Ending(Disposition.ANSWERED, NOW, 16, answered_at=NOW - timedelta(seconds=90))
    assert price_of(answered, CZECH) == price(90, CZECH) == Decimal("1.80")
    assert price_of(Ending(Disposition.BUSY, NOW, 17), CZECH) == Decimal(0)


def test_a_trunk_without_a_price_writes_none() -> None:
    answered = Ending(Disposition.ANSWERED, NOW, 16, answered_at=NOW - timedelta(seconds=90))
    assert price_of(answered, Trunk(name="free", host="192.0.2.1")) is None
