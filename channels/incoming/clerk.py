"""Works off what came: reads each message, acts on it, and writes its answer, all in one transaction.

A message is new until that transaction is committed; so after a crash it is read again, and nothing was done twice.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from channels.incoming.acting import act
from channels.incoming.conversations import open_questions
from channels.incoming.deeds import Sender, Told, newcomer, welcome
from channels.incoming.desk import Desk, Outcome, write
from channels.incoming.grammar import read
from channels.incoming.inbox import Inbox, give_up_waiting
from channels.incoming.intents import Enrol, Intent, Letter, Plain, Reason, Refused, Unclear, Verb
from channels.incoming.replies import compose
from channels.incoming.settings import IncomingSettings
from channels.incoming.towns_book import TownsBook, load_book, settled
from store.database import Store
from store.errors import InputError, StoreError
from store.messages import Answer, IncomingMessage, MessageState
from store.tasks import for_ever
from subscribers.newcomers import register_newcomers
from subscribers.person import Person
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
        await for_ever(self.work, POLL_SECONDS, "messages cannot be read yet", self._inbox.arrived)

    async def work(self) -> int:
        """Deal with what is new, the oldest first; returns how many there were, at most BATCH."""
        now = self._clock()
        async with self._store.writing() as session:
            await give_up_waiting(session, now)
            rows = (await session.scalars(_new_messages())).all()
            if rows:
                desk = await self._prepare(session, rows, now)
                outcomes = await self._try_to_welcome(desk, rows)
                for row in rows:
                    if row.id not in outcomes:
                        outcomes[row.id] = await self._deal(desk, row)
                await write(session, list(outcomes.values()), now)
        if rows:
            self.wrote.set()
        return len(rows)

    async def _prepare(self, session: AsyncSession, rows: Sequence[IncomingMessage], now: datetime) -> Desk:
        numbers = {row.number for row in rows if row.number}
        book = await load_book(session, self._town, self._country, now.year)
        lately = (
            select(Answer.number, func.count())
            .where(Answer.number.in_(numbers), Answer.created_at > now - AN_HOUR)
            .group_by(Answer.number)
        )
        answered = {row[0]: row[1] for row in await session.execute(lately)}
        return Desk(session, book, now, await open_questions(session, numbers, now), Counter(answered))

    async def _try_to_welcome(self, desk: Desk, rows: Sequence[IncomingMessage]) -> dict[int, Outcome]:
        try:
            async with desk.session.begin_nested():
                return await self._welcome(desk, rows)
        except StoreError:
            raise
        except Exception:
            log.exception("newcomers could not be registered at once, so each by themselves")
            return {}

    async def _welcome(self, desk: Desk, rows: Sequence[IncomingMessage]) -> dict[int, Outcome]:
        """Register at once all who are new to us and wrote but this; the outcomes by message id."""
        senders = Counter(row.number for row in rows)
        coming: list[tuple[IncomingMessage, Sender, Person, Enrol]] = []
        for row in rows:
            if row.number and senders[row.number] == 1 and self._may_register(row.number, desk):
                intent = _read(row, desk.book, None)
                if isinstance(intent, Enrol) and intent.verb is Verb.REGISTER:
                    sender = self._sender(row.number, row, desk)
                    placed = replace(intent, place=await settled(desk.session, intent.place, desk.book))
                    coming.append((row, sender, newcomer(placed, sender), placed))
        people = [(person, sender.proof) for _, sender, person, _ in coming]
        ids = await register_newcomers(desk.session, people, desk.book.rules, desk.now) if people else []
        outcomes = {}
        for (row, sender, person, order), subscriber_id in zip(coming, ids, strict=True):
            if subscriber_id is not None:
                told = welcome(person, subscriber_id, sender)
                answer = self._answer(desk, sender.number, told, order.language)
                outcomes[row.id] = Outcome(row.id, MessageState.DONE, told.key, subscriber_id, sender.number, answer)
        return outcomes

    def _may_register(self, number: str, desk: Desk) -> bool:
        return number not in self._own_numbers and number not in desk.questions and self._may_text(number)

    def _sender(self, number: str, row: IncomingMessage, desk: Desk) -> Sender:
        return Sender(number, f"sms {row.id}", desk.book, self._country, desk.now)

    async def _deal(self, desk: Desk, row: IncomingMessage) -> Outcome:
        """A defect of ours with one message must not keep the others waiting."""
        try:
            return await self._dealt(desk, row)
        except StoreError:
            raise
        except Exception:
            log.exception("a message could not be dealt with", message=row.id)
            return Outcome(row.id, MessageState.FAILED, "defect")

    async def _dealt(self, desk: Desk, row: IncomingMessage) -> Outcome:
        number = row.number
        if number is None or number in self._own_numbers:
            return Outcome(row.id, MessageState.DONE, "no_number" if number is None else "ourselves")
        sender = self._sender(number, row, desk)
        pending = desk.questions.get(number)
        intent = _read(row, desk.book, pending)
        if isinstance(intent, Enrol | Unclear) and not self._may_text(number):
            return Outcome(row.id, MessageState.DONE, "out_of_reach")
        told = await _done(desk.session, intent, pending, sender, row)
        await desk.remember(number, _still_open(told, intent, pending))
        answer = self._answer(desk, number, told, _language(intent, pending))
        return Outcome(row.id, MessageState.DONE, told.key, told.subscriber_id, number, answer)

    def _answer(self, desk: Desk, number: str, told: Told, language: str) -> str | None:
        """At most so many an hour to one number: two machines that answer each other soon fall silent."""
        if not self._may_text(number):
            return None
        if desk.answered[number] >= self._settings.answers_per_hour:
            log.warning("no more answers to a number this hour", number=mask(number))
            return None
        desk.answered[number] += 1
        return compose(told.key, language, {**_examples(desk.book), **told.values, "town": self._town})


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
