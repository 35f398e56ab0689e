"""Stories of those who are registered already: they change, leave, prove it, and somebody pretends to be them."""

import asyncio
from datetime import timedelta

from store.callers import Callback, Pin
from store.people import Subscriber
from store.states import Pace, ProposalState
from subscribers.known import line_of
from subscribers.pin_tries import pin_failed
from subscribers.pins import hash_pin
from tests.acceptance.callers import HANG_UP, Answers, TownNumber
from tests.acceptance.conftest import Scene, now
from tests.acceptance.people import (
    ELSEWHERE,
    REGISTERS,
    add,
    called_back,
    on_line,
    proposals,
    rows,
    until,
)
from tests.acceptance.phones import numbers

FORGED, SILENT, KNOWN, LOCKED, CHANGES, SHARED = numbers("known callers")
PIN = "4719"
LEAVES: Answers = {"hotline.known": "2", "known.menu": "5", "known.leaving": "2", "known.really_all": "1"}
SLOWER: Answers = {
    "hotline.known": "2",
    "known.menu": "4",
    "known.how": "1",
    "known.pace": "1",
    "known.right": "1",
    "known.by_pin": "1",
}
# Address, quiet hours, a pause and slow speech, one after another in one call; the PIN is asked for once.
ALL_AT_ONCE: Answers = {
    **{name: keys for name, keys in REGISTERS.items() if name.startswith("place.")},
    # Nobody else's street, so that no announcement of other stories comes here.
    "place.street": "756#",
    "place.house": "601#",
    "hotline.known": ["2", "2", "2", "2", HANG_UP],
    "known.menu": ["2", "3", "3", "4"],
    "known.when": ["1", "3"],
    "known.how": "1",
    "known.pace": "1",
    "moments.quiet_from": "21#",
    "moments.quiet_to": "07#",
    "moments.pause": "2412",
    "known.right": ["1", "1", "1", "1"],
    "known.by_pin": "1",
    "pin.type": f"{PIN}#",
}
OWN_PACKAGES: Answers = {
    "hotline.known": ["2", HANG_UP],
    "known.whose": "2",
    "pin.type": f"{PIN}#",
    "known.menu": "1",
    "packages.which": "3#",
    "packages.right": "1",
}


async def a_forged_number_changes_nothing(town: TownNumber) -> None:
    """A forger leaves in the name of one, and registers another, who does not press a key when called back."""
    scene = town.scene
    victim = await add(scene, "Josef Dvořák", FORGED)
    left, registered = await asyncio.gather(town.call(FORGED, LEAVES), town.call(SILENT, ELSEWHERE))
    assert (left[-1], registered[-1]) == ("known.calling_back", "register.calling_back")
    await called_back(scene, FORGED)
    assert len(await proposals(scene, FORGED, ProposalState.REFUSED)) == 1
    (subscriber,) = await rows(scene, Subscriber, Subscriber.id == victim)
    assert subscriber.left_at is None

    async def answered() -> bool:
        return len(await scene.calls(SILENT)) == 1

    await until(answered)
    assert await on_line(scene, SILENT) == []
    assert len(await proposals(scene, SILENT, ProposalState.WAITING)) == 1


async def a_known_caller_changes_packages_and_leaves(town: TownNumber) -> None:
    scene = town.scene
    jan = await add(scene, "Jan Novák", KNOWN)
    answers = {"hotline.known": "2", "known.menu": "1", "packages.which": "34#", "packages.right": "1"}
    assert (await town.call(KNOWN, answers))[-1] == "known.calling_back"
    await until(lambda: proposals(scene, KNOWN, ProposalState.DONE))
    (person,) = await on_line(scene, KNOWN)
    assert person.packages == ("3", "4")
    await called_back(scene, KNOWN)
    assert (await town.call(KNOWN, LEAVES))[-1] == "known.calling_back"

    async def gone() -> bool:
        (subscriber,) = await rows(scene, Subscriber, Subscriber.id == jan)
        return subscriber.left_at is not None

    assert await until(gone)


async def add_with_pin(scene: Scene, name: str, number: str) -> None:
    person = await add(scene, name, number)
    async with scene.store.writing() as session:
        session.add(Pin(subscriber_id=person, hash=hash_pin(PIN), set_at=now()))


async def wrong_pins_lock_the_line(town: TownNumber) -> None:
    scene = town.scene
    await add_with_pin(scene, "Eva Malá", LOCKED)
    async with scene.store.writing() as session:
        for minutes in (10, 5):  # two wrong ones in earlier calls
            await pin_failed(session, line_of(LOCKED), now() - timedelta(minutes=minutes))
    said = await town.call(LOCKED, {**SLOWER, "pin.type": ["4720#", "4721#"]})
    assert (said.count("pin.wrong"), said.count("pin.locked")) == (1, 1)
    await called_back(scene, LOCKED)  # where nine is pressed: nobody there had asked
    said = await town.call(LOCKED, {**SLOWER, "pin.type": f"{PIN}#"})  # the right one, too soon
    assert "pin.locked" in said
    (person,) = await on_line(scene, LOCKED)
    assert person.pace is Pace.NORMAL


async def who_has_a_pin_changes_everything_in_one_call(town: TownNumber) -> None:
    scene = town.scene
    await add_with_pin(scene, "Jiří Horák", CHANGES)
    said = await town.call(CHANGES, ALL_AT_ONCE)
    assert said.count("known.done") == 4, said
    (person,) = await on_line(scene, CHANGES)
    assert (person.street, person.pace) == ("Školní", Pace.SLOW)
    assert (person.house_number or "").startswith("601")
    assert person.quiet == "21:00-7:00"
    assert person.paused_until is not None
    until_day = (person.paused_until - timedelta(seconds=1)).astimezone(scene.settings.town.zone)
    assert (until_day.day, until_day.month) == (24, 12)
    assert await rows(scene, Callback, Callback.number == CHANGES) == []


async def on_a_shared_line_the_pin_tells_whose_packages_change(town: TownNumber) -> None:
    await add(town.scene, "Karel Bílý", SHARED)
    await add_with_pin(town.scene, "Věra Bílá", SHARED)
    assert "known.done" in await town.call(SHARED, OWN_PACKAGES)
    packages = {person.name: person.packages for person in await on_line(town.scene, SHARED)}
    assert packages == {"Karel Bílý": ("2",), "Věra Bílá": ("3",)}


STORIES = (
    a_forged_number_changes_nothing,
    a_known_caller_changes_packages_and_leaves,
    wrong_pins_lock_the_line,
    who_has_a_pin_changes_everything_in_one_call,
    on_a_shared_line_the_pin_tells_whose_packages_change,
)
