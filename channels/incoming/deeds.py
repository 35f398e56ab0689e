"""What a message makes us do with the people on its number, by the one door for people."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import phonenumbers
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from channels.incoming.intents import Asked, Enrol, Leave, Unclear, Verb, Wishes
from channels.incoming.towns_book import TownsBook, settled
from store.people import ConsentWay, Phone, PhoneKind, Subscriber
from store.states import Channel
from subscribers.consent import Proof
from subscribers.entries import read_entries
from subscribers.folding import fold
from subscribers.person import Entry, Field, Person
from subscribers.phones import parse_phone
from subscribers.registration import amend, refuse_topics, register, unsubscribe

# The wording that leaflets print; a new version gets a new name.
WORDING = "sms-1"
NAMELESS = {"cs": "Odběratel", "en": "Subscriber"}


@dataclass(frozen=True)
class Told:
    """What to answer: a wording's key and its values; a question, if one is asked; and whom it concerned."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)
    question: Unclear | None = None
    subscriber_id: int | None = None


@dataclass(frozen=True)
class Sender:
    """One message's number, the moment, and the town that it is sent to. ``evidence`` names the message."""

    number: str
    evidence: str
    town: TownsBook
    country: str
    now: datetime

    @property
    def proof(self) -> Proof:
        return Proof(ConsentWay.SMS, WORDING, self.evidence)

    def nameless(self, language: str) -> str:
        """The name of one who told none: "Odběratel 602 123 456"."""
        parsed = phonenumbers.parse(self.number)
        shown = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
        return f"{NAMELESS.get(language, NAMELESS['cs'])} {shown}"


async def people_on(session: AsyncSession, number: str) -> dict[int, Entry]:
    """Those registered with this number, by id."""
    theirs = select(Phone.subscriber_id).where(Phone.number == number, Phone.code.is_(None))
    found = await read_entries(session, Subscriber.left_at.is_(None), Subscriber.id.in_(theirs))
    return {subscriber_id: stored.entry for subscriber_id, stored in found.items()}


async def enrol(session: AsyncSession, order: Enrol, sender: Sender) -> Told:
    """Register, or change who is registered. Raises InputError where the door for people refuses it."""
    people = await people_on(session, sender.number)
    if order.verb is Verb.CHANGE and not people:
        return Told("not_registered")
    same = [subscriber_id for subscriber_id, entry in people.items() if fold(entry.name) == fold(order.name)]
    if not same and len(people) > 1 and (not order.name or order.verb is Verb.CHANGE):
        return _ask_whom(order, people)
    order = replace(order, place=await settled(session, order.place, sender.town))
    if same or (people and (not order.name or order.verb is Verb.CHANGE)):
        return await _amend(session, (same or list(people))[0], people, order, sender)
    return await _register(session, order, sender)


def _ask_whom(order: Enrol, people: Mapping[int, Entry]) -> Told:
    question = Unclear(order, Asked.PERSON, tuple(entry.name for entry in people.values()))
    return Told("ask_person", {"options": numbered(question.options)}, question)


def numbered(options: tuple[str, ...]) -> str:
    return ", ".join(f"{number} {option}" for number, option in enumerate(options, 1))


async def _register(session: AsyncSession, order: Enrol, sender: Sender) -> Told:
    person = newcomer(order, sender)
    subscriber_id = await register(
        session, person, sender.proof, country=sender.country, now=sender.now, rules=sender.town.rules
    )
    return welcome(person, subscriber_id, sender)


def newcomer(order: Enrol, sender: Sender) -> Person:
    """As they are registered: without topics for everything, without a name by their number."""
    wishes = _all_of(order.wishes or Wishes(everything=True), sender.town)
    return Person(
        name=order.name or sender.nameless(order.language),
        phones=(sender.number,),
        town_part=order.place.part or None,
        street=order.place.street or None,
        house_number=order.place.number or None,
        topics=wishes.topics,
        packages=tuple(map(str, wishes.packages)),
        channels=(_channel(sender),),
        language=order.language,
    )


def welcome(person: Person, subscriber_id: int, sender: Sender) -> Told:
    values = {
        "name": person.name,
        "place": _in_words(person.street or person.town_part, person.house_number),
        "topics": sender.town.in_short(person.topics, map(int, person.packages)),
    }
    return Told("registered", values, subscriber_id=subscriber_id)


