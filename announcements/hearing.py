"""What a person on the phone hears and answers: looked up when the call is up, recorded when it ends."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from announcements.claim import token_hash
from store.database import Store
from store.people import ConsentWay
from store.work import Announcement, Attempt, Delivery
from subscribers.consent import Proof
from subscribers.registration import refuse_topics

# Version of the spoken wording under which topics are refused by key 9 (sounds/prompts).
REFUSAL_WORDING = "call-1"


@dataclass(frozen=True)
class Script:
    """What the call of one attempt says."""

    attempt_id: str
    # Key of the message in the renderings library.
    rendering: str


@dataclass
class Hearing:
    """How far a call has got; filled while it lasts."""

    answered_at: datetime
    heard_seconds: float = 0.0
    confirmed: bool = False
    refused: bool = False


async def script_for(store: Store, attempt_id: str, token: str) -> Script | None:
    """The script of an attempt in progress; None for a stranger: no such attempt, ended, or the wrong token."""
    async with store.reading() as session:
        attempt = await session.get(
            Attempt, attempt_id, options=[joinedload(Attempt.delivery).joinedload(Delivery.announcement)]
        )
    if attempt is None or attempt.ended_at is not None:
        return None
    if not hmac.compare_digest(attempt.token_hash, token_hash(token)):
        return None
    return Script(attempt_id=attempt.id, rendering=attempt.delivery.announcement.rendering)


async def record_hearing(session: AsyncSession, attempt_id: str, hearing: Hearing, now: datetime) -> None:
    """Write what was heard to the attempt, which the dialer then ends; a refusal goes to the consent record."""
    attempt = (
        await session.scalars(
            select(Attempt)
            .where(Attempt.id == attempt_id)
            .options(
                joinedload(Attempt.delivery).selectinload(Delivery.recipients),
                joinedload(Attempt.delivery).joinedload(Delivery.announcement).selectinload(Announcement.topics),
            )
        )
    ).one()
    attempt.answered_at = hearing.answered_at
    attempt.heard_seconds = hearing.heard_seconds
    attempt.confirmed = hearing.confirmed
    if hearing.refused:
        await refuse_topics(
            session,
            [recipient.subscriber_id for recipient in attempt.delivery.recipients],
            [topic.topic for topic in attempt.delivery.announcement.topics],
            Proof(ConsentWay.PHONE, REFUSAL_WORDING, attempt_id),
            now=now,
        )
