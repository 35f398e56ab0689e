"""The audit trail: who did what, when, by which way. Append-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.staff import Audit, Way


@dataclass(frozen=True)
class Actor:
    """Who does something. Without ``staff_id``: not one of the staff, such as the operator at the command line."""

    name: str
    way: Way
    staff_id: int | None = None
    # Of a call: its attempt id, or Asterisk's unique id of one that came in.
    call_id: str = ""


async def note(session: AsyncSession, by: Actor, act: str, subject: str, now: datetime, details: str = "") -> None:
    """Add to the trail, in the transaction of the deed itself.

    ``act`` is one word in the past, such as ``launched``; ``subject`` what it was done to, such as ``announcement 12``.
    """
    session.add(
        Audit(
            at=now,
            who=by.name[:200],
            staff_id=by.staff_id,
            way=by.way,
            act=act,
            subject=subject,
            call_id=by.call_id,
            details=details,
        )
    )
    await session.flush()


async def trail(session: AsyncSession, *, subject: str | None = None, most: int = 1000) -> Sequence[Audit]:
    """The latest ``most`` entries, newest first; only those of ``subject`` where one is given."""
    query = select(Audit).order_by(Audit.id.desc()).limit(most)
    if subject is not None:
        query = query.where(Audit.subject == subject)
    return (await session.scalars(query)).all()
