"""Shares of several trunks: by weight, and nobody waits for one that cannot start."""

from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from dialer.share import may_start
from dialer.trunk import Trunk


@dataclass
class Way:
    trunk: Trunk
    started: int = 0
    could_start: bool = True


def way(name: str, weight: int = 1, prefixes: tuple[str, ...] = ("+420",)) -> Way:
    return Way(Trunk(name=name, host="127.0.0.1", weight=weight, prefixes=prefixes))


def serve(ways: list[Way], calls: int) -> Counter[str]:
    """Calls started one after another by whoever may."""
    for _ in range(calls):
        next(one for one in ways if one.could_start and may_start(one, ways)).started += 1
    return Counter({one.trunk.name: one.started for one in ways})


def test_weights_one_and_three_share_400_calls_as_100_and_300() -> None:
    assert serve([way("a", 1), way("b", 3)], 400) == {"a": 100, "b": 300}


@given(st.lists(st.integers(1, 20), min_size=1, max_size=5), st.integers(0, 300))
def test_somebody_may_always_start_and_no_share_is_off_by_more_than_one_call(weights: list[int], calls: int) -> None:
    ways = [way(f"t{place}", weight) for place, weight in enumerate(weights)]
    serve(ways, calls)
    for one in ways:
        for other in ways:
            assert one.started * other.trunk.weight <= other.started * one.trunk.weight + other.trunk.weight


def test_a_trunk_that_is_full_or_paced_out_holds_nobody_back() -> None:
    behind, ahead = way("behind"), way("ahead")
    ahead.started = 50
    assert not may_start(ahead, [behind, ahead])
    behind.could_start = False
    assert may_start(ahead, [behind, ahead])


def test_trunks_for_different_numbers_do_not_wait_for_each_other() -> None:
    czech, slovak = way("cz"), way("sk", prefixes=("+421",))
    czech.started = 50
    assert may_start(czech, [czech, slovak])


def test_a_single_trunk_always_may() -> None:
    only = way("only")
    only.started = 1000
    assert may_start(only, [only])
