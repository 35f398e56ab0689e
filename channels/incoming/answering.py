"""Sends the answers: at most one to a message, whatever crashes.

An answer is marked as being sent, and that committed, before a gateway gets it; so one that was cut off is not sent
again, for the gateway may have it.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import select, update

from channels.carrier import Accepted, Refused, Unsure
from channels.carrier import Answer as Handed
from store.database import Store
from store.messages import Answer, AnswerState
from store.tasks import for_ever
from subscribers.phones import mask

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
BATCH = 50
# A gateway that is down is tried again after this long; an answer that comes later than LATEST only confuses.
AGAIN = timedelta(minutes=1)
LATEST = timedelta(hours=2)
_WHY_LENGTH = 200


class Sends(Protocol):
    """The way out for a text outside any announcement."""

    async def send(self, to: str, text: str) -> Handed: ...


class Answering:
    def __init__(self, store: Store, gateways: Sends, wrote: asyncio.Event, clock: Callable[[], datetime]) -> None:
        """``wrote`` is set whenever there may be answers."""
        self._store = store
        self._gateways = gateways
        self._wrote = wrote
        self._clock = clock

    async def settle_earlier_run(self) -> None:
        """What was being sent when an earlier run ended may be at the gateway: nobody knows."""
        async with self._store.writing() as session:
            await session.execute(
                update(Answer)
                .where(Answer.state == AnswerState.SENDING)
                .values(state=AnswerState.UNKNOWN, ended_at=self._clock(), why="the service ended meanwhile")
            )

    async def run(self) -> None:
        """Until cancelled."""
        await for_ever(self.work, POLL_SECONDS, "answers cannot be sent yet", self._wrote)

    async def work(self) -> int:
        """Send what is due; returns how many were tried."""
        due = await self._claim()
        handed = await asyncio.gather(*(self._gateways.send(answer.number, answer.text) for answer in due))
        if due:
            await self._end(list(zip(due, handed, strict=True)))
        return len(due)

    async def _claim(self) -> Sequence[Answer]:
        now = self._clock()
        async with self._store.writing() as session:
            query = select(Answer).where(Answer.state == AnswerState.QUEUED, Answer.due_at <= now)
            query = query.order_by(Answer.message_id).limit(BATCH).with_for_update(skip_locked=True)
            answers = (await session.scalars(query)).all()
            for answer in answers:
                late = answer.created_at + LATEST < now
                answer.state = AnswerState.FAILED if late else AnswerState.SENDING
                answer.ended_at, answer.why = (now, "too late") if late else (None, None)
        return [answer for answer in answers if answer.state is AnswerState.SENDING]

    async def _end(self, tried: Sequence[tuple[Answer, Handed]]) -> None:
        now = self._clock()
        async with self._store.writing() as session:
            for answer, handed in tried:
                values = _outcome(handed, now)
                await session.execute(update(Answer).where(Answer.message_id == answer.message_id).values(**values))
                if not isinstance(handed, Accepted):
                    log.warning("an answer was not sent", number=mask(answer.number), reason=handed.why)


def _outcome(handed: Handed, now: datetime) -> dict[str, object]:
    match handed:
        case Accepted():
            return {"ended_at": now, "state": AnswerState.SENT}
        case Refused(by_carrier=True):
            return {"state": AnswerState.QUEUED, "due_at": now + AGAIN, "why": handed.why[:_WHY_LENGTH]}
        case Refused():
            return {"ended_at": now, "state": AnswerState.FAILED, "why": handed.why[:_WHY_LENGTH]}
        case Unsure():
            return {"ended_at": now, "state": AnswerState.UNKNOWN, "why": handed.why[:_WHY_LENGTH]}
