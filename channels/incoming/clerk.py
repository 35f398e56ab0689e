"""Works off what came: reads each message, acts on it, and writes its answer, all in one transaction.

A message is new until that transaction is committed; so after a crash it is read again, and nothing was done twice.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from channels.incoming.acting import act
from channels.incoming.conversations import open_question, put_question
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
                book = await load_book(session, self._town, self._country, now.year)
                for row in rows:
                    await self._deal(session, row, book, now)
        if rows:
            self.wrote.set()
        return len(rows)

    async def _deal(self, session: AsyncSession, row: IncomingMessage, book: TownsBook, now: datetime) -> None:
        """A defect of ours with one message must not keep the others waiting."""
        try:
            async with session.begin_nested():
                row.result = await self._dealt(session, row, book, now)
                row.state = MessageState.DONE
        except StoreError:
            raise
        except Exception:
            log.exception("a message could not be dealt with", message=row.id)
            await session.refresh(row)
            row.state, row.result = MessageState.FAILED, "defect"
        row.done_at = now

    async def _dealt(self, session: AsyncSession, row: IncomingMessage, book: TownsBook, now: datetime) -> str:
        """What became of it, in a word."""
        if row.number is None or row.number in self._own_numbers:
            return "no_number" if row.number is None else "ourselves"
        sender = Sender(row.number, f"sms {row.id}", book, self._country, now)
        pending = await open_question(session, row.number, now)
        intent = _read(row, book, pending)
        if isinstance(intent, Enrol | Unclear) and not self._may_text(row.number):
            return "out_of_reach"
        told = await _done(session, intent, pending, sender, row)
        row.subscriber_id = told.subscriber_id
        await put_question(session, row.number, _still_open(told, intent, pending), now)
        await self._answer(session, row, told, _language(intent, pending), sender)
        return told.key

    async def _answer(
        self, session: AsyncSession, row: IncomingMessage, told: Told, language: str, sender: Sender
    ) -> None:
        """At most so many an hour to one number: two machines that answer each other soon fall silent."""
        if not self._may_text(sender.number):
            return
        lately = select(func.count()).where(Answer.number == row.number, Answer.created_at > sender.now - AN_HOUR)
        if (await session.scalar(lately) or 0) >= self._settings.answers_per_hour:
            log.warning("no more answers to a number this hour", number=mask(sender.number))
            return
        text = compose(told.key, language, {**_examples(sender.town), **told.values, "town": self._town})
        session.add(
            Answer(
                message_id=row.id,
                number=sender.number,
                text=text,
                state=AnswerState.QUEUED,
                created_at=sender.now,
                due_at=sender.now,
            )
        )
        await session.flush()


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
