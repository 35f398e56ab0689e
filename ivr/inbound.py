"""The record of calls to the town's number."""

from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from ivr.call import Call
from store.database import Store
from store.inbound import CallEnding, InboundCall
from subscribers.lines import people_on

HOUR = timedelta(hours=1)


class InboundCalls:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def begin(self, call: Call, now: datetime) -> int:
        """Note the call, and tell it who is on its line; gives how many calls that number has made in an hour.

        Raises StoreError.
        """
        async with self._store.writing() as session:
            session.add(InboundCall(id=call.id, number=call.number, started_at=now))
            await session.flush()
            since = InboundCall.started_at > now - HOUR
            made = select(func.count()).where(InboundCall.number == call.number, since)
            if call.number:
                call.people = await people_on(session, call.number)
            return await session.scalar(made) or 0

    async def end(self, call: Call, ending: CallEnding, now: datetime) -> None:
        """It changes nothing where the call could not be noted at its beginning. Raises StoreError."""
        async with self._store.writing() as session:
            await session.execute(
                update(InboundCall)
                .where(InboundCall.id == call.id)
                .values(ended_at=now, ending=ending, last_prompt=call.prompt)
            )
