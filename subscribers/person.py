"""What a person tells about themselves, and the check at the door that makes an entry of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from store.errors import InputError
from store.people import PhoneKind, Street, TownPart
from store.states import Channel, Pace
from subscribers import fields, places
from subscribers.folding import fold
from subscribers.loudspeakers import loudspeaker_code
from subscribers.names import NameBook
from subscribers.phones import PhoneNumber, parse_phone
from subscribers.quiet import Hours, read_quiet
from subscribers.topics import Offer, load_offer

Field = Literal[
    "name", "phones", "code", "email", "birth_year", "town_part", "street", "house_number",
    "topics", "refused", "packages", "groups", "channels", "package_channels",
    "language", "quiet", "paused_until", "pace",
]  # fmt: skip
Given = TypeVar("Given")
Taken = TypeVar("Taken")


@dataclass(frozen=True)
class Person:
    """As the person or the office wrote it; nothing in it has been checked yet.

    ``topics`` and ``refused`` are codes or names, ``packages`` numbers or names. ``refused`` are topics left
    out though a package would bring them. No ``channels`` means all that lead to them, voice first, then
    SMS and e-mail; ``package_channels`` are those of single packages. ``code`` are
    the keys that open a loudspeaker system, whose one phone it is then. ``quiet`` are hours such as ``21:00-7:00``, in
    the town's time.
    """

    name: str
    phones: tuple[str, ...] = ()
    code: str | None = None
    email: str | None = None
    birth_year: int | None = None
    town_part: str | None = None
    street: str | None = None
    house_number: str | None = None
    topics: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    package_channels: tuple[tuple[str, tuple[Channel, ...]], ...] = ()
    language: str = "cs"
    quiet: str | None = None
    paused_until: datetime | None = None
    pace: Pace = Pace.NORMAL


@dataclass(frozen=True)
class Entry:
    """A checked person as the store keeps them; equal entries are people about whom nothing differs."""

    name: str
    phones: tuple[PhoneNumber, ...]
    email: str | None
    birth_year: int | None
    town_part_id: int | None
    street_id: int | None
    house_number: str | None
    topics: frozenset[str]
    refused: frozenset[str]
    packages: frozenset[int]
    groups: frozenset[str]
    channels: tuple[Channel, ...]
    # By package number.
    package_channels: tuple[tuple[int, tuple[Channel, ...]], ...]
    language: str
    quiet: Hours | None
    paused_until: datetime | None
    pace: Pace

    @property
    def identity(self) -> tuple[str, str]:
        """What tells whether it is the same person: the folded name and the first contact."""
        return fold(self.name), self.phones[0].number if self.phones else (self.email or "").lower()


@dataclass(frozen=True)
class Rules:
    """What a check needs to know: the town's country (ISO 3166), the year, and the names in the store."""

    country: str
    this_year: int
    offer: Offer
    town_parts: NameBook[TownPart]
    streets: NameBook[Street]

    def town_part_id(self, name: str) -> int:
        return self.town_parts.find(name).id

    def street_id(self, name: str) -> int:
        return self.streets.find(name).id

    def topic_code(self, name: str) -> str:
        return self.offer.topics.find(name).code

    def package_number(self, name: str) -> int:
        return self.offer.packages.find(name).number


async def load_rules(session: AsyncSession, country: str, this_year: int) -> Rules:
    return Rules(
        country,
        this_year,
        await load_offer(session),
        await places.town_parts(session),
        await places.streets(session),
    )


@dataclass(frozen=True)
class Refusal:
    field: Field
    error: InputError


class Door:
    """Lets values in one by one and remembers all that it refused."""

    def __init__(self) -> None:
        self.refusals: list[Refusal] = []

    def refuse(self, field: Field, error: InputError) -> None:
        self.refusals.append(Refusal(field, error))

    def each(self, field: Field, check: Callable[[Given], Taken], values: Iterable[Given]) -> tuple[Taken, ...]:
        """The checked values, each once, in the order given."""
        taken: dict[Taken, None] = {}
        for value in values:
            try:
                taken[check(value)] = None
            except InputError as error:
                self.refuse(field, error)
        return tuple(taken)

    def one(self, field: Field, check: Callable[[Given], Taken], value: Given | None) -> Taken | None:
        taken = self.each(field, check, () if value is None else (value,))
        return taken[0] if taken else None


