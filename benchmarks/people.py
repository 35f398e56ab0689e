"""A large town, put into a store by bulk inserts: one voice subscriber a line, all of them wanting one topic."""

from datetime import UTC, datetime

from sqlalchemy import insert

from store.database import Store
from store.people import Phone, PhoneKind, Subscriber, SubscriberChannel, SubscriberTopic
from store.states import Channel
from subscribers.topics import default_topics, store_topics

TOPIC = "voda"
CHUNK = 10_000
NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)


def number(index: int) -> str:
    """Fixed-line numbers of one made-up block."""
    return f"+4205{index:08}"


async def settle(store: Store, people: int) -> None:
    """``people`` subscribers with one line each."""
    async with store.writing() as session:
        await store_topics(session, default_topics())
    for first in range(1, people + 1, CHUNK):
        ids = range(first, min(first + CHUNK, people + 1))
        async with store.writing() as session:
            await session.execute(
                insert(Subscriber),
                [
                    {"id": i, "name": f"P {i}", "folded_name": f"p {i}", "language": "cs", "created_at": NOW}
                    for i in ids
                ],
            )
            await session.execute(
                insert(Phone),
                [{"subscriber_id": i, "number": number(i), "kind": PhoneKind.FIXED, "position": 0} for i in ids],
            )
            await session.execute(
                insert(SubscriberChannel), [{"subscriber_id": i, "channel": Channel.VOICE, "position": 0} for i in ids]
            )
            await session.execute(
                insert(SubscriberTopic), [{"subscriber_id": i, "topic": TOPIC, "refused": False} for i in ids]
            )
