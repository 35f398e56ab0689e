"""Takes in what gateways bring: each message once, in the store before the gateway hears that we have it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from channels.incoming.arrived import LONGEST_KEY, LONGEST_TEXT, Arrived, number_of, tidy
from store.batch import Batch
from store.database import Store
from store.messages import IncomingMessage, MessageState
from subscribers.turns import take_turn

_SENDER_LENGTH = 40
# Phones and networks send the parts of one message within minutes; a phone uses its reference again after 255 others.
WAIT_FOR_PARTS = timedelta(hours=1)
GAP = " […] "
# Whose parts belong together.
_Group = tuple[str, str, int, int]


class Inbox:
    """``arrived`` is set whenever there is something to read."""

    def __init__(self, store: Store, country: str) -> None:
        self._store = store
        self._country = country
        self._batch: Batch[Arrived, bool] = Batch(self._keep)
        self.arrived = asyncio.Event()

    async def take(self, message: Arrived) -> bool:
        """Returns when it is committed: whether it is news, or had come before. Raises StoreError."""
        return await self._batch.put(message)

    async def _keep(self, messages: Sequence[Arrived]) -> list[bool]:
        rows = [_row(message, self._country) for message in messages]
        async with self._store.writing() as session:
            taken = await _insert(session, rows)
            # Of one that is in this batch twice, the first is the news.
            news = [taken.pop((row["adapter"], row["key"]), False) for row in rows]
            groups = {_group(row) for row, new in zip(rows, news, strict=True) if new and row["parts"]}
            if groups:
                await take_turn(session)
            for group in groups:
                await _join(session, group, rows[0]["received_at"])
        self.arrived.set()
        return news


async def _insert(session: AsyncSession, rows: list[dict[str, Any]]) -> dict[tuple[str, str], bool]:
    """True by (adapter, key) of those that had not come before."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    query = insert(IncomingMessage).values(rows).on_conflict_do_nothing()
    taken = await session.execute(query.returning(IncomingMessage.adapter, IncomingMessage.key))
    return {(row.adapter, row.key): True for row in taken}


def _row(message: Arrived, country: str) -> dict[str, Any]:
    part = message.part
    return {
        "adapter": message.adapter,
        "key": tidy(message.key, LONGEST_KEY),
        "sender": tidy(message.sender.strip(), _SENDER_LENGTH),
        "number": number_of(message.sender, country),
        "recipient": tidy(message.recipient.strip(), _SENDER_LENGTH),
        "text": tidy(message.text or "", LONGEST_TEXT),
        "data": message.data if message.text is None else None,
        "received_at": message.received_at,
        "state": MessageState.WAITING if part else MessageState.NEW,
        "reference": part.reference if part else None,
        "part": part.number if part else None,
        "parts": part.of if part else None,
        "incomplete": False,
    }


def _group(row: Mapping[str, Any]) -> _Group:
    return row["adapter"], row["sender"], row["reference"], row["parts"]


async def _join(session: AsyncSession, group: _Group, now: datetime) -> None:
    """Put the parts of one message together, if all are there."""
    rows = await _waiting(session, group, now - WAIT_FOR_PARTS)
    if len(rows) == group[3]:
        await _put_together(session, rows, group[3])


async def _waiting(session: AsyncSession, group: _Group, since: datetime) -> dict[int, IncomingMessage]:
    """The parts by their number; of one that came twice, the first, and the other is put aside."""
    adapter, sender, reference, parts = group
    query = select(IncomingMessage).where(
        IncomingMessage.state == MessageState.WAITING,
        IncomingMessage.adapter == adapter,
        IncomingMessage.sender == sender,
        IncomingMessage.reference == reference,
        IncomingMessage.parts == parts,
        IncomingMessage.received_at > since,
    )
    return _by_part(await session.scalars(query.order_by(IncomingMessage.id)))


def _by_part(rows: Iterable[IncomingMessage]) -> dict[int, IncomingMessage]:
    parts: dict[int, IncomingMessage] = {}
    for row in rows:
        if parts.setdefault(row.part or 0, row) is not row:
            row.state = MessageState.JOINED
    return parts


async def _put_together(session: AsyncSession, rows: dict[int, IncomingMessage], parts: int) -> None:
    """The first row becomes the whole message, the others are kept as they came."""
    pieces = [rows[number].text if number in rows else GAP for number in range(1, parts + 1)]
    first, *others = (rows[number] for number in sorted(rows))
    first.text = "".join(pieces)
    first.incomplete = len(rows) < parts
    first.state = MessageState.NEW
    for row in others:
        row.state = MessageState.JOINED
    await session.flush()


async def give_up_waiting(session: AsyncSession, now: datetime) -> int:
    """Messages of which a part never came are read as far as they go. Returns how many."""
    query = select(IncomingMessage).where(
        IncomingMessage.state == MessageState.WAITING, IncomingMessage.received_at <= now - WAIT_FOR_PARTS
    )
    groups: dict[_Group, list[IncomingMessage]] = defaultdict(list)
    for row in await session.scalars(query.order_by(IncomingMessage.id)):
        groups[row.adapter, row.sender, row.reference or 0, row.parts or 0].append(row)
    for group, rows in groups.items():
        await _put_together(session, _by_part(rows), group[3])
    return len(groups)
