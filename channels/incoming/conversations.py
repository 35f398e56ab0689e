"""The question that is open with a number: kept with what was ordered, till it is answered or a day has passed."""

from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from channels.incoming.intents import Unclear
from store.messages import Conversation

OPEN_FOR = timedelta(days=1)
_UNCLEAR = TypeAdapter(Unclear)


async def open_question(session: AsyncSession, number: str, now: datetime) -> Unclear | None:
    row = await session.get(Conversation, number)
    return _UNCLEAR.validate_python(row.question) if row and row.expires_at > now else None


async def put_question(session: AsyncSession, number: str, question: Unclear | None, now: datetime) -> None:
    """``question`` is open from now on, in the place of the one before; None: none is."""
    if question is None:
        await session.execute(delete(Conversation).where(Conversation.number == number))
        return
    kept = _UNCLEAR.dump_python(question, mode="json")
    await session.merge(Conversation(number=number, question=kept, expires_at=now + OPEN_FOR))
