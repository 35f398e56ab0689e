"""What callers' prompts will be filled with, as far as it can be known: it is spoken before anybody waits for it.

Values of the same parts as those of calls, each part as it sounds within something longer and at its end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from string import ascii_lowercase, digits
from typing import Any

from sqlalchemy import select

from ivr.desk import Desk
from ivr.packages import offer, offered_packages
from ivr.place import Place
from ivr.speaker import number, word
from ivr.steps import MOST_CHOICES
from ivr.words import address, change, date_of, listed, names_of
from store.people import Package, Street, TownPart
from store.states import Pace
from tts.template import Value

# Of ``[words]``: what is rendered ahead besides whole prompts, for there are many streets.
WORDINGS = ("words.place_with_street", "words.place")
# As house numbers, all parts of numbers.
NUMBERS = (
    *(f"{count}/{count}" for count in (*range(1, 100), *range(100, 1000, 100), *range(1000, 10_000, 1000))),
    *(f"1{letter}/1{letter}" for letter in ascii_lowercase),
    *(f"0{digit}/0{digit}" for digit in digits),
    "ev. 1",
)


@dataclass(frozen=True)
class Ahead:
    """Who prepares for calls in a language."""

    desk: Desk
    language: str


async def foreseen(desk: Desk, language: str) -> Mapping[str, Sequence[Value]]:
    """By placeholder; empty where there is nothing yet to choose from. Raises StoreError."""
    ahead = Ahead(desk, language)
    packages = await offered_packages(ahead)
    async with desk.store.reading() as session:
        parts = (await session.scalars(select(TownPart.name).distinct())).all()
        streets = (await session.scalars(select(Street.name).distinct())).all()
    names, numbers = [package.name for package in packages], [number(ahead, one) for one in NUMBERS]
    places = _places(parts, streets)
    return {
        "key": [word(ahead, f"key_{key}") for key in range(1, MOST_CHOICES + 1)],
        "number": [_thrice(word(ahead, f"digit_{digit}")) for digit in digits],
        "house": numbers,
        "year": numbers,
        "item": [*names, *parts, *_languages(ahead), *streets, *numbers],
        "part": parts,
        "street": streets,
        "address": [address(ahead, place) for place in places],
        "package": names,
        "packages": [names_of((package, package)) for package in packages],
        "offer": [offer(ahead, packages)] if packages else [],
        "numbers": [listed(str(package.number) for package in packages)] if packages else [],
        "date": _dates(ahead),
        "change": [*_changes(ahead, packages), *(_moved(ahead, place) for place in places)],
    }


def _thrice(word: str) -> Value:
    """A digit within a group, at the end of one, and at the end of all."""
    return word, f"{word},", word


def _places(parts: Sequence[str], streets: Sequence[str]) -> list[Place]:
    """Each part of a number; streets are many, and are rendered in short wordings."""
    return [Place(parts[0], streets[0] if streets else None, house) for house in NUMBERS] if parts else []


def _languages(ahead: Ahead) -> list[str]:
    return [word(ahead, f"language_{language}") for language in ahead.desk.prompts]


def _dates(ahead: Ahead) -> list[Value]:
    """Those of the announcements that can be listened to, and tomorrow's, so that midnight surprises nobody."""
    now = ahead.desk.now
    return [date_of(ahead, now - timedelta(days=day)) for day in range(-1, ahead.desk.settings.listening_days + 1)]


def _changes(ahead: Ahead, packages: Sequence[Package]) -> list[Value]:
    """All but hours and days, of which there are too many."""
    told: list[Mapping[str, Any]] = [{"quiet": None}, {"paused_until": None}]
    told += [{"language": language} for language in ahead.desk.prompts]
    told += [{"pace": pace} for pace in Pace]
    return [
        word(ahead, "change_pin"),
        *(change(ahead, one, ()) for one in told),
        *(change(ahead, {"packages": (str(one.number),)}, (one, one)) for one in packages),
    ]


def _moved(ahead: Ahead, place: Place) -> Value:
    told = {"town_part": place.town_part, "street": place.street, "house_number": place.house_number}
    return change(ahead, told, ())
