"""What prompts are filled with, in the language of the call: digits one by one, lists, places, what shall change."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_date

from ivr.call import Call
from ivr.place import Place
from store.people import Package
from store.states import Pace
from subscribers.known import person_of
from subscribers.person import Person
from subscribers.phones import national
from tts.template import Value


def word(call: Call, key: str, **values: str) -> str:
    """A wording of the table ``[words]``, filled."""
    return call.desk.prompts[call.language].text(f"words.{key}").format(**values)


def digits(call: Call, number: str) -> Value:
    """A phone number (E.164), digit by digit, in the groups in which it is written."""
    signs = [sign for sign in re.sub(r"\s+", ",", national(number)) if sign.isdecimal() or sign == ","]
    ends = [*signs[1:], ""]
    return tuple(
        word(call, f"digit_{sign}") + ("," if after == "," else "")
        for sign, after in zip(signs, ends, strict=True)
        if sign.isdecimal()
    )


def listed(items: Iterable[str]) -> str:
    return ", ".join(items)


def names_of(packages: Iterable[Package]) -> Value:
    return apart(listed(package.name for package in packages))


def apart(text: str) -> Value:
    """Each thing of a list a piece of its own, which is spoken again in other lists."""
    return tuple(re.split(r"(?<=,) ", text))


def address(call: Call, place: Place) -> str:
    key = "place_with_street" if place.street else "place"
    return word(call, key, part=place.town_part, street=place.street or "", house=place.house_number)


def day(call: Call, moment: datetime) -> str:
    return format_date(moment.astimezone(call.desk.zone), "d. MMMM y", call.language)


def change(call: Call, told: Mapping[str, Any], offered: Sequence[Package]) -> str:
    """What shall become different; ``told``: fields of Person."""
    said = []
    if "packages" in told:
        names = listed(package.name for package in offered if str(package.number) in told["packages"])
        said.append(word(call, "change_packages", packages=names))
    if "house_number" in told:
        place = Place(told["town_part"], told["street"], told["house_number"])
        said.append(word(call, "change_address", address=address(call, place)))
    if "language" in told:
        said.append(word(call, "change_language", language=word(call, f"language_{told['language']}")))
    if "pace" in told:
        said.append(word(call, f"change_pace_{Pace(told['pace'])}"))
    if "quiet" in told:
        said.append(_quiet(call, told["quiet"]))
    if "paused_until" in told:
        said.append(_pause(call, told["paused_until"]))
    return listed(said)


def _quiet(call: Call, quiet: str | None) -> str:
    if quiet is None:
        return word(call, "change_no_quiet")
    since, _, until = quiet.partition("-")
    return word(call, "change_quiet", since=since, until=until)


def _pause(call: Call, ends_at: datetime | None) -> str:
    """The last day of the pause, which ends with it."""
    if ends_at is None:
        return word(call, "change_no_pause")
    return word(call, "change_pause", day=day(call, ends_at - timedelta(seconds=1)))


async def speak_as_wished(call: Call, others: Sequence[Person] = ()) -> None:
    """In the language of the first one on the line, and slowly where one of them wants it so.

    ``others``: for a line that nobody is registered with yet.
    """
    async with call.desk.store.reading() as session:
        people = [await person_of(session, one) for one in call.people] or others
    if people:
        slow = any(person.pace is Pace.SLOW for person in people)
        call.speak_to(people[0].language, Pace.SLOW if slow else Pace.NORMAL)
