"""Whose turn it is, where several trunks could take the next call: each gets its share by weight. Pure."""

from collections.abc import Iterable
from typing import Protocol

from dialer.trunk import Trunk


class Dispatching(Protocol):
    """What the choice looks at."""

    @property
    def trunk(self) -> Trunk: ...
    @property
    def started(self) -> int: ...
    @property
    def could_start(self) -> bool: ...


def may_start(mine: Dispatching, all_trunks: Iterable[Dispatching]) -> bool:
    """False while a trunk that could start a call too, allowed the same numbers, is further behind its share."""
    return not any(
        other.could_start and other.trunk.prefixes == mine.trunk.prefixes and _share_used(other) < _share_used(mine)
        for other in all_trunks
        if other is not mine
    )


def _share_used(dispatching: Dispatching) -> float:
    return dispatching.started / dispatching.trunk.weight
