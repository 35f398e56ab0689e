"""The text dispatcher: one coroutine per carrier that claims due texts at its pace, and hands them over."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.outcome import Ending
from announcements.text_claim import ClaimedText, TextWish, claim_texts
from announcements.texts import Acceptance
from channels.carrier import Accepted, Answer, Mail, Message, Refused, Unsure
from channels.encoding import Encoded
from channels.ledger import Entry, Ledger
from channels.outlet import Outlet, Outlets
from store.database import Store
from store.errors import StoreError
from store.states import Channel, Disposition
from store.tasks import Tasks, for_ever
from store.work import Attempt
from subscribers.phones import mask

log = structlog.get_logger(__name__)

# Messages of this much time are claimed in one transaction, at most so many.
AHEAD_SECONDS = 0.25
MOST = 500
# Batches on the way to the carrier at once.
MOST_BATCHES = 4
KEEPER_SECONDS = 5.0
# Gateways that could not reach us for a while try again within this time.
GRACE_SECONDS = 60.0


@dataclass(frozen=True)
class Post:
    """What the dispatchers of all carriers share."""

    store: Store
    ledger: Ledger
    clock: Callable[[], datetime]
    encode: Callable[[str], Encoded]
    poll_seconds: float = 0.5


class TextDispatcher:
    """``journal``: its carrier writes down what leaves (``mail.journal``)."""

    def __init__(self, outlet: Outlet, outlets: Outlets, post: Post, *, journal: bool = False) -> None:
        self.outlet = outlet
        self._journal = journal
        self._outlets = outlets
        self._post = post
        self._batches = Tasks()
        self._began_at = post.clock()

    @property
    def on_the_way(self) -> int:
        """Batches that the carrier has not answered yet."""
        return len(self._batches)

    async def settle_earlier_run(self) -> None:
        """At start: of a carrier that never reports nobody will learn what became of what was on the way at the end.

        Its journal, if it keeps one, tells what had been taken, and what never left.
        """
        ends_as = self.outlet.carrier.ends_as
        if ends_as is None:
            return
        taken = Attempt.accepted_at.is_not(None)
        left = Attempt.message_id.is_not(None) if self._journal else true()
        async with self._post.store.reading() as session:
            settled = [
                (await _open(session, self.outlet.name, taken), ends_as),
                (await _open(session, self.outlet.name, ~taken & left), Disposition.UNKNOWN),
                (await _open(session, self.outlet.name, ~taken & ~left), Disposition.WITHDRAWN),
            ]
        for attempt_ids, disposition in settled:
            await self._end(attempt_ids, disposition)

    async def run(self) -> None:
        """Send for ever; cancelled to end. What is on the way goes on, see ``drain``."""
        looking = for_ever(self.end_overdue, KEEPER_SECONDS, "keeper cannot work yet", carrier=self.outlet.name)
        keeper = asyncio.create_task(looking, name=f"keeper of {self.outlet.name}")
        try:
            while True:
                await self.outlet.wait_usable()
                await self.outlet.turn()
                while len(self._batches) >= MOST_BATCHES:
                    await self._batches.one_ends()
                if not await self._send_some():
                    await asyncio.sleep(self._post.poll_seconds)
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def drain(self) -> None:
        """Wait until the carrier has answered, and that is recorded."""
        await self._batches.drain()

    async def leave(self) -> None:
        """Let go of what the carrier has not answered: the next run takes it as unsure."""
        await self._batches.cancel()

    async def end_overdue(self) -> None:
        """End what we have waited for long enough: a report, or any sign of a message whose submit nobody answered.

        Such a message was most likely never sent, for this carrier would have reported it: *failed*, so that it is sent
        again. One that was taken is *unknown*. Not at once after our start: the gateway may be keeping reports for us.
        """
        if self.outlet.carrier.ends_as is not None and self.on_the_way:
            return  # what waits for its turn at a slow carrier is not overdue
        now, terms = self._post.clock(), self.outlet.terms
        if timedelta() <= now - self._began_at < timedelta(seconds=GRACE_SECONDS):
            return
        async with self._post.store.reading() as session:
            unreported = await _open(
                session, self.outlet.name, Attempt.accepted_at < now - timedelta(seconds=terms.report_seconds)
            )
            unsure = await _open(
                session,
                self.outlet.name,
                Attempt.accepted_at.is_(None) & (Attempt.started_at < now - timedelta(seconds=terms.unsure_seconds)),
            )
        await self._end(unreported, Disposition.UNKNOWN)
        await self._end(unsure, Disposition.FAILED)

    async def _end(self, attempt_ids: Sequence[str], disposition: Disposition) -> None:
        if attempt_ids:
            log.warning("no word of messages", carrier=self.outlet.name, messages=len(attempt_ids), ends=disposition)
            now = self._post.clock()
            await self._post.ledger.enter(Entry(endings={key: Ending(disposition, now) for key in attempt_ids}))

    async def _send_some(self) -> bool:
        """Claim and hand over what the pace allows; False when nothing was due here and now."""
        terms = self.outlet.terms
        wish = TextWish(
            channel=terms.channel,
            way=self.outlet.way,
            most=max(1, min(MOST, int(terms.per_second * AHEAD_SECONDS))),
            preferred=tuple(one.way for one in self._outlets.before(self.outlet)),
            hours=self._outlets.hours_of(self.outlet),
        )
        try:
            claimed = await claim_texts(self._post.store, wish, self._post.clock(), parts_of=self._parts_of)
        except StoreError as error:
            log.error("cannot claim", carrier=self.outlet.name, error=str(error))
            return False
        if claimed:
            self._batches.start(self._hand_over(claimed), f"batch of {self.outlet.name}")
        return bool(claimed)

    def _parts_of(self, text: str) -> int | None:
        """An e-mail has none."""
        return self._post.encode(text).parts if self.outlet.terms.channel is Channel.SMS else None

    async def _hand_over(self, claimed: Sequence[ClaimedText]) -> None:
        messages = [self._message(one) for one in claimed]
        answers = await self.outlet.submit(messages)
        log.info("texts handed over", carrier=self.outlet.name, messages=len(messages))
        for message, answer in zip(messages, answers, strict=True):
            _tell(self.outlet.name, message, answer)
        await self._post.ledger.enter(self._entry(dict(zip((one.reference for one in messages), answers, strict=True))))

    def _message(self, claimed: ClaimedText) -> Message:
        return Message(
            reference=claimed.attempt_id,
            batch=claimed.batch,
            address=claimed.address,
            content=self._post.encode(claimed.text),
            priority=claimed.announcement.priority,
            mail=_mail(claimed) if self.outlet.terms.channel is Channel.EMAIL else None,
        )

    def _entry(self, answers: Mapping[str, Answer]) -> Entry:
        """What the answers make of the attempts. One that is unsure stays open where a report may settle it."""
        now, ends_as = self._post.clock(), self.outlet.carrier.ends_as
        accepted: dict[str, Acceptance] = {}
        endings: dict[str, Ending] = {}
        for attempt_id, answer in answers.items():
            match answer:
                case Accepted(message_id):
                    accepted[attempt_id] = Acceptance(now, message_id or None)
                    if ends_as is not None:
                        endings[attempt_id] = Ending(ends_as, now)
                case Refused(disposition, _, _, cause):
                    endings[attempt_id] = Ending(disposition, now, cause)
                case Unsure() if ends_as is not None:
                    endings[attempt_id] = Ending(Disposition.UNKNOWN, now)
        return Entry(accepted, endings)


def _mail(claimed: ClaimedText) -> Mail:
    announcement = claimed.announcement
    return Mail(claimed.subject, announcement.language, claimed.delivery_id, announcement.rendering)


def _tell(carrier: str, message: Message, answer: Answer) -> None:
    if not isinstance(answer, Accepted):
        kind, to = type(answer).__name__.lower(), mask(message.address)
        log.warning(f"text {kind}", attempt=message.reference, carrier=carrier, to=to, reason=answer.why)


async def _open(session: AsyncSession, carrier: str, which: ColumnElement[bool]) -> Sequence[str]:
    """Ids of the carrier's open attempts."""
    query = select(Attempt.id).where(Attempt.trunk == carrier, Attempt.ended_at.is_(None), which)
    return (await session.scalars(query)).all()
