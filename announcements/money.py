"""What calls cost, and how many more a day's cap lets a trunk start."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.work import CALL_IN_PROGRESS, Attempt

NOTHING = Decimal(0)
# Prices in the store have four decimals; sums are shown with two.
SHOWN = Decimal("0.01")
# What a call without a price yet is taken to last, against the cap: a long message, and once more on key 1.
CALL_SECONDS = 120.0


@dataclass(frozen=True)
class Tariff:
    """What an answered call costs; one that nobody answered costs nothing."""

    per_minute: Decimal = NOTHING
    per_call: Decimal = NOTHING
    # Seconds: the first block, then the steps, each charged as a whole; (60, 1) is "the first minute, then by seconds".
    first_seconds: int = 1
    step_seconds: int = 1

    @property
    def free(self) -> bool:
        return not self.per_minute and not self.per_call

    def price(self, seconds: float) -> Decimal:
        """``seconds``: from the answer to the hang-up."""
        if seconds <= 0:
            return NOTHING
        further = max(0.0, seconds - self.first_seconds)
        charged = self.first_seconds + math.ceil(further / self.step_seconds) * self.step_seconds
        return self.per_call + self.per_minute * charged / 60


@dataclass(frozen=True)
class Budget:
    """What one trunk may spend in a day of the town; a cap of 0 is none."""

    tariff: Tariff
    daily_cap: Decimal
    zone: tzinfo


async def spent_today(session: AsyncSession, trunk: str, now: datetime, zone: tzinfo) -> Decimal:
    """The price of the calls that began today and have ended."""
    midnight = datetime.combine(now.astimezone(zone), time(), zone).astimezone(UTC)
    # "price IS NOT NULL" names the partial index that serves this.
    query = select(func.sum(Attempt.price)).where(
        Attempt.trunk == trunk, Attempt.started_at >= midnight, Attempt.price.is_not(None)
    )
    return Decimal(await session.scalar(query) or 0)


async def affordable(session: AsyncSession, trunk: str, budget: Budget, most: int, now: datetime) -> int:
    """How many of ``most`` calls the cap lets start now; calls in progress count as ``CALL_SECONDS`` each."""
    each = budget.tariff.price(CALL_SECONDS)
    if not budget.daily_cap or not each:
        return most
    in_progress = select(func.count()).select_from(Attempt).where(Attempt.trunk == trunk, CALL_IN_PROGRESS)
    reserved = each * (await session.scalar(in_progress) or 0)
    left = budget.daily_cap - reserved - await spent_today(session, trunk, now, budget.zone)
    return max(0, min(most, int(left / each)))
