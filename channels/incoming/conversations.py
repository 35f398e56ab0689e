"""The question that is open with a number: kept with what was ordered, till it is answered or a day has passed."""

from collections.abc import Collection
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from channels.incoming.intents import Unclear
from store.messages import Conversation

OPEN_FOR = timedelta(days=1)
_UNCLEAR = TypeAdapter(Unclear)


async def open_questions(session: AsyncSession, numbers: Collection[str], now: datetime) -> dict[str, Unclear]:
    """By number, of those that one is open with."""
    query = select(Conversation).where(Conversation.number.in_(numbers), Conversation.expires_at > now)
    return {row.number: _UNCLEAR.validate_python(row.question) for row in await session.scalars(query)}


async def put_question(session: AsyncSession, number: str, question: Unclear | None, now: datetime) -> None:
    """``question`` is open from now on, in the place of the one before; None: none is."""
    if question is None:
        await session.execute(delete(Conversation).where(Conversation.number == number))
        return
    kept = _UNCLEAR.dump_python(question, mode="json")
    await session.merge(Conversation(number=number, question=kept, expires_at=now + OPEN_FOR))
    await session.flush()
