"""What callers left has an end: the record of their calls, and what they said, once a clerk has dealt with it."""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ivr.settings import HotlineSettings
from store.callers import Callback, Proposal, RegistrationRequest
from store.database import Store
from store.inbound import InboundCall, VoiceMessage
from store.states import ProposalState

# As ivr.call names them: nothing else in that folder is ours.
RECORDING = re.compile(r"[0-9a-f]{32}-[0-9]+\.wav")


@dataclass(frozen=True)
class Forgotten:
    """How many went."""

    calls: int
    recordings: int


@dataclass(frozen=True)
class Retention:
    """How long the record of a call is kept, and what was said in it from the moment that nobody waits for it."""

    store: Store
    folder: Path
    calls: timedelta
    recordings: timedelta

    @classmethod
    def of(cls, store: Store, settings: HotlineSettings) -> "Retention":
        calls, recordings = timedelta(days=settings.calls_days), timedelta(days=settings.recordings_days)
        return cls(store, settings.recordings, calls, recordings)

    async def sweep(self, now: datetime) -> Forgotten:
        """Rows first: whatever happens meanwhile, none tells of a file that is gone. Raises StoreError or OSError."""
        async with self.store.writing() as session:
            awaited = await _proposed(session)
            await _forget_dealt_with(session, now - self.recordings)
            calls = await _forget_calls(session, now - self.calls)
            await _forget_asked(session, now - self.calls)
            awaited |= await _named(session)
        return Forgotten(calls, await asyncio.to_thread(self._remove, awaited, now - self.recordings))

    def _remove(self, awaited: set[str], before: datetime) -> int:
        """Recordings that no row names, also those of calls that came to nothing; how many."""
        old = [
            file
            for file in self.folder.glob("*.wav")
            if RECORDING.fullmatch(file.name) and file.name not in awaited and file.stat().st_mtime < before.timestamp()
        ]
        for file in old:
            file.unlink(missing_ok=True)
        return len(old)


async def _proposed(session: AsyncSession) -> set[str]:
    """Spoken names of registrations that wait for their proof, and become requests then.

    Read before those of requests, so that one that changes over meanwhile is seen in one place at least.
    """
    query = select(Proposal.content).where(Proposal.state == ProposalState.WAITING)
    return {content["recording"] for content in await session.scalars(query) if content.get("recording")}


async def _forget_dealt_with(session: AsyncSession, before: datetime) -> None:
    """What waits for a clerk has no such moment, and stays."""
    closed = RegistrationRequest.closed_at < before, RegistrationRequest.recording.is_not(None)
    await session.execute(update(RegistrationRequest).where(*closed).values(recording=None))
    await session.execute(delete(VoiceMessage).where(VoiceMessage.done_at < before))


async def _forget_calls(session: AsyncSession, before: datetime) -> int:
    """Whose voice message waits for a clerk keeps its call, which tells the number."""
    waiting = select(VoiceMessage.call_id).where(VoiceMessage.done_at.is_(None))
    old = delete(InboundCall).where(InboundCall.started_at < before, InboundCall.id.not_in(waiting))
    return len((await session.execute(old.returning(InboundCall.id))).all())


async def _forget_asked(session: AsyncSession, before: datetime) -> None:
    """What callers asked for, once it is over, ends with the record of its call; attempts go with their call-back."""
    await session.execute(delete(RegistrationRequest).where(RegistrationRequest.closed_at < before))
    for asked in (Proposal, Callback):
        await session.execute(delete(asked).where(asked.ended_at < before))


async def _named(session: AsyncSession) -> set[str]:
    said = await session.scalars(
        select(RegistrationRequest.recording).where(RegistrationRequest.recording.is_not(None))
    )
    messages = await session.scalars(select(VoiceMessage.file))
    return {name for name in (*said, *messages) if name}
