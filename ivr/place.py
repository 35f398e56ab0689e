"""Where somebody lives, by keys: the part of the town, the street by its first letters, the number of the house."""

from dataclasses import dataclass

from ivr.call import Call
from ivr.speaker import number
from ivr.steps import Ask, Back, Menu, Pick, Say, Stuck
from store.people import Street, TownPart
from subscribers.keypad import Houses, houses_of, matching
from subscribers.places import house_numbers_in, parts_by_size, streets_in

PART = Pick("place.part")
STREET = Ask("place.street", most=20, least=2)
# Where some houses of the part stand in no street.
STREET_OR_NONE = Ask("place.street_or_none", most=20, least=2, optional=True)
NO_STREET = Say("place.no_street")
MANY_STREETS = Say("place.many_streets")
WHICH_STREET = Pick("place.which_street")
HOUSE = Ask("place.house", most=5)
WHICH_HOUSE = Pick("place.which_house")
STRANGE_HOUSE = Menu("place.strange_house", {"1": True, "2": False})

# More candidates than that are not told one by one, unless the caller has no more letters to give.
MOST_TOLD = 8
# Whoever has spelled in vain so often needs another way.
MOST_TRIES = 4


@dataclass(frozen=True)
class Place:
    """Names as in the address register; no ``street`` where the houses of a part are numbered without."""

    town_part: str
    street: str | None
    house_number: str


async def ask_place(call: Call) -> Place:
    """Address: part of the town, street, house."""
    async with call.desk.store.reading() as session:
        parts = await parts_by_size(session)
    if not parts:  # no register was imported: a clerk has to hear it
        raise Stuck
    part = parts[0] if len(parts) == 1 else await call.pick(PART, parts, lambda one: one.name)
    street = await _ask_street(call, part)
    return Place(part.name, street.name if street else None, await _ask_house(call, part, street))


async def _ask_street(call: Call, part: TownPart) -> Street | None:
    async with call.desk.store.reading() as session:
        streets = {street.name: street for street in await streets_in(session, part.id)}
        some_have_none = bool(await house_numbers_in(session, part.id, None))
    if not streets:
        return None
    for tried in range(MOST_TRIES):
        spelled = await call.ask(STREET_OR_NONE if some_have_none else STREET)
        if not spelled:
            return None
        found = matching(spelled, streets)
        if not found:
            await call.say(NO_STREET)
        elif len(found) > MOST_TOLD and not tried:
            await call.say(MANY_STREETS)
        elif (name := await _one_of(call, found)) is not None:
            return streets[name]
    raise Stuck


async def _one_of(call: Call, names: list[str]) -> str | None:
    """The street that is meant; None: none of these."""
    try:
        return await call.pick(WHICH_STREET, names, str)
    except Back:
        return None


async def _ask_house(call: Call, part: TownPart, street: Street | None) -> str:
    async with call.desk.store.reading() as session:
        known = await house_numbers_in(session, part.id, street.id if street else None)
    for _ in range(MOST_TRIES):
        houses = houses_of(await call.ask(HOUSE), known)
        if (house := await _house(call, houses)) is not None:
            return house
    raise Stuck


async def _house(call: Call, houses: Houses) -> str | None:
    """The house that is meant; None: it has to be typed again. The register may not have a new house yet."""
    if len(houses.known) == 1:
        return houses.known[0]
    if houses.known:
        try:
            return await call.pick(WHICH_HOUSE, houses.known, lambda house: number(call, house))
        except Back:
            return None
    right = houses.typed is not None and await call.choose(STRANGE_HOUSE, house=number(call, houses.typed))
    return houses.typed if right else None
