"""Messages that a USB modem got, from gammu-smsd's own database: each is ours before gammu's row is marked."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from channels.gammu import inbox as received
from channels.incoming.arrived import Arrived, read_header
from channels.incoming.inbox import Inbox
from channels.incoming.settings import GammuInbox
from store.database import Store
from store.tasks import for_ever

POLL_SECONDS = 2.0
BATCH = 100
_BINARY = "8bit"


class Modem:
    def __init__(self, settings: GammuInbox, inbox: Inbox, clock: Callable[[], datetime]) -> None:
        self._name = settings.name
        self._inbox = inbox
        self._clock = clock
        self._database = Store(settings.url.get_secret_value())

    async def run(self) -> None:
        """Until cancelled."""
        trouble = "cannot look for messages of a modem"
        await for_ever(self.work, POLL_SECONDS, trouble, inbox=self._name)

    async def work(self) -> int:
        """Take what the modem got; returns how many messages or parts."""
        rows = await self._new()
        await asyncio.gather(*(self._inbox.take(self._arrived(row)) for row in rows))
        if rows:
            async with self._database.writing() as session:
                taken = received.c.ID.in_([row.ID for row in rows])
                await session.execute(update(received).where(taken).values(Processed=True))
        return len(rows)

    async def close(self) -> None:
        await self._database.close()

    async def _new(self) -> Sequence[Row[Any]]:
        query = select(received).where(received.c.Processed.is_not(True)).order_by(received.c.ID).limit(BATCH)
        async with self._database.reading() as session:
            return (await session.execute(query)).all()

    def _arrived(self, row: Row[Any]) -> Arrived:
        """gammu counts its rows anew when its database is made anew, so the time is part of the key."""
        header, raw = _bytes(row.UDH), _bytes(row.Text)
        return Arrived(
            self._name,
            f"{row.ID} {row.ReceivingDateTime}",
            row.SenderNumber or "",
            row.RecipientID or "",
            None if str(row.Coding).casefold() == _BINARY else row.TextDecoded or "",
            self._clock(),
            raw,
            read_header(header),
        )


def _bytes(text: str | None) -> bytes:
    try:
        return bytes.fromhex(text or "")
    except ValueError:
        return b""
