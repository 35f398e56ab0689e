"""Many people at once whom nobody knows yet, each with a proof of their own: a leaflet has come into every house."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.people import ConsentAct, Phone
from subscribers.consent import Proof, record_each, subject_of
from subscribers.entries import add_entries
from subscribers.person import Door, Entry, Person, Rules, check
from subscribers.turns import take_turn


async def register_newcomers(
    session: AsyncSession, people: Sequence[tuple[Person, Proof]], rules: Rules, now: datetime
) -> list[int | None]:
    """The ids of those who could be registered here; None for whom ``registration.register`` has to look at: a number
    that somebody has (or had), two people with one, or something that is wrong.
    """
    await take_turn(session)
    entries = [_checked(person, rules) for person, _ in people]
    shared = Counter(entry.phones[0].number for entry in entries if entry)
    known = set(await session.scalars(select(Phone.number).where(Phone.number.in_(shared))))
    plain = [
        at
        for at, entry in enumerate(entries)
        if entry and entry.phones[0].number not in known and shared[entry.phones[0].number] == 1
    ]
    ids = dict(zip(plain, await add_entries(session, [_there(entries[at]) for at in plain], now), strict=True))
    agreed = [(id_, _subject(_there(entries[at])), people[at][1]) for at, id_ in ids.items()]
    await record_each(session, ConsentAct.GIVEN, agreed, now)
    return [ids.get(at) for at in range(len(people))]


def _checked(person: Person, rules: Rules) -> Entry | None:
    """None where the door refuses something, or there is more than one number."""
    door = Door()
    entry = check(person, rules, door)
    return entry if not door.refusals and len(entry.phones) == 1 else None


def _there(entry: Entry | None) -> Entry:
    assert entry is not None
    return entry


def _subject(entry: Entry) -> str:
    return subject_of(entry.topics, entry.packages, entry.refused)
