"""Who of the staff speaks on the phone: the line was called back, and one of those who belong to it has the PIN."""

import asyncio
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from announcements.staff import staff_of_phone
from store.database import Store
from store.staff import Staff
from subscribers.pin_tries import note_wrong_pin, pin_failed, pin_right, pin_wait
from subscribers.pins import pin_matches


async def wait_for_pin(store: Store, number: str, now: datetime) -> datetime | None:
    """Not before then may a PIN be tried on this line; None: now."""
    async with store.reading() as session:
        return await pin_wait(session, _owner(number), now, called_back=True)


async def identify(store: Store, number: str, pin: str, call_id: str, now: datetime) -> Staff | None:
    """Whose PIN it is, of those whom a call to ``number`` reaches; None: nobody's, which counts against the line.

    The failure is written before the PIN is looked at, so that whoever hangs up meanwhile has tried too.
    """
    async with store.writing() as session:
        await pin_failed(session, _owner(number), now)
        members = await staff_of_phone(session, number)
    for member in members:
        if await asyncio.to_thread(pin_matches, pin, member.pin_hash or ""):
            async with store.writing() as session:
                await pin_right(session, _owner(number))
            return member
    async with store.writing() as session:
        await note_wrong_pin(session, number, _owner(number), call_id, now, called_back=True)
    return None


async def unlock(session: AsyncSession, number: str) -> None:
    """Wrong PINs on this line are forgotten, for somebody there has got a new one."""
    await pin_right(session, _owner(number))


def _owner(number: str) -> str:
    """Whose tries they are: a line's, for a wrong PIN does not tell who typed it."""
    return f"staff:{number}"
