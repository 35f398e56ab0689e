"""What a known caller can change, and leaving. Nothing is done before their number, or their PIN, has proved it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from ivr.call import Call
from ivr.moments import ask_pause, ask_quiet
from ivr.packages import ask_packages, offered_packages
from ivr.pin import new_pin, type_pin
from ivr.place import ask_place
from ivr.proving import NotNow, Propose, submit
from ivr.speaker import word
from ivr.steps import Menu, Pick, Say
from ivr.words import change
from store.callers import Proposal
from store.errors import InputError
from store.people import Package
from store.states import Pace
from subscribers.known import person_of, pins_of
from subscribers.proposals import Asked, propose_change, propose_leaving, propose_pin

WHOSE = Menu("known.whose", {"1": True, "2": False})
RIGHT = Menu("known.right", {"1": True, "2": False})
BY_PIN = Menu("known.by_pin", {"1": True, "2": False})
PACE = Menu("known.pace", {"1": Pace.SLOW, "2": Pace.NORMAL})
LANGUAGE = Pick("known.language")
WHICH_PACKAGE = Pick("known.which_package")
REALLY_PACKAGE = Menu("known.really_package", {"1": True, "2": False})
REALLY_ALL = Menu("known.really_all", {"1": True, "2": False})
DONE = Say("known.done")
CALLING_BACK = Say("known.calling_back")
NOTHING_CHANGED = Say("known.nothing_changed")
TOO_MANY = Say("known.too_many")
IMPOSSIBLE = Say("known.impossible")
PIN_OF_OFFICE = Say("known.pin_of_office")


async def known_caller(call: Call) -> None:
    """Settings of who is registered on this line."""
    if len(call.people) > 1 and not await call.choose(WHOSE) and not await type_pin(call):
        return
    dialogue = await call.choose(MENU)
    await dialogue(call)


async def read_change(call: Call, told: Mapping[str, Any]) -> None:
    """What shall become different, before it is kept."""
    what = change(call, told, await offered_packages(call))
    if not await call.choose(RIGHT, change=what):
        return await call.say(NOTHING_CHANGED)
    return await _change(call, told)


async def finish(call: Call, propose: Propose) -> None:
    """Prove it by PIN where there is one, else by a call back; a change that is proved is done at once."""
    if not call.proof and len(call.people) == 1 and await _has_pin(call) and await call.choose(BY_PIN):
        await type_pin(call)
    try:
        done = await submit(call, call.number, propose)
    except NotNow:
        await call.end(TOO_MANY)
    except InputError:
        await call.end(IMPOSSIBLE)
    if not done:
        await call.end(CALLING_BACK)
    await call.say(DONE)


async def change_packages(call: Call) -> None:
    """Other packages."""
    packages = await ask_packages(call)
    await _change(call, {"packages": tuple(str(package.number) for package in packages)})


async def change_address(call: Call) -> None:
    """Another address."""
    place = await ask_place(call)
    told = {"town_part": place.town_part, "street": place.street, "house_number": place.house_number}
    await read_change(call, told)


async def set_quiet(call: Call) -> None:
    """Hours in which the telephone stays silent."""
    await read_change(call, {"quiet": await ask_quiet(call)})


async def end_quiet(call: Call) -> None:
    """No quiet hours any more."""
    await read_change(call, {"quiet": None})


async def pause(call: Call) -> None:
    """No calls until a date."""
    await read_change(call, {"paused_until": await ask_pause(call)})


async def end_pause(call: Call) -> None:
    """Calls again from now on."""
    await read_change(call, {"paused_until": None})


async def change_language(call: Call) -> None:
    """Another language."""
    languages = list(call.desk.prompts)
    language = await call.pick(LANGUAGE, languages, lambda one: word(call, f"language_{one}"))
    await read_change(call, {"language": language})


async def change_pace(call: Call) -> None:
    """Slower, or as usual."""
    await read_change(call, {"pace": await call.choose(PACE)})


async def change_pin(call: Call) -> None:
    """A PIN of one's own."""
    if len(call.people) > 1:
        return await call.say(PIN_OF_OFFICE)
    hashed = await new_pin(call)

    async def propose(session: AsyncSession, asked: Asked, now: datetime) -> Proposal:
        return await propose_pin(session, call.people[0], hashed, asked, now)

    return await finish(call, propose)


async def leave_package(call: Call) -> None:
    """No more of one package."""
    packages = await _packages(call)
    package = await call.pick(WHICH_PACKAGE, packages, lambda one: one.name)
    if not await call.choose(REALLY_PACKAGE, package=package.name):
        return await call.say(NOTHING_CHANGED)
    return await _leave(call, [package.number])


async def leave_all(call: Call) -> None:
    """No more of anything."""
    if not await call.choose(REALLY_ALL):
        return await call.say(NOTHING_CHANGED)
    return await _leave(call, [])


async def when_to_call(call: Call) -> None:
    """Quiet hours and pauses."""
    dialogue = await call.choose(WHEN)
    await dialogue(call)


async def how_to_speak(call: Call) -> None:
    """Language, pace and PIN."""
    dialogue = await call.choose(HOW)
    await dialogue(call)


async def leave(call: Call) -> None:
    """Leaving."""
    dialogue = await call.choose(LEAVING)
    await dialogue(call)


WHEN = Menu("known.when", {"1": set_quiet, "2": end_quiet, "3": pause, "4": end_pause})
HOW = Menu("known.how", {"1": change_pace, "2": change_language, "3": change_pin})
LEAVING = Menu("known.leaving", {"1": leave_package, "2": leave_all})
MENU = Menu(
    "known.menu",
    {"1": change_packages, "2": change_address, "3": when_to_call, "4": how_to_speak, "5": leave},
)


async def _packages(call: Call) -> Sequence[Package]:
    """Those that somebody on the line has."""
    async with call.desk.store.reading() as session:
        people = [await person_of(session, one) for one in call.people]
    numbers = {number for person in people for number in person.packages}
    return [package for package in await offered_packages(call) if str(package.number) in numbers]


async def _change(call: Call, told: Mapping[str, Any]) -> None:
    async def propose(session: AsyncSession, asked: Asked, now: datetime) -> Proposal:
        return await propose_change(session, call.people, told, asked, now)

    await finish(call, propose)


async def _leave(call: Call, packages: Sequence[int]) -> None:
    async def propose(session: AsyncSession, asked: Asked, now: datetime) -> Proposal:
        return await propose_leaving(session, call.people, packages, asked, now)

    await finish(call, propose)


async def _has_pin(call: Call) -> bool:
    async with call.desk.store.reading() as session:
        return bool(await pins_of(session, call.people))
