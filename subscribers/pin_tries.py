"""Tries of PINs: each wrong one makes the next try wait longer, many lock it.

Owners of tries are plain words: ``line:+420556400001``, ``staff:3``.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.callers import PinFailure
from store.staff import Way
from subscribers.audit import Actor, note
from subscribers.phones import mask

# After so many wrong PINs within MEMORY the next try waits so long; after more of them, as after the last.
WAITS = (
    timedelta(),
    timedelta(),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=24),
)
MEMORY = timedelta(hours=24)
# All owners together within an hour: somebody is trying numbers one after another.
MOST_IN_TOTAL = 200
_HOUR = timedelta(hours=1)


def next_try(failures: Sequence[datetime], now: datetime) -> datetime:
    """When a PIN may be tried after these failures, oldest first; not later than ``now``: at once. Pure."""
    recent = [at for at in failures if now - at < MEMORY]
    return recent[-1] + WAITS[min(len(recent), len(WAITS) - 1)] if recent else now


async def pin_wait(session: AsyncSession, owner: str, now: datetime, *, called_back: bool = False) -> datetime | None:
    """Not before then may a PIN of ``owner`` be tried; None: now.

    ``called_back``: on a line that nobody else can use, so other people's tries do not matter.
    """
    failures = await session.scalars(select(PinFailure.at).where(PinFailure.owner == owner).order_by(PinFailure.at))
    at = next_try(failures.all(), now)
    in_total = select(func.count()).select_from(PinFailure).where(PinFailure.at > now - _HOUR)
    if not called_back and (await session.scalar(in_total) or 0) >= MOST_IN_TOTAL:
        at = max(at, now + _HOUR)
    return at if at > now else None


async def pin_failed(session: AsyncSession, owner: str, now: datetime) -> None:
    """Note a wrong PIN, best before it is looked at (then ``pin_right``): whoever hangs up meanwhile has tried, too."""
    session.add(PinFailure(owner=owner, at=now))
    await session.execute(delete(PinFailure).where(PinFailure.at < now - MEMORY))


async def note_wrong_pin(
    session: AsyncSession, number: str, owner: str, call_id: str, now: datetime, *, called_back: bool = False
) -> None:
    """To the audit trail, with the wait that it brings; the failure is noted already (``pin_failed``)."""
    at = await pin_wait(session, owner, now, called_back=called_back)
    stranger = Actor(f"somebody at {mask(number)}", Way.PHONE, call_id=call_id)
    details = f"locked until {at:%Y-%m-%d %H:%M:%S} UTC" if at else ""
    await note(session, stranger, "wrong PIN", f"line {mask(number)}", now, details)


async def pin_right(session: AsyncSession, owner: str) -> None:
    """The right one was typed: the owner's wrong ones are forgotten."""
    await session.execute(delete(PinFailure).where(PinFailure.owner == owner))
