"""What we know of a subscriber, to be told back, changed in one thing, or proved by."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.callers import Pin
from store.errors import InputError
from store.people import Phone, Street, Subscriber, TownPart
from subscribers.entries import read_entries
from subscribers.lines import people_on
from subscribers.names import NameBook
from subscribers.person import Entry, Person
from subscribers.phones import national
from subscribers.quiet import write_hours

# Whom a call has registered by keys alone, until they or a clerk say the name.
NAMELESS = "Odběratel"


async def person_of(session: AsyncSession, subscriber_id: int) -> Person:
    """As they could be told again, to be changed in one thing. Raises InputError for nobody with this id."""
    stored = (await read_entries(session, Subscriber.id == subscriber_id)).get(subscriber_id)
    if stored is None or stored.left:
        raise InputError(f"subscriber {subscriber_id} is not registered", mend="register them")
    return await _told(session, stored.entry)


async def _told(session: AsyncSession, entry: Entry) -> Person:
    part = await session.get(TownPart, entry.town_part_id) if entry.town_part_id else None
    street = await session.get(Street, entry.street_id) if entry.street_id else None
    return Person(
        name=entry.name,
        phones=tuple(phone.number for phone in entry.phones),
        code=entry.phones[0].code if entry.phones else None,
        email=entry.email,
        birth_year=entry.birth_year,
        town_part=part.name if part else None,
        street=street.name if street else None,
        house_number=entry.house_number,
        topics=tuple(sorted(entry.topics)),
        refused=tuple(sorted(entry.refused)),
        packages=tuple(map(str, sorted(entry.packages))),
        groups=tuple(sorted(entry.groups)),
        channels=entry.channels,
        package_channels=tuple((str(package), channels) for package, channels in entry.package_channels),
        language=entry.language,
        quiet=write_hours(entry.quiet) if entry.quiet else None,
        paused_until=entry.paused_until,
        pace=entry.pace,
    )


async def pins_of(session: AsyncSession, subscriber_ids: Collection[int]) -> dict[int, str]:
    """Hashes of their PINs, by subscriber; only of those who have one."""
    rows = await session.execute(select(Pin.subscriber_id, Pin.hash).where(Pin.subscriber_id.in_(subscriber_ids)))
    return {row.subscriber_id: row.hash for row in rows}


async def set_pin(session: AsyncSession, subscriber_id: int, pin_hash: str | None, now: datetime) -> None:
    """None: no PIN any more."""
    if (known := await session.get(Pin, subscriber_id)) is not None:
        await session.delete(known)
        await session.flush()
    if pin_hash is not None:
        session.add(Pin(subscriber_id=subscriber_id, hash=pin_hash, set_at=now))


def line_of(number: str) -> str:
    """Whose tries of a PIN they are (``pin_tries``): a line's, for a wrong PIN does not tell who typed it."""
    return f"line:{number}"


async def find_on_line(session: AsyncSession, number: str, name: str | None) -> tuple[int, str]:
    """Id and name of the one who is meant. Raises InputError for nobody, and for several without a name."""
    ids = await people_on(session, number)
    known = list(await session.execute(select(Subscriber.name, Subscriber.id).where(Subscriber.id.in_(ids))))
    if name is not None:
        book = NameBook("subscriber on this line", [(row.name, row) for row in known], mend="see: hlasatel export -")
        found = book.find(name)
    elif len(known) == 1:
        found = known[0]
    else:
        raise InputError(f"{len(known)} subscribers have the number {number}", mend="say whom you mean: --name NAME")
    return found.id, found.name


async def name_for(session: AsyncSession, number: str) -> str:
    """A name for whoever registers with this number by keys: the one they had if they come back, else a plain one.

    The store needs a name, and a spoken one is no text; the number tells a clerk whom to ask.
    """
    query = select(Subscriber.name, Subscriber.left_at).join(Phone).where(Phone.number == number, Phone.position == 0)
    known: list[tuple[str, datetime | None]] = [(name, left_at) for name, left_at in await session.execute(query)]
    gone = [name for name, left_at in known if left_at is not None]
    here = {name for name, left_at in known if left_at is None}
    if len(gone) == 1 and gone[0] not in here:
        return gone[0]
    plain = f"{NAMELESS} {national(number)}"
    return next(name for name in _numbered(plain) if name not in here)


def _numbered(name: str) -> Sequence[str]:
    return [name, *(f"{name} ({number})" for number in range(2, 100))]