def check(person: Person, rules: Rules, door: Door) -> Entry:
    """The entry of a person; it may be kept only if the door refused nothing."""
    name = door.one("name", fields.person_name, person.name) or ""
    phones = _phones(person, rules, door)
    entry = Entry(
        name=name,
        phones=phones,
        email=door.one("email", fields.email_address, person.email),
        birth_year=door.one("birth_year", lambda year: fields.birth_year(year, rules.this_year), person.birth_year),
        town_part_id=door.one("town_part", rules.town_part_id, person.town_part),
        street_id=door.one("street", rules.street_id, person.street),
        house_number=door.one("house_number", fields.house_number, person.house_number),
        topics=frozenset(door.each("topics", rules.topic_code, person.topics)),
        refused=frozenset(door.each("refused", rules.topic_code, person.refused)),
        packages=frozenset(door.each("packages", rules.package_number, person.packages)),
        groups=frozenset(door.each("groups", fields.group_name, person.groups)),
        channels=tuple(dict.fromkeys(person.channels)) or _usual_channels(person, phones),
        package_channels=_package_channels(person, rules, door),
        language=door.one("language", fields.language_code, person.language) or "",
        quiet=door.one("quiet", read_quiet, person.quiet),
        paused_until=person.paused_until,
        pace=person.pace,
    )
    door.refusals.extend(_incomplete(person, entry))
    return entry


def _phones(person: Person, rules: Rules, door: Door) -> tuple[PhoneNumber, ...]:
    phones = door.each("phones", lambda text: parse_phone(text, rules.country), person.phones)
    code = door.one("code", loudspeaker_code, person.code)
    return phones if code is None else tuple(replace(phone, code=code) for phone in phones)


def _usual_channels(person: Person, phones: Sequence[PhoneNumber]) -> tuple[Channel, ...]:
    """All that lead to the person; a loudspeaker reads no texts."""
    leads = {
        Channel.VOICE: bool(person.phones),
        Channel.SMS: person.code is None and any(phone.kind is PhoneKind.MOBILE for phone in phones),
        Channel.EMAIL: person.email is not None,
    }
    return tuple(channel for channel, there in leads.items() if there)


def _package_channels(person: Person, rules: Rules, door: Door) -> tuple[tuple[int, tuple[Channel, ...]], ...]:
    def checked(given: tuple[str, tuple[Channel, ...]]) -> tuple[int, tuple[Channel, ...]]:
        return rules.package_number(given[0]), tuple(dict.fromkeys(given[1]))

    return tuple(sorted(door.each("package_channels", checked, person.package_channels)))


def _incomplete(person: Person, entry: Entry) -> Iterator[Refusal]:
    """What is wrong only when the fields are seen together."""
    if not person.phones and person.email is None:
        yield Refusal("phones", InputError("no phone and no e-mail", mend="give one of them"))
    elif missing := _unreachable(person, entry):
        yield Refusal("channels", InputError(missing, mend="give it, or choose another channel"))
    yield from _odd_packages(entry)
    if person.code is not None and len(person.phones) != 1:
        yield Refusal("code", InputError("a loudspeaker has exactly one phone", mend="give each one its own row"))
    if not (person.topics or person.refused or person.packages):
        yield Refusal("topics", InputError("no topic and no package", mend="give at least one"))
    if both := entry.topics & entry.refused:
        yield Refusal("topics", InputError(f"both wanted and refused: {', '.join(sorted(both))}"))


def _odd_packages(entry: Entry) -> Iterator[Refusal]:
    numbers = [package for package, _ in entry.package_channels]
    for package in sorted(set(numbers)):
        if package not in entry.packages:
            error = InputError(f"channels for package {package}, which is not wanted", mend="add the package")
            yield Refusal("package_channels", error)
        if numbers.count(package) > 1:
            yield Refusal("package_channels", InputError(f"channels for package {package} twice"))


def _unreachable(person: Person, entry: Entry) -> str:
    chosen = {*entry.channels, *(channel for _, channels in entry.package_channels for channel in channels)}
    if Channel.VOICE in chosen and not person.phones:
        return "voice is chosen but there is no phone"
    if Channel.EMAIL in chosen and person.email is None:
        return "email is chosen but there is no e-mail address"
    fixed = all(phone.kind is PhoneKind.FIXED for phone in entry.phones)
    if Channel.SMS in chosen and fixed:
        return "sms is chosen but there is no mobile number"
    return ""
