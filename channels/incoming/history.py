"""What came and what was answered, for staff to read."""

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.messages import Answer, AnswerState, IncomingMessage, Letter, MessageState
from store.people import Phone


class Exchange(BaseModel):
    """One message with its answer. ``answer`` None: there was none, or none was due."""

    id: int
    received_at: datetime
    inbox: str
    # The number, else what the gateway told of the sender.
    sender: str
    text: str
    # It is no text, and this long.
    bytes: int | None
    state: MessageState
    result: str | None
    subscriber_id: int | None
    answer: str | None
    answer_state: AnswerState | None
    answer_why: str | None
    letter: int | None
    letter_forwarded_at: datetime | None


async def exchanges(
    session: AsyncSession,
    *,
    message_id: int | None = None,
    subscriber_id: int | None = None,
    number: str | None = None,
    limit: int = 50,
) -> list[Exchange]:
    """The newest first; parts of long messages are not told by themselves. Of a subscriber: what concerned them, and
    all that came from their numbers.
    """
    query = (
        select(IncomingMessage, Answer, Letter)
        .outerjoin(Answer, Answer.message_id == IncomingMessage.id)
        .outerjoin(Letter, Letter.message_id == IncomingMessage.id)
        .where(IncomingMessage.state != MessageState.JOINED, *_wanted(message_id, subscriber_id, number))
        .order_by(IncomingMessage.id.desc())
        .limit(limit)
    )
    return [_exchange(*row) for row in await session.execute(query)]


def _wanted(message_id: int | None, subscriber_id: int | None, number: str | None) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if message_id is not None:
        wanted.append(IncomingMessage.id == message_id)
    if number is not None:
        wanted.append(IncomingMessage.number == number)
    if subscriber_id is not None:
        theirs = select(Phone.number).where(Phone.subscriber_id == subscriber_id)
        wanted.append(or_(IncomingMessage.subscriber_id == subscriber_id, IncomingMessage.number.in_(theirs)))
    return wanted


def _exchange(message: IncomingMessage, answer: Answer | None, letter: Letter | None) -> Exchange:
    return Exchange(
        id=message.id,
        received_at=message.received_at,
        inbox=message.adapter,
        sender=message.number or message.sender,
        text=message.text,
        bytes=None if message.data is None else len(message.data),
        state=message.state,
        result=message.result,
        subscriber_id=message.subscriber_id,
        answer=answer.text if answer else None,
        answer_state=answer.state if answer else None,
        answer_why=answer.why if answer else None,
        letter=letter.id if letter else None,
        letter_forwarded_at=letter.forwarded_at if letter else None,
    )
