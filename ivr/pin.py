"""PINs: who has typed theirs has proved who they are, also on a line of several; and a new one is chosen."""

import asyncio
from collections.abc import Mapping

from ivr.call import Call
from ivr.steps import Ask, Say, Stuck
from store.errors import InputError
from subscribers.known import line_of, pins_of
from subscribers.pin_tries import note_wrong_pin, pin_failed, pin_right, pin_wait
from subscribers.pins import hash_pin, pin_matches

PIN = Ask("pin.type", least=4, most=8)
WRONG = Say("pin.wrong")
LOCKED = Say("pin.locked")
NEW = Ask("pin.new", least=4, most=8)
AGAIN = Ask("pin.again", least=4, most=8)
EASY = Say("pin.easy")
DIFFERENT = Say("pin.different")

# What proves an act in the consent record and the trail.
BY_PIN = "PIN"
MOST_TRIES = 3


async def type_pin(call: Call) -> bool:
    """PIN: the caller becomes the one whose PIN it is."""
    for _ in range(MOST_TRIES):
        typed = await call.ask(PIN)
        pins = await _pins_to_try(call)
        if pins is None:
            await call.say(LOCKED)
            return False
        if (owner := await asyncio.to_thread(_owner, typed, pins)) is not None:
            await _right(call, owner)
            return True
        await _wrong(call)
        await call.say(WRONG)
    return False


async def _pins_to_try(call: Call) -> Mapping[int, str] | None:
    """Hashes by subscriber; None while the line is locked. The try counts as wrong till it has proved right."""
    async with call.desk.store.writing() as session:
        if await pin_wait(session, line_of(call.number), call.desk.now) is not None:
            return None
        await pin_failed(session, line_of(call.number), call.desk.now)
        return await pins_of(session, call.people)


def _owner(typed: str, pins: Mapping[int, str]) -> int | None:
    """Slow on purpose."""
    return next((owner for owner, hashed in pins.items() if pin_matches(typed, hashed)), None)


async def _right(call: Call, owner: int) -> None:
    async with call.desk.store.writing() as session:
        await pin_right(session, line_of(call.number))
    call.people = [owner]
    call.proof = BY_PIN


async def _wrong(call: Call) -> None:
    async with call.desk.store.writing() as session:
        await note_wrong_pin(session, call.number, line_of(call.number), call.id, call.desk.now)


async def new_pin(call: Call) -> str:
    """A new PIN, typed twice; gives its hash."""
    for _ in range(MOST_TRIES):
        typed = await call.ask(NEW)
        try:
            hashed = await asyncio.to_thread(hash_pin, typed)
        except InputError:
            await call.say(EASY)
            continue
        if await call.ask(AGAIN) == typed:
            return hashed
        await call.say(DIFFERENT)
    raise Stuck
