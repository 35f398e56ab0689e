"""The kill switch of trunks: rows that every claim reads, so that running services obey at once."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.errors import InputError
from store.work import TrunkSwitch

# Stands for all trunks, also those that settings may bring later.
ALL = "*"
SWITCHED_OFF = select(TrunkSwitch.trunk)


async def switches(session: AsyncSession) -> dict[str, datetime]:
    """What is switched off, and since when."""
    return {one.trunk: one.off_since for one in await session.scalars(select(TrunkSwitch))}


async def switched_off(session: AsyncSession) -> frozenset[str]:
    """Names of trunks that start no call; ``ALL`` among them: none does."""
    return frozenset(await session.scalars(SWITCHED_OFF))


def is_off(trunk: str, off: frozenset[str]) -> bool:
    return trunk in off or ALL in off


async def switch_off(session: AsyncSession, trunk: str, now: datetime) -> None:
    """Start no further call on it; calls in progress go on. Nothing changes where it is off already."""
    if await session.get(TrunkSwitch, trunk) is None:
        session.add(TrunkSwitch(trunk=trunk, off_since=now))


async def switch_on(session: AsyncSession, trunk: str) -> None:
    """``ALL`` takes back every switch.

    Raises InputError for one trunk while all are off: it would stay off.
    """
    if trunk != ALL and await session.get(TrunkSwitch, ALL) is not None:
        raise InputError(f"all trunks are off, so {trunk} would stay off", mend="run: hlasatel trunks on")
    await session.execute(delete(TrunkSwitch).where((TrunkSwitch.trunk == trunk) | (trunk == ALL)))
