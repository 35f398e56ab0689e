"""The sample town, loaded into a store."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from store.database import Store
from subscribers.csv_import import PeopleImported, import_subscribers
from subscribers.person import Entry
from subscribers.ruian import import_places
from subscribers.topics import default_topics, store_topics

ZONE = ZoneInfo("Europe/Prague")
NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
TOWN = Path(__file__).parents[2] / "lab" / "town"
ADDRESSES = (TOWN / "addresses.csv").read_bytes()
SUBSCRIBERS = (TOWN / "subscribers.csv").read_bytes()


async def prepare_town(store: Store) -> None:
    """Topics and places, but no people yet."""
    async with store.writing() as session:
        await store_topics(session, default_topics())
        await import_places(session, ADDRESSES, "addresses.csv")


def choice(entry: Entry) -> tuple[set[str], set[str], set[int]]:
    """Topics wanted, topics refused, packages."""
    return set(entry.topics), set(entry.refused), set(entry.packages)


async def import_people(store: Store, table: str | bytes, file: str = "people.csv") -> PeopleImported:
    data = table.encode() if isinstance(table, str) else table
    async with store.writing() as session:
        return await import_subscribers(session, data, file, country="CZ", language="cs", zone=ZONE, now=NOW)
