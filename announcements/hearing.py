"""What a person on the phone hears and answers: looked up when the call is up, recorded when it ends."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Row, and_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.claim import token_hash
from announcements.scripts import Script, Scripts
from store.batch import Batch
from store.database import Store
from store.people import ConsentWay
from store.rows import Change
from store.staff import Way
from store.work import Announcement, AnnouncementTopic, Attempt, Delivery, LineRendering, Recipient
from subscribers.audit import Actor, note
from subscribers.consent import Proof
from subscribers.phones import mask
from subscribers.registration import refuse_topics

# Version of the spoken wording under which topics are refused by key 9 (sounds/prompts).
REFUSAL_WORDING = "call-1"

SCRIPTS = (
    select(
        Attempt.id,
        Attempt.token_hash,
        func.coalesce(LineRendering.rendering, Announcement.rendering).label("rendering"),
    )
    .join(Delivery, Attempt.delivery_id == Delivery.id)
    .join(Announcement)
    .outerjoin(
        LineRendering,
        and_(LineRendering.announcement_id == Announcement.id, LineRendering.address == Attempt.address),
    )
    .where(Attempt.id.in_(bindparam("ids", expanding=True)), Attempt.ended_at.is_(None))
)

CALLS = select(Attempt.address, Delivery.announcement_id).join(Delivery).where(Attempt.id == bindparam("id"))
HEARD = Change(Attempt, "answered_at", "heard_seconds", "confirmed")


@dataclass
class Hearing:
    """How far a call has got; filled while it lasts."""

    answered_at: datetime
    heard_seconds: float = 0.0
    confirmed: bool = False
    refused: bool = False


class Hearings:
    """What calls that are up ask and tell. Many at once share a transaction.

    ``at_hand``: scripts that need not be looked up.
    """

    def __init__(self, store: Store, at_hand: Scripts) -> None:
        self._store = store
        self._at_hand = at_hand
        self._scripts = Batch(self._look_up)
        self._records = Batch(self._write)

    async def script_for(self, attempt_id: str, token: str) -> Script | None:
        """The script of an attempt in progress; None for a stranger: no such attempt, ended, or the wrong token."""
        if script := self._at_hand.of(attempt_id, token):
            return script
        found = await self._scripts.put(attempt_id)
        if found is None or not hmac.compare_digest(found.token_hash, token_hash(token)):
            return None
        return Script(attempt_id=attempt_id, rendering=found.rendering)

    async def record(self, attempt_id: str, hearing: Hearing) -> None:
        """It is committed when this returns. Raises StoreError."""
        await self._records.put((attempt_id, hearing))

    async def _look_up(self, attempt_ids: Sequence[str]) -> Sequence[Row[str, str, str] | None]:
        async with self._store.reading() as session:
            rows = await session.execute(SCRIPTS, {"ids": attempt_ids})
        found = {row.id: row for row in rows}
        return [found.get(attempt_id) for attempt_id in attempt_ids]

    async def _write(self, hearings: Sequence[tuple[str, Hearing]]) -> Sequence[None]:
        async with self._store.writing() as session:
            await record_hearings(session, dict(hearings), datetime.now(UTC))
        return [None] * len(hearings)


async def record_hearings(session: AsyncSession, hearings: Mapping[str, Hearing], now: datetime) -> None:
    """Write what was heard to the attempts, by their ids; the dialer ends them. Refusals go to the consent record."""
    rows = {
        attempt_id: {
            "answered_at": hearing.answered_at,
            "heard_seconds": hearing.heard_seconds,
            "confirmed": hearing.confirmed,
        }
        for attempt_id, hearing in sorted(hearings.items())
    }
    await HEARD.make(session, rows)
    for attempt_id, hearing in hearings.items():
        if hearing.refused:
            await _refuse(session, attempt_id, now)


async def _refuse(session: AsyncSession, attempt_id: str, now: datetime) -> None:
    """For everybody on the line; to the audit trail, too, unless they had refused it already."""
    delivery = select(Attempt.delivery_id).where(Attempt.id == attempt_id).scalar_subquery()
    people = await session.scalars(select(Recipient.subscriber_id).where(Recipient.delivery_id == delivery))
    topics = await session.scalars(
        select(AnnouncementTopic.topic)
        .join(Delivery, Delivery.announcement_id == AnnouncementTopic.announcement_id)
        .where(Delivery.id == delivery)
    )
    proof = Proof(ConsentWay.PHONE, REFUSAL_WORDING, attempt_id)
    refused = topics.all()
    if not await refuse_topics(session, people.all(), refused, proof, now=now):
        return
    call = (await session.execute(CALLS, {"id": attempt_id})).one()
    listener = Actor(mask(call.address), Way.PHONE, call_id=attempt_id)
    what = f"wording {REFUSAL_WORDING}: {', '.join(sorted(refused))}"
    await note(session, listener, "topics refused", f"announcement {call.announcement_id}", now, what)
