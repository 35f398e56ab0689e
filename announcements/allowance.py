"""What a trunk may start right now, whatever lines and pace say: the kill switch, and the day's cap."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from announcements.money import Budget, affordable
from announcements.switches import is_off, switched_off
from store.states import Priority


@dataclass(frozen=True)
class Allowance:
    """At most so many calls, none less urgent than ``least``."""

    most: int
    least: Priority


async def allowance(
    session: AsyncSession, trunk: str, budget: Budget, most: int, now: datetime, *, cap_stops_crisis: bool
) -> Allowance | None:
    """None: no call at all. A cap that is reached lets a crisis through unless told otherwise."""
    if is_off(trunk, await switched_off(session)):
        return None
    calls = await affordable(session, trunk, budget, most, now)
    if calls:
        return Allowance(calls, Priority.NORMAL)
    return None if cap_stops_crisis else Allowance(most, Priority.CRISIS)
