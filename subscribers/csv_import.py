"""Import of subscribers from CSV: all rows or none, and every bad value named."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from store.errors import BadCell, InputError, RowsError
from store.people import ConsentWay, PhoneKind
from store.states import Pace
from subscribers import columns
from subscribers.channels import read_wish
from subscribers.columns import HEADINGS, REFUSED, split, unguard
from subscribers.consent import Proof
from subscribers.loudspeakers import MEND, clashes
from subscribers.names import NameBook
from subscribers.person import Door, Entry, Field, Person, Rules, check, load_rules
from subscribers.quiet import read_pause
from subscribers.registration import Enrolled, Identity, enrol
from subscribers.sheet import Sheet, read_sheet
from subscribers.topics import names_a_package
from subscribers.turns import take_turn

# What an office confirms by importing: that it holds these people's consent.
WORDING = "import-1"

YEAR_DIGITS = 4
_TELL_APART = "leave one out, or tell the two people apart by name"

_PACE_WORDS = NameBook(
    "pace",
    [("normal", Pace.NORMAL), ("normálně", Pace.NORMAL), ("slow", Pace.SLOW), ("pomalu", Pace.SLOW)],
    mend="write normal or slow",
)

_COLUMNS: Mapping[Field, str] = {
    "name": columns.NAME,
    "phones": columns.PHONE,
    "code": columns.CODE,
    "email": columns.EMAIL,
    "birth_year": columns.BIRTH_YEAR,
    "town_part": columns.TOWN_PART,
    "street": columns.STREET,
    "house_number": columns.HOUSE_NUMBER,
    "topics": columns.TOPICS,
    "refused": columns.TOPICS,
    "packages": columns.TOPICS,
    "groups": columns.GROUPS,
    "channels": columns.CHANNELS,
    "package_channels": columns.CHANNELS,
    "language": columns.LANGUAGE,
    "quiet": columns.QUIET,
    "paused_until": columns.PAUSED_UNTIL,
    "pace": columns.PACE,
}
# What people tell by phone too: a file without the column leaves it as it is.
_KEPT: Sequence[Field] = ("quiet", "paused_until", "pace")


@dataclass(frozen=True)
class PeopleImported:
    """How many people the file added, changed and left as they were, and its phones by kind.

    ``left_lines`` are the lines of people who unsubscribed earlier; the import does not bring them back.
    """

    added: int
    changed: int
    unchanged: int
    left_lines: tuple[int, ...]
    phones: Mapping[PhoneKind, int]

    @property
    def left(self) -> int:
        return len(self.left_lines)


async def import_subscribers(
    session: AsyncSession, data: bytes, file: str, *, country: str, language: str, zone: tzinfo, now: datetime
) -> PeopleImported:
    """Take the people of a CSV file; ``file`` is its name, for errors and as the evidence of consent.

    ``country`` reads the numbers, ``language`` is for people whose cell is empty, ``zone`` is the town's. The
    same file again changes nothing. Raises RowsError that names every bad value; then nothing was taken.
    """
    sheet = read_sheet(data, file, HEADINGS, (columns.NAME, columns.PHONE, columns.TOPICS))
    proof = Proof(ConsentWay.IMPORT, WORDING, file[:200])
    await take_turn(session)
    entries = _entries(sheet, await load_rules(session, country, now.year), language, zone, file)
    untold = [field for field in _KEPT if _COLUMNS[field] not in sheet.headings]
    outcomes = await enrol(session, list(entries.values()), proof, untold, now=now)
    if clashing := set(await clashes(session)):
        raise RowsError(file, list(_clashing_cells(entries, clashing)))
    counts = Counter(outcomes)
    lines = zip(entries, outcomes, strict=True)
    return PeopleImported(
        added=counts[Enrolled.ADDED],
        changed=counts[Enrolled.CHANGED],
        unchanged=counts[Enrolled.UNCHANGED],
        left_lines=tuple(line for line, outcome in lines if outcome is Enrolled.LEFT),
        phones=Counter(phone.kind for entry in entries.values() for phone in entry.phones),
    )


def _entries(sheet: Sheet, rules: Rules, language: str, zone: tzinfo, file: str) -> dict[int, Entry]:
    """By line. Raises RowsError."""
    entries: dict[int, Entry] = {}
    first_lines: dict[Identity, int] = {}
    bad = list(sheet.bad)
    for row in sheet.rows:
        door = Door()
        entries[row.line] = entry = check(_person(row.cells, language, zone, door), rules, door)
        if not door.refusals and (first := first_lines.setdefault(entry.identity, row.line)) != row.line:
            door.refuse("name", InputError(f"the same person as on line {first}", mend=_TELL_APART))
        for refusal in door.refusals:
            column = _column(refusal.field, row.cells)
            bad.append(BadCell(row.line, sheet.headings.get(column, column), str(refusal.error)))
    if bad:
        raise RowsError(file, sorted(bad, key=lambda cell: cell.line))
    return entries


def _clashing_cells(entries: Mapping[int, Entry], numbers: Collection[str]) -> Iterator[BadCell]:
    for line, entry in entries.items():
        for phone in entry.phones:
            if phone.number in numbers:
                yield BadCell(line, columns.CODE, f"{phone.number} is there with another code, or none — {MEND}")


def _person(cells: Mapping[str, str], language: str, zone: tzinfo, door: Door) -> Person:
    def cell(column: str) -> str:
        return unguard(cells.get(column, ""))

    wanted = split(cell(columns.TOPICS))
    refused = [name for name in wanted if name.startswith(REFUSED)]
    packages = [name for name in wanted if names_a_package(name)]
    born = door.one("birth_year", _year, cell(columns.BIRTH_YEAR) or None)
    wishes = door.each("channels", read_wish, split(cell(columns.CHANNELS)))
    return Person(
        name=cell(columns.NAME),
        phones=split(cell(columns.PHONE)),
        code=cell(columns.CODE) or None,
        email=cell(columns.EMAIL) or None,
        birth_year=born,
        town_part=cell(columns.TOWN_PART) or None,
        street=cell(columns.STREET) or None,
        house_number=cell(columns.HOUSE_NUMBER) or None,
        topics=tuple(name for name in wanted if name not in refused and name not in packages),
        refused=tuple(name.removeprefix(REFUSED) for name in refused),
        packages=(*packages, *split(cell(columns.PACKAGES))),
        groups=split(cell(columns.GROUPS)),
        channels=tuple(channel for package, channels in wishes for channel in channels if not package),
        package_channels=tuple(wish for wish in wishes if wish[0]),
        language=cell(columns.LANGUAGE) or language,
        quiet=cell(columns.QUIET) or None,
        paused_until=door.one("paused_until", partial(read_pause, zone=zone), cell(columns.PAUSED_UNTIL) or None),
        pace=door.one("pace", _PACE_WORDS.find, cell(columns.PACE) or None) or Pace.NORMAL,
    )


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) == YEAR_DIGITS):
        raise InputError(f"{text!r} is not a year")
    return int(text)


def _column(field: Field, cells: Mapping[str, str]) -> str:
    """Where the person at the spreadsheet must look: packages may stand among the topics."""
    if field == "packages" and cells.get(columns.PACKAGES):
        return columns.PACKAGES
    return _COLUMNS[field]
