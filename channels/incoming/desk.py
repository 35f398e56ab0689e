"""What the clerk has at hand for a batch of messages, and how its outcomes are written down."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from channels.incoming.conversations import put_question
from channels.incoming.intents import Unclear
from channels.incoming.towns_book import TownsBook
from store.messages import Answer, AnswerState, IncomingMessage, MessageState


@dataclass
class Desk:
    """What a batch of messages is dealt with: the town's book, open questions and the answers of this hour."""

    session: AsyncSession
    book: TownsBook
    now: datetime
    questions: dict[str, Unclear]
    answered: Counter[str]

    async def remember(self, number: str, question: Unclear | None) -> None:
        if question == self.questions.get(number):
            return
        await put_question(self.session, number, question, self.now)
        if question is None:
            del self.questions[number]
        else:
            self.questions[number] = question


@dataclass(frozen=True)
class Outcome:
    """What became of a message, in a word; and its answer, if there is one."""

    message_id: int
    state: MessageState
    result: str
    subscriber_id: int | None = None
    number: str = ""
    answer: str | None = None


async def write(session: AsyncSession, outcomes: Sequence[Outcome], now: datetime) -> None:
    messages = [
        {
            "id": one.message_id,
            "state": one.state,
            "result": one.result,
            "subscriber_id": one.subscriber_id,
            "done_at": now,
        }
        for one in outcomes
    ]
    answers = [
        {
            "message_id": one.message_id,
            "number": one.number,
            "text": one.answer,
            "state": AnswerState.QUEUED,
            "created_at": now,
            "due_at": now,
        }
        for one in outcomes
        if one.answer is not None
    ]
    await session.execute(update(IncomingMessage), messages)
    if answers:
        await session.execute(insert(Answer), answers)
