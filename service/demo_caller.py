"""The demo's caller: somebody with nothing but a landline rings the town, registers by keys, and is called back."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import exists, select

from ivr.call import Call
from ivr.leg import HungUp
from lab.behaviour import Act, Behaviour
from lab.caller import Caller, open_callers
from lab.pair import Pair
from service.service import Service
from store.callers import Proposal
from store.database import Store
from store.errors import LabError
from store.states import ProposalState
from subscribers.known import person_of
from subscribers.lines import people_on
from subscribers.person import Person

NUMBER = "+420556400801"
# Called back, she presses one.
CONFIRMS = Behaviour(does=Act.PRESSES, keys="1")
# What she presses when she hears these prompts.
KEYS: Mapping[str, str] = {
    "hotline.stranger": "2",
    "register.this_number": "1",
    "packages.which": "12#",
    "packages.right": "1",
    "place.part": "1",
    "place.street": "897#",
    "place.which_street": "1",
    "place.house": "214#",
    "register.birth_year": "1941",
    "register.consent": "1",
    # She says nothing after the tone; the office asks for her name.
    "register.name": "#",
    "register.right": "1",
}
DEADLINE_SECONDS = 240.0
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class CalledIn:
    """Who registered; ``recording``: what they heard."""

    person: Person
    recording: Path


async def call_in(service: Service, store: Store, pair: Pair) -> CalledIn:
    """Returns when she has confirmed; the service is running. Raises LabError where she gets nowhere."""
    try:
        async with asyncio.timeout(DEADLINE_SECONDS), open_callers(pair) as callers:
            async with callers.calling(NUMBER) as caller:
                await _register(caller, service)
            await _until_confirmed(store)
    except TimeoutError as error:
        raise LabError("the demo's caller could not register", mend="see the log of the demo") from error
    async with store.reading() as session:
        (subscriber_id,) = await people_on(session, NUMBER)
        return CalledIn(await person_of(session, subscriber_id), caller.recording)


async def _register(caller: Caller, service: Service) -> None:
    assert service.hotline is not None
    up = service.hotline.reception.calls
    while not up:
        await asyncio.sleep(POLL_SECONDS)
    call = next(iter(up.values()))
    with suppress(HungUp):
        await _press(caller, call, up)


async def _press(caller: Caller, call: Call, up: Mapping[str, Call]) -> None:
    heard = 0
    while call.id in up:
        for prompt in call.said[heard:]:
            heard += 1
            await caller.press(KEYS.get(prompt, ""))
        await asyncio.sleep(POLL_SECONDS)


async def _until_confirmed(store: Store) -> None:
    confirmed = exists().where(Proposal.number == NUMBER, Proposal.state == ProposalState.DONE)
    while True:
        async with store.reading() as session:
            if await session.scalar(select(confirmed)):
                return
        await asyncio.sleep(1.0)
