"""The one door for people: they register, change what they want, refuse topics, and leave.

Each step writes its consent record in the same transaction; the caller owns the transaction. Steps take turns,
so that an import cannot undo what a person says in the meantime.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.errors import InputError
from store.people import ConsentAct, Phone, Subscriber, SubscriberTopic
from subscribers.consent import EVERYTHING, Proof, record, subject_of
from subscribers.entries import Stored, add_entries, read_entries, replace_entries
from subscribers.loudspeakers import MEND, clashes
from subscribers.person import Door, Entry, Field, Person, Rules, check, load_rules
from subscribers.topics import find_topics
from subscribers.turns import take_turn

Identity = tuple[str, str]
# Fields of a Person that an Entry keeps by another name.
_ENTRY_FIELDS: Mapping[Field, str] = {"town_part": "town_part_id", "street": "street_id"}


class Enrolled(StrEnum):
    """What an import did with one person."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    # They unsubscribed from everything before; only they themselves may come back.
    LEFT = "left"


async def register(
    session: AsyncSession, person: Person, proof: Proof, *, country: str, now: datetime, rules: Rules | None = None
) -> int:
    """Take in a new subscriber, or one who had left and now comes back. Returns the subscriber's id.

    ``rules`` spare a look-up of the names.

    Raises InputError for the first thing that is wrong, and for a person who is registered already.
    """
    await take_turn(session)
    entry = await _checked(session, person, country, now, rules)
    known = await _known(session, _same_name(entry))
    if entry.identity not in known:
        subscriber_id = (await add_entries(session, [entry], now))[0]
    else:
        subscriber_id, stored = known[entry.identity]
        if not stored.left:
            raise _registered_already(entry)
        await replace_entries(session, {subscriber_id: entry})
    await _refuse_clash(session, entry)
    await _record_given(session, [(subscriber_id, entry)], proof, now)
    return subscriber_id


async def change(
    session: AsyncSession, subscriber_id: int, person: Person, proof: Proof, *, country: str, now: datetime
) -> None:
    """Make the subscriber what ``person`` says, whole; its consent record is the whole new agreement.

    Raises InputError for the first thing that is wrong, for nobody with this id, and for one who left.
    """
    await take_turn(session)
    entry = await _checked(session, person, country, now)
    await _change(session, subscriber_id, await _registered(session, subscriber_id), entry, proof, now)


async def amend(
    session: AsyncSession,
    subscriber_id: int,
    told: Mapping[Field, Any],
    proof: Proof,
    *,
    country: str,
    now: datetime,
    rules: Rules | None = None,
) -> None:
    """Change what is ``told`` (fields of a Person), and nothing else. ``rules`` spare a look-up of the names.

    Raises InputError as ``change`` does.
    """
    await take_turn(session)
    before = await _registered(session, subscriber_id)
    # What the check needs to see, of what is not told.
    seen: dict[Field, Any] = {
        "name": before.name,
        "phones": tuple(phone.number for phone in before.phones),
        "email": before.email,
        "topics": tuple(before.topics),
        "refused": tuple(before.refused),
        "packages": tuple(map(str, before.packages)),
        "channels": before.channels,
        "package_channels": tuple((str(package), channels) for package, channels in before.package_channels),
    }
    checked = await _checked(session, Person(**{**seen, **told}), country, now, rules)
    columns = [_ENTRY_FIELDS.get(field, field) for field in told]
    entry = replace(before, **{column: getattr(checked, column) for column in columns})
    await _change(session, subscriber_id, before, entry, proof, now)


async def _registered(session: AsyncSession, subscriber_id: int) -> Entry:
    stored = (await read_entries(session, Subscriber.id == subscriber_id)).get(subscriber_id)
    if stored is None or stored.left:
        raise InputError(f"subscriber {subscriber_id} is not registered", mend="register them")
    return stored.entry


async def _change(
    session: AsyncSession, subscriber_id: int, before: Entry, entry: Entry, proof: Proof, now: datetime
) -> None:
    known = await _known(session, _same_name(entry))
    if known.get(entry.identity, (subscriber_id,))[0] != subscriber_id:
        raise _registered_already(entry)
    if before != entry:
        await replace_entries(session, {subscriber_id: entry})
        await _refuse_clash(session, entry)
        await _record_given(session, [(subscriber_id, entry)], proof, now)


async def unsubscribe(session: AsyncSession, subscriber_ids: Collection[int], proof: Proof, *, now: datetime) -> int:
    """These people leave everything. Returns how many had not left before.

    Raises InputError where nobody has such an id.
    """
    await take_turn(session)
    leaving = await _present(session, subscriber_ids)
    await session.execute(update(Subscriber).where(Subscriber.id.in_(leaving)).values(left_at=now))
    subjects = [(subscriber_id, EVERYTHING) for subscriber_id in leaving]
    await record(session, ConsentAct.WITHDRAWN, subjects, proof, now)
    return len(leaving)


async def leave_packages(
    session: AsyncSession, subscriber_ids: Collection[int], packages: Collection[int], proof: Proof, *, now: datetime
) -> int:
    """These people leave these packages; who then wants nothing any more leaves everything.

    Returns for how many this is news. Raises InputError where nobody has such an id.
    """
    await take_turn(session)
    people = await read_entries(session, Subscriber.id.in_(await _present(session, subscriber_ids)))
    leaving = {id_: left for id_, stored in people.items() if (left := stored.entry.packages & set(packages))}
    entries = {id_: _without(people[id_].entry, left) for id_, left in leaving.items()}
    staying = {id_: entry for id_, entry in entries.items() if entry.packages or entry.topics}
    await replace_entries(session, staying)
    subjects = [(id_, subject_of((), leaving[id_], ())) for id_ in staying]
    await record(session, ConsentAct.WITHDRAWN, subjects, proof, now)
    if gone := leaving.keys() - staying.keys():
        await unsubscribe(session, gone, proof, now=now)
    return len(leaving)


