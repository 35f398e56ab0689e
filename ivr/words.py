"""What prompts are filled with, in the language of the call: digits one by one, lists, places, what shall change."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_date

from ivr.call import Call
from ivr.numbers import JOINT
from ivr.place import Place
from ivr.speaker import Speaker, apart, number_text, word
from store.people import Package
from store.states import Pace
from subscribers.known import person_of
from subscribers.person import Person
from subscribers.phones import national
from tts.template import Value


def digits(speaker: Speaker, number: str) -> Value:
    """A phone number (E.164), digit by digit, in the groups in which it is written."""
    signs = [sign for sign in re.sub(r"\s+", ",", national(number)) if sign.isdecimal() or sign == ","]
    ends = [*signs[1:], ""]
    return tuple(
        word(speaker, f"digit_{sign}") + ("," if after == "," else "")
        for sign, after in zip(signs, ends, strict=True)
        if sign.isdecimal()
    )


def listed(items: Iterable[str]) -> str:
    return ", ".join(items)


def names_of(packages: Iterable[Package]) -> Value:
    return apart(listed(package.name for package in packages))


def address(speaker: Speaker, place: Place) -> Value:
    return apart(_address(speaker, place))


def date_of(speaker: Speaker, moment: datetime) -> str:
    """Day and month, as announcements are dated."""
    return format_date(moment.astimezone(speaker.desk.zone), "d. MMMM", speaker.language)


def day(speaker: Speaker, moment: datetime) -> str:
    return format_date(moment.astimezone(speaker.desk.zone), "d. MMMM y", speaker.language)


def change(speaker: Speaker, told: Mapping[str, Any], offered: Sequence[Package]) -> Value:
    """What shall become different; ``told``: fields of Person."""
    return apart(listed(_changes(speaker, told, offered)))


def _address(speaker: Speaker, place: Place) -> str:
    key, house = "place_with_street" if place.street else "place", number_text(speaker, place.house_number)
    return word(speaker, key, part=place.town_part, street=place.street or "", house=house)


def _changes(speaker: Speaker, told: Mapping[str, Any], offered: Sequence[Package]) -> Iterator[str]:
    if "packages" in told:
        names = listed(package.name for package in offered if str(package.number) in told["packages"])
        yield word(speaker, "change_packages", packages=JOINT + names)
    if "house_number" in told:
        place = Place(told["town_part"], told["street"], told["house_number"])
        yield word(speaker, "change_address", address=JOINT + _address(speaker, place))
    if "language" in told:
        yield word(speaker, "change_language", language=word(speaker, f"language_{told['language']}"))
    if "pace" in told:
        yield word(speaker, f"change_pace_{Pace(told['pace'])}")
    if "quiet" in told:
        yield _quiet(speaker, told["quiet"])
    if "paused_until" in told:
        yield _pause(speaker, told["paused_until"])


def _quiet(speaker: Speaker, quiet: str | None) -> str:
    if quiet is None:
        return word(speaker, "change_no_quiet")
    since, _, until = quiet.partition("-")
    return word(speaker, "change_quiet", since=since, until=until)


def _pause(speaker: Speaker, ends_at: datetime | None) -> str:
    """The last day of the pause, which ends with it."""
    if ends_at is None:
        return word(speaker, "change_no_pause")
    return word(speaker, "change_pause", day=day(speaker, ends_at - timedelta(seconds=1)))


async def speak_as_wished(call: Call, others: Sequence[Person] = ()) -> None:
    """In the language of the first one on the line, and slowly where one of them wants it so.

    ``others``: for a line that nobody is registered with yet.
    """
    async with call.desk.store.reading() as session:
        people = [await person_of(session, one) for one in call.people] or others
    if people:
        slow = any(person.pace is Pace.SLOW for person in people)
        call.speak_to(people[0].language, Pace.SLOW if slow else Pace.NORMAL)
