"""Export of subscribers as CSV: what an import reads back and finds unchanged."""

import csv
import io
from datetime import tzinfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.people import Street, Subscriber, TownPart
from store.states import Pace
from subscribers import columns
from subscribers.channels import write_wishes
from subscribers.columns import CZECH, REFUSED, guard, join
from subscribers.entries import read_entries
from subscribers.person import Entry
from subscribers.quiet import write_hours, write_pause

DELIMITER = ";"


async def export_subscribers(session: AsyncSession, zone: tzinfo) -> str:
    """Everybody who has not left, as CSV text with Czech headings, to be written as UTF-8; ``zone`` is the town's.

    Those who left are not in it, so that importing it elsewhere cannot bring them back.
    """
    parts = {part.id: part.name for part in await session.scalars(select(TownPart))}
    streets = {street.id: street.name for street in await session.scalars(select(Street))}
    people = await read_entries(session, Subscriber.left_at.is_(None))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(CZECH), delimiter=DELIMITER, lineterminator="\n")
    writer.writerow(CZECH)
    writer.writerows(_row(stored.entry, parts, streets, zone) for stored in people.values())
    return text.getvalue()


def _row(entry: Entry, parts: dict[int, str], streets: dict[int, str], zone: tzinfo) -> dict[str, str]:
    cells = {
        columns.NAME: entry.name,
        columns.CODE: entry.phones[0].code or "" if entry.phones else "",
        columns.EMAIL: entry.email or "",
        columns.BIRTH_YEAR: str(entry.birth_year or ""),
        columns.TOWN_PART: parts[entry.town_part_id] if entry.town_part_id else "",
        columns.STREET: streets[entry.street_id] if entry.street_id else "",
        columns.HOUSE_NUMBER: entry.house_number or "",
        columns.TOPICS: join([*sorted(entry.topics), *(REFUSED + code for code in sorted(entry.refused))]),
        columns.PACKAGES: join(str(number) for number in sorted(entry.packages)),
        columns.GROUPS: join(sorted(entry.groups)),
        columns.CHANNELS: join(write_wishes(entry.channels, dict(entry.package_channels))),
        columns.LANGUAGE: entry.language,
        columns.QUIET: write_hours(entry.quiet) if entry.quiet else "",
        columns.PAUSED_UNTIL: write_pause(entry.paused_until, zone) if entry.paused_until else "",
        columns.PACE: "pomalu" if entry.pace is Pace.SLOW else "",
    }
    # E.164 begins with a plus and cannot be a formula: digits follow.
    phones = {columns.PHONE: join(phone.number for phone in entry.phones)}
    return {column: guard(cell) for column, cell in cells.items()} | phones
