"""Pacing under a virtual clock."""

from bisect import bisect_left
from collections.abc import Callable
from itertools import pairwise
from math import ceil
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.pacing import Pace

RATES = st.sampled_from([0.2, 0.5, 1, 1.5, 2.95, 3, 10, 20, 50, 100, 500]) | st.floats(0.1, 500)


def starts(pace: Pace, count: int, late: Callable[[int], float] = lambda _: 0.0) -> list[float]:
    """Moments of ``count`` starts, each as soon as it is allowed and ``late(place)`` seconds after that:
    the timer, the claim, a busy machine, or nothing to call.
    """
    now, moments = 100.0, []
    for place in range(count):
        now += pace.wait(now) + late(place)
        pace.take(now)
        moments.append(now)
    return moments


def lateness(seed: int) -> Callable[[int], float]:
    """Mostly a little, at times long: an idle trunk."""
    chance = Random(seed)  # noqa: S311  (no secret)
    return lambda _: chance.choice([0, 0, chance.random() / 100, chance.random() / 10, chance.random() * 20])


def most_in_a_second(moments: list[float]) -> int:
    return max(bisect_left(moments, moment + 1 - 1e-6) - place for place, moment in enumerate(moments))


@given(RATES, st.integers())
def test_no_second_has_more_starts_than_the_rate_and_one(rate: float, seed: int) -> None:
    count = 2 * ceil(rate) + 20
    assert most_in_a_second(starts(Pace(rate), count, lateness(seed))) <= ceil(rate) + 1


@given(RATES)
def test_a_burst_after_idle_time_is_no_larger(rate: float) -> None:
    pause = {0: 0.0, 5: 3600.0}
    moments = starts(Pace(rate), 2 * ceil(rate) + 20, lambda place: pause.get(place, 0.0))
    assert most_in_a_second(moments) <= ceil(rate) + 1


@given(RATES, st.integers())
def test_nobody_waits_longer_than_one_interval(rate: float, seed: int) -> None:
    pace = Pace(rate)
    late = lateness(seed)
    now = 100.0
    for place in range(50):
        assert pace.wait(now) <= 1 / rate + 1e-6
        now += pace.wait(now) + late(place)
        pace.take(now)


def test_ten_calls_a_second_are_held_exactly() -> None:
    moments = starts(Pace(10), 1001)
    assert moments[-1] - moments[0] == pytest.approx(100, abs=0.1)


def test_ten_calls_a_second_are_held_though_each_start_is_a_little_late() -> None:
    moments = starts(Pace(10), 1001, lambda place: 0.005 + (place % 7) * 0.005)
    assert moments[-1] - moments[0] == pytest.approx(100, abs=0.1)


def test_a_slow_trunk_starts_one_call_in_five_seconds() -> None:
    moments = starts(Pace(0.2), 20, lambda place: 60.0 if place == 10 else 0.0)
    assert min(after - before for before, after in pairwise(moments)) >= 4.9


def test_the_first_call_starts_at_once() -> None:
    assert Pace(0.2).wait(0) == 0