def _channel(sender: Sender) -> Channel:
    """Some fixed lines can send an SMS, but hardly any shows one."""
    kind = parse_phone(sender.number, sender.country).kind
    return Channel.VOICE if kind is PhoneKind.FIXED else Channel.SMS


async def _amend(
    session: AsyncSession, subscriber_id: int, people: Mapping[int, Entry], order: Enrol, sender: Sender
) -> Told:
    told = _told_fields(order, people[subscriber_id], sender)
    await amend(
        session, subscriber_id, told, sender.proof, country=sender.country, now=sender.now, rules=sender.town.rules
    )
    key = "registered" if order.verb is Verb.REGISTER else "changed"
    return await tell_of(session, key, subscriber_id, sender)


def _told_fields(order: Enrol, before: Entry, sender: Sender) -> dict[Field, object]:
    told: dict[Field, object] = {}
    if order.name:
        told["name"] = order.name
    if order.place:
        told |= {
            "town_part": order.place.part or None,
            "street": order.place.street or None,
            "house_number": order.place.number or None,
        }
    if order.wishes:
        wishes = _all_of(order.wishes, sender.town)
        told |= {"topics": wishes.topics, "packages": tuple(map(str, wishes.packages)), "refused": ()}
    if order.verb is Verb.REGISTER and _channel(sender) not in before.channels:
        told["channels"] = (_channel(sender), *before.channels)
    return told


def _all_of(wishes: Wishes, town: TownsBook) -> Wishes:
    return town.everything if wishes.everything else wishes


async def leave(session: AsyncSession, order: Leave, sender: Sender) -> Told:
    """Unsubscribe the people on this number, or one of them by name, from all or from some topics."""
    people = await people_on(session, sender.number)
    if not people:
        return Told("not_registered")
    ids = [id_ for id_, entry in people.items() if not order.name or fold(entry.name) == fold(order.name)]
    if not ids:
        return Told("unknown_person", {"what": order.name})
    if not order.wishes:
        await unsubscribe(session, ids, sender.proof, now=sender.now)
        return Told("left", subscriber_id=ids[0])
    refused = {*order.wishes.topics, *sender.town.codes_of(order.wishes.packages)}
    await refuse_topics(session, ids, sorted(refused), sender.proof, now=sender.now)
    remaining = await people_on(session, sender.number)
    nothing_left = [id_ for id_ in ids if not _still_wants(remaining[id_], sender.town)]
    if nothing_left:
        await unsubscribe(session, nothing_left, sender.proof, now=sender.now)
    if len(nothing_left) == len(ids):
        return Told("left", subscriber_id=ids[0])
    short = sender.town.in_short(order.wishes.topics, order.wishes.packages)
    return Told("left_topics", {"topics": short}, subscriber_id=ids[0])


def _still_wants(entry: Entry, town: TownsBook) -> bool:
    return bool((entry.topics | town.codes_of(entry.packages)) - entry.refused)


async def status(session: AsyncSession, sender: Sender) -> Told:
    people = await people_on(session, sender.number)
    if not people:
        return Told("not_registered")
    if len(people) > 1:
        return Told("status_several", {"people": ", ".join(entry.name for entry in people.values())})
    return await tell_of(session, "status", next(iter(people)), sender)


async def tell_of(session: AsyncSession, key: str, subscriber_id: int, sender: Sender) -> Told:
    """What we keep of somebody, in short."""
    entry = (await read_entries(session, Subscriber.id == subscriber_id))[subscriber_id].entry
    values = {"name": entry.name, "place": _place(entry, sender.town), "topics": _topics(entry, sender.town)}
    return Told(key, values, subscriber_id=subscriber_id)


def _place(entry: Entry, town: TownsBook) -> str:
    street = town.street_names.get(entry.street_id or 0) or town.part_names.get(entry.town_part_id or 0)
    return _in_words(street, entry.house_number)


def _in_words(street: str | None, number: str | None) -> str:
    return " ".join(word for word in (street, number) if word) or "-"


def _topics(entry: Entry, town: TownsBook) -> str:
    short = town.in_short(entry.topics, entry.packages)
    without = town.in_short(entry.refused, ())
    return f"{short} -{without.replace(' ', ' -')}" if without else short
