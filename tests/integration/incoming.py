"""A town that takes SMS, for tests: messages come in by the inbox, the clerk deals with them, answers are read."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import select

from channels.incoming.arrived import Arrived, Part
from channels.incoming.clerk import Clerk
from channels.incoming.inbox import Inbox
from channels.incoming.settings import IncomingSettings
from store.database import Store
from store.messages import Answer, IncomingMessage
from subscribers.entries import Stored, read_entries
from subscribers.ruian import import_places
from subscribers.topics import default_topics, store_topics

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
MOBILE = "+420602123456"
OTHER = "+420602123457"
OURS = "+420602000001"
# Tyršova 1 and 2 are orientation numbers of 214 and 215; Polní runs through two parts.
PLACES = """\
Kód ADM;Název části obce;Název ulice;Typ SO;Číslo domovní;Číslo orientační;Znak čísla orientačního
1;Studénka;Tyršova;č.p.;214;1;
2;Studénka;Tyršova;č.p.;215;2;
3;Butovice;Nádražní;č.p.;10;;
4;Butovice;Lipová;č.p.;20;;
5;Butovice;Lipavská;č.p.;21;;
6;Nová Horka;;č.p.;5;;
7;Nová Horka;;č.ev.;7;;
8;Studénka;Polní;č.p.;1;;
9;Butovice;Polní;č.p.;2;;
"""


class Town:
    """``say`` is a whole exchange: a message comes, and its answer (or None) is told."""

    def __init__(self, store: Store, **settings: int) -> None:
        self.store = store
        self.now = NOW
        self.inbox = Inbox(store, "CZ")
        self.clerk = Clerk(
            store,
            self.inbox,
            IncomingSettings(**settings),
            town="Studénka",
            country="CZ",
            may_text=lambda number: number.startswith("+420"),
            own_numbers=frozenset({OURS}),
            clock=lambda: self.now,
        )
        self._keys = count(1)

    def arrived(self, text: str | None, sender: str = MOBILE, key: str = "", part: Part | None = None) -> Arrived:
        key = key or f"m{next(self._keys)}"
        return Arrived("kannel", key, sender, OURS, text, self.now, b"" if text is not None else b"\x00\xff", part)

    async def say(self, text: str | None, sender: str = MOBILE) -> str | None:
        message = self.arrived(text, sender)
        assert await self.inbox.take(message)
        assert await self.clerk.work() == 1
        return await self.answer_to(message.key)

    async def answer_to(self, key: str) -> str | None:
        query = select(Answer.text).join(IncomingMessage, IncomingMessage.id == Answer.message_id)
        async with self.store.reading() as session:
            return await session.scalar(query.where(IncomingMessage.key == key))

    async def messages(self) -> Sequence[IncomingMessage]:
        async with self.store.reading() as session:
            return (await session.scalars(select(IncomingMessage).order_by(IncomingMessage.id))).all()

    async def people(self) -> list[Stored]:
        async with self.store.reading() as session:
            return list((await read_entries(session)).values())

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)


async def make_town(store: Store, **settings: int) -> Town:
    async with store.writing() as session:
        await store_topics(session, default_topics())
        await import_places(session, PLACES.encode("cp1250"), "places.csv")
    return Town(store, **settings)
