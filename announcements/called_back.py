"""Who is called back: looked up when they have answered."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from announcements.claim import token_hash
from store.callers import Callback, Purpose
from store.database import Store
from store.work import Attempt
from subscribers.lines import people_on


@dataclass(frozen=True)
class CalledBack:
    """``attempt_id`` is evidence: this call reached the number."""

    attempt_id: str
    number: str
    purpose: Purpose
    # Subscribers on this line.
    people: Sequence[int]


async def called_back(store: Store, attempt_id: str, token: str) -> CalledBack | None:
    """None for a stranger: no such call back in progress, or a wrong token."""
    query = select(Attempt.token_hash, Callback.number, Callback.purpose).join(Callback)
    async with store.reading() as session:
        rows = await session.execute(query.where(Attempt.id == attempt_id, Attempt.ended_at.is_(None)))
        found = rows.one_or_none()
        people = await people_on(session, found.number) if found else []
    if found is None or not hmac.compare_digest(found.token_hash, token_hash(token)):
        return None
    return CalledBack(attempt_id, found.number, found.purpose, people)


async def note_answer(store: Store, attempt_id: str, now: datetime) -> None:
    """Somebody has answered, whatever becomes of the call."""
    async with store.writing() as session:
        await session.execute(update(Attempt).where(Attempt.id == attempt_id).values(answered_at=now))
