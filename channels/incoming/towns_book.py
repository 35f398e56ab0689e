"""The town's book of the store, and how an address is found in the register."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from channels.incoming.book import Book
from channels.incoming.intents import Place, Wishes
from store.people import Address, Package, Street, TownPart
from subscribers.person import Rules, load_rules
from subscribers.topics import all_packages, all_topics

_HALVES = re.compile(r"(?P<house>[0-9]+[a-z]?)/(?P<orientation>[0-9]+[a-z]?)", re.IGNORECASE)


@dataclass(frozen=True)
class TownsBook:
    """``book`` for reading messages, ``rules`` for checking people, and the packages with their topics."""

    book: Book
    rules: Rules
    packages: Sequence[Package]
    street_names: Mapping[int, str]
    part_names: Mapping[int, str]
    # House numbers with their parts, by street and part, as far as they were needed.
    addresses: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)

    @property
    def everything(self) -> Wishes:
        """All that the town offers: the package that has it all, else every topic."""
        codes = {code for _, code, _ in self.book.topics}
        for package in self.packages:
            if {topic.code for topic in package.topics} >= codes:
                return Wishes(packages=(package.number,))
        return Wishes(topics=tuple(sorted(codes)))

    def codes_of(self, packages: Iterable[int]) -> set[str]:
        wanted = set(packages)
        return {topic.code for package in self.packages if package.number in wanted for topic in package.topics}

    def in_short(self, topics: Iterable[str], packages: Iterable[int]) -> str:
        """As leaflets print them: ``T1 T4 B2``."""
        numbers = {code: number for number, code, _ in self.book.topics}
        chosen = sorted(topics, key=lambda code: (numbers.get(code) or 0, code))
        shown = [f"T{numbers[code]}" if numbers.get(code) else code for code in chosen]
        return " ".join([*shown, *(f"B{number}" for number in sorted(packages))])


async def load_book(session: AsyncSession, town: str, country: str, year: int) -> TownsBook:
    topics, packages = await all_topics(session), await all_packages(session)
    streets = {row.id: row.name for row in await session.execute(select(Street.id, Street.name))}
    parts = {row.id: row.name for row in await session.execute(select(TownPart.id, TownPart.name))}
    book = Book(
        town=town,
        streets=tuple(streets.values()),
        parts=tuple(parts.values()),
        topics=tuple((topic.number, topic.code, topic.name) for topic in topics),
        packages=tuple((package.number, package.name) for package in packages),
    )
    return TownsBook(book, await load_rules(session, country, year), packages, streets, parts)


async def settled(session: AsyncSession, place: Place, town: TownsBook) -> Place:
    """The place as the register has it: with its part, and with the whole number of "214" or "1" (214/1)."""
    if not place:
        return place
    where = place.street, place.part
    if where not in town.addresses:
        town.addresses[where] = await _addresses(session, place, town.rules)
    return settle(place, town.addresses[where])


async def _addresses(session: AsyncSession, place: Place, rules: Rules) -> list[tuple[str, str]]:
    query = select(Address.house_number, TownPart.name).join(TownPart, TownPart.id == Address.town_part_id)
    if place.street:
        query = query.where(Address.street_id == rules.street_id(place.street))
    else:
        query = query.where(Address.street_id.is_(None))
    if place.part:
        query = query.where(Address.town_part_id == rules.town_part_id(place.part))
    return [(row.house_number, row.name) for row in await session.execute(query)]


def settle(place: Place, addresses: Sequence[tuple[str, str]]) -> Place:
    """``addresses`` are those of the street (or part): house number and town part."""
    found = _matching(place.number, addresses)
    if len(found) == 1:
        return replace(place, number=found[0][0], part=found[0][1])
    parts = {part for _, part in found or addresses}
    return replace(place, part=place.part or (parts.pop() if len(parts) == 1 else ""))


def _matching(number: str, addresses: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The very number; else the only house that has it as its house or its orientation number."""
    same = [address for address in addresses if address[0].casefold() == number.casefold()]
    if same or not number:
        return same
    return [address for address in addresses if number.casefold() in _halves(address[0])]


def _halves(house_number: str) -> tuple[str, ...]:
    written = _HALVES.fullmatch(house_number.casefold())
    return written.groups() if written else ()
