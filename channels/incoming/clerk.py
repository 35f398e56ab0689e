"""Works off what came: reads each message, acts on it, and writes its answer, all in one transaction.

A message is new until that transaction is committed; so after a crash it is read again, and nothing was done twice.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from channels.incoming.acting import act
from channels.incoming.conversations import open_questions, put_question
from channels.incoming.deeds import Sender, Told
from channels.incoming.grammar import read
from channels.incoming.inbox import Inbox, give_up_waiting
from channels.incoming.intents import Enrol, Intent, Letter, Plain, Reason, Refused, Unclear
from channels.incoming.replies import compose
from channels.incoming.settings import IncomingSettings
from channels.incoming.towns_book import TownsBook, load_book
from channels.incoming.waiting import either
from store.database import Store
from store.errors import InputError, StoreError
from store.messages import Answer, AnswerState, IncomingMessage, MessageState
from subscribers.phones import mask

log = structlog.get_logger(__name__)

# Messages in one transaction: few, for people at other doors wait for it.
BATCH = 50
POLL_SECONDS = 1.0
AN_HOUR = timedelta(hours=1)
_MISSING = " (zpráva nepřišla celá)"


class Clerk:
    """``may_text`` says whether a number could be answered at all; ``own_numbers`` are those that we send from."""

    def __init__(
        self,
        store: Store,
        inbox: Inbox,
        settings: IncomingSettings,
        *,
        town: str,
        country: str,
        may_text: Callable[[str], bool],
        own_numbers: frozenset[str],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._settings = settings
        self._town = town
        self._country = country
        self._may_text = may_text
        self._own_numbers = own_numbers
        self._clock = clock
        # Set whenever answers or letters were written.
        self.wrote = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._inbox.arrived.clear()
            try:
                worked = await self.work()
            except StoreError as error:
                log.error("messages cannot be read yet", error=str(error))
                worked = 0
            if not worked:
                await either(self._inbox.arrived, POLL_SECONDS)

    async def work(self) -> int:
        """Deal with what is new, the oldest first; returns how many there were, at most BATCH."""
        now = self._clock()
        async with self._store.writing() as session:
            await give_up_waiting(session, now)
            rows = (await session.scalars(_new_messages())).all()
            if rows:
                desk = await self._prepare(session, rows, now)
                outcomes = [await self._deal(desk, row) for row in rows]
                await _write(session, outcomes, now)
        if rows:
            self.wrote.set()
        return len(rows)

    async def _prepare(self, session: AsyncSession, rows: Sequence[IncomingMessage], now: datetime) -> "_Desk":
        numbers = {row.number for row in rows if row.number}
        book = await load_book(session, self._town, self._country, now.year)
        lately = (
            select(Answer.number, func.count())
            .where(Answer.number.in_(numbers), Answer.created_at > now - AN_HOUR)
            .group_by(Answer.number)
        )
        answered = {row[0]: row[1] for row in await session.execute(lately)}
        return _Desk(session, book, now, await open_questions(session, numbers, now), Counter(answered))

    async def _deal(self, desk: "_Desk", row: IncomingMessage) -> "_Outcome":
        """A defect of ours with one message must not keep the others waiting."""
        try:
            return await self._dealt(desk, row)
        except StoreError:
            raise
        except Exception:
            log.exception("a message could not be dealt with", message=row.id)
            return _Outcome(row.id, MessageState.FAILED, "defect")

    async def _dealt(self, desk: "_Desk", row: IncomingMessage) -> "_Outcome":
        number = row.number
        if number is None or number in self._own_numbers:
            return _Outcome(row.id, MessageState.DONE, "no_number" if number is None else "ourselves")
        sender = Sender(number, f"sms {row.id}", desk.book, self._country, desk.now)
        pending = desk.questions.get(number)
        intent = _read(row, desk.book, pending)
        if isinstance(intent, Enrol | Unclear) and not self._may_text(number):
            return _Outcome(row.id, MessageState.DONE, "out_of_reach")
        told = await _done(desk.session, intent, pending, sender, row)
        await desk.remember(number, _still_open(told, intent, pending))
        answer = self._answer(desk, number, told, _language(intent, pending))
        return _Outcome(row.id, MessageState.DONE, told.key, told.subscriber_id, number, answer)

    def _answer(self, desk: "_Desk", number: str, told: Told, language: str) -> str | None:
        """At most so many an hour to one number: two machines that answer each other soon fall silent."""
        if not self._may_text(number):
            return None
        if desk.answered[number] >= self._settings.answers_per_hour:
            log.warning("no more answers to a number this hour", number=mask(number))
            return None
        desk.answered[number] += 1
        return compose(told.key, language, {**_examples(desk.book), **told.values, "town": self._town})


@dataclass
class _Desk:
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
class _Outcome:
    """What became of a message, in a word; and its answer, if there is one."""

    message_id: int
    state: MessageState
    result: str
    subscriber_id: int | None = None
    number: str = ""
    answer: str | None = None


async def _write(session: AsyncSession, outcomes: Sequence[_Outcome], now: datetime) -> None:
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


def _new_messages() -> Select[IncomingMessage]:
    return (
        select(IncomingMessage)
        .where(IncomingMessage.state == MessageState.NEW)
        .order_by(IncomingMessage.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )


def _read(row: IncomingMessage, book: TownsBook, pending: Unclear | None) -> Intent:
    if row.data is not None:
        return Refused(Reason.UNREADABLE)
    intent = read(row.text, book.book, pending)
    if not row.incomplete:
        return intent
    return Letter(intent.text + _MISSING) if isinstance(intent, Letter) else Refused(Reason.INCOMPLETE)


async def _done(
    session: AsyncSession, intent: Intent, pending: Unclear | None, sender: Sender, row: IncomingMessage
) -> Told:
    try:
        async with session.begin_nested():
            return await act(session, intent, pending, sender, row)
    except InputError as error:
        log.warning("a message was refused at the door for people", message=row.id, reason=error.what)
        return Told("refused")


def _still_open(told: Told, intent: Intent, pending: Unclear | None) -> Unclear | None:
    """A new question; or the old one, where the message neither answered it nor ordered anything else."""
    if told.question is not None:
        return told.question
    keeps = isinstance(intent, Letter | Plain) or (isinstance(intent, Refused) and intent.reason is not Reason.GIVEN_UP)
    return pending if keeps else None


def _language(intent: Intent, pending: Unclear | None) -> str:
    if isinstance(intent, Unclear):
        return intent.order.language
    if isinstance(intent, Refused) and pending:
        return pending.order.language
    return intent.language


def _examples(town: TownsBook) -> dict[str, str]:
    """What answers show: an address of this town, and what may be chosen."""
    place = next(iter(town.book.streets or town.book.parts), "")
    numbers = [number for number, _, _ in town.book.topics if number is not None]
    packages = [number for number, _ in town.book.packages]
    return {
        "example": f"{place} 5".strip(),
        "topics": f"T1-T{max(numbers)}" if numbers else "-",
        "packages": f"B{min(packages)}-B{max(packages)}" if packages else "-",
        "options": "",
    }