def _without(entry: Entry, packages: Collection[int]) -> Entry:
    channels = tuple(wish for wish in entry.package_channels if wish[0] not in packages)
    return replace(entry, packages=entry.packages.difference(packages), package_channels=channels)


async def refuse_topics(
    session: AsyncSession,
    subscriber_ids: Collection[int],
    topics: Iterable[str],
    proof: Proof,
    *,
    now: datetime,
) -> int:
    """These people want no more of ``topics`` (codes or names), though a package would bring them.

    Returns for how many this is news. Raises UnknownName for a topic, InputError where nobody has such an id.
    """
    await take_turn(session)
    codes = [topic.code for topic in await find_topics(session, topics)]
    present = await _present(session, subscriber_ids)
    news = {
        subscriber_id: codes_now
        for subscriber_id in present
        if (codes_now := await _refuse(session, subscriber_id, codes))
    }
    subjects = [(subscriber_id, subject_of(refused, (), ())) for subscriber_id, refused in news.items()]
    await record(session, ConsentAct.WITHDRAWN, subjects, proof, now)
    return len(news)


async def _refuse(session: AsyncSession, subscriber_id: int, codes: Iterable[str]) -> list[str]:
    """Mark the codes as refused; returns those that were not before."""
    news = []
    for code in codes:
        row = await session.get(SubscriberTopic, (subscriber_id, code), populate_existing=True)
        if row is None or not row.refused:
            await session.merge(SubscriberTopic(subscriber_id=subscriber_id, topic=code, refused=True))
            news.append(code)
    return news


async def enrol(
    session: AsyncSession, entries: Sequence[Entry], proof: Proof, untold: Collection[Field] = (), *, now: datetime
) -> list[Enrolled]:
    """Take in many checked people of different identities, as an import does; tells what became of each.

    The caller has taken the turn. What people refused stays refused, and who left stays away: an old list is no
    new consent. Of the fields ``untold`` the entries say nothing, so that they stay.
    """
    known = await _known(session)
    outcomes, changed = [], {}
    for entry in entries:
        subscriber_id, stored = known.get(entry.identity, (0, None))
        kept = _merged(entry, stored.entry, untold) if stored else entry
        outcomes.append(_outcome(kept, stored))
        if outcomes[-1] is Enrolled.CHANGED:
            changed[subscriber_id] = kept
    added = [e for e, outcome in zip(entries, outcomes, strict=True) if outcome is Enrolled.ADDED]
    ids = await add_entries(session, added, now)
    await replace_entries(session, changed)
    await _record_given(session, [*zip(ids, added, strict=True), *changed.items()], proof, now)
    return outcomes


def _outcome(entry: Entry, stored: Stored | None) -> Enrolled:
    if stored is None:
        return Enrolled.ADDED
    if stored.left:
        return Enrolled.LEFT
    return Enrolled.UNCHANGED if stored.entry == entry else Enrolled.CHANGED


def _merged(entry: Entry, before: Entry, untold: Collection[Field]) -> Entry:
    refused = entry.refused | before.refused
    kept: dict[str, Any] = {field: getattr(before, field) for field in untold}
    return replace(entry, topics=entry.topics - refused, refused=refused, **kept)


async def _checked(
    session: AsyncSession, person: Person, country: str, now: datetime, rules: Rules | None = None
) -> Entry:
    door = Door()
    entry = check(person, rules or await load_rules(session, country, now.year), door)
    for refusal in door.refusals:
        raise refusal.error
    return entry


async def _refuse_clash(session: AsyncSession, entry: Entry) -> None:
    numbers = [phone.number for phone in entry.phones]
    for number in await clashes(session, Phone.number.in_(numbers)):
        raise InputError(f"{number} is registered with another code, or none", mend=MEND)


def _same_name(entry: Entry) -> ColumnElement[bool]:
    return Subscriber.folded_name == entry.identity[0]


async def _known(session: AsyncSession, *where: ColumnElement[bool]) -> dict[Identity, tuple[int, Stored]]:
    """By identity; of two with the same, one who has not left."""
    people = sorted((await read_entries(session, *where)).items(), key=lambda person: person[1].left, reverse=True)
    return {stored.entry.identity: (subscriber_id, stored) for subscriber_id, stored in people}


def _registered_already(entry: Entry) -> InputError:
    return InputError(
        f"{entry.name} is registered already under {entry.identity[1]}",
        mend="change that registration, or tell the two people apart by name",
    )


async def _present(session: AsyncSession, subscriber_ids: Collection[int]) -> list[int]:
    """Those of the ids who have not left."""
    wanted = set(subscriber_ids)
    query = select(Subscriber.id, Subscriber.left_at).where(Subscriber.id.in_(wanted)).order_by(Subscriber.id)
    found = (await session.execute(query)).all()
    if missing := wanted - {subscriber_id for subscriber_id, _ in found}:
        raise InputError(f"no subscriber has id {', '.join(map(str, sorted(missing)))}")
    return [subscriber_id for subscriber_id, left_at in found if left_at is None]


async def _record_given(
    session: AsyncSession, people: Iterable[tuple[int, Entry]], proof: Proof, now: datetime
) -> None:
    subjects = [
        (subscriber_id, subject_of(entry.topics, entry.packages, entry.refused)) for subscriber_id, entry in people
    ]
    await record(session, ConsentAct.GIVEN, subjects, proof, now)
