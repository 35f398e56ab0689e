"""What the scenes of people who have nothing but a telephone share."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import select

from announcements.audience import build_rule
from announcements.launch import Draft, launch, prepare
from store.callers import Callback, Proposal
from store.people import ConsentWay
from store.states import CallbackState, DeliveryState, ProposalState
from store.work import Delivery
from subscribers.consent import Proof
from subscribers.known import person_of
from subscribers.lines import people_on
from subscribers.person import Person
from subscribers.registration import register
from subscribers.ruian import import_places
from tests.acceptance.callers import Answers
from tests.acceptance.conftest import Scene, now
from tests.integration.sample_town import ADDRESSES

DEADLINE_SECONDS = 150.0
PROOF = Proof(ConsentWay.IN_PERSON, "test-1", "acceptance")
Found = TypeVar("Found")
REGISTERS: Answers = {
    "hotline.stranger": "2",
    "register.this_number": "1",
    "packages.which": "2#",
    "packages.right": "1",
    "place.part": "1",
    "place.street": "897#",
    "place.which_street": "1",
    "place.house": "214#",
    "register.birth_year": "#",
    "register.consent": "1",
    "register.name": "#",
    "register.right_without_year": "1",
}
ELSEWHERE: Answers = {**REGISTERS, "place.street": "566#", "place.house": "312#"}


async def import_places_of(scene: Scene) -> None:
    async with scene.store.writing() as session:
        await import_places(session, ADDRESSES, "addresses.csv")


async def add(scene: Scene, name: str, number: str, **fields: Any) -> int:
    person = Person(name=name, phones=(number,), **{"packages": ("2",), **fields})
    async with scene.store.writing() as session:
        return await register(session, person, PROOF, country="CZ", now=now())


async def rows(scene: Scene, table: type[Any], *where: Any) -> Sequence[Any]:
    async with scene.store.reading() as session:
        return (await session.scalars(select(table).where(*where).order_by(table.id))).all()


async def on_line(scene: Scene, number: str) -> list[Person]:
    async with scene.store.reading() as session:
        return [await person_of(session, one) for one in await people_on(session, number)]


async def until(look: Callable[[], Awaitable[Found]]) -> Found:
    """What ``look`` gives, as soon as it is something."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not (found := await look()):
            await asyncio.sleep(0.2)
    return found


async def proposals(scene: Scene, number: str, state: ProposalState) -> Sequence[Proposal]:
    return await rows(scene, Proposal, Proposal.number == number, Proposal.state == state)


async def called_back(scene: Scene, number: str) -> Callback:
    """Wait till a call back to the number is over."""

    async def over() -> Sequence[Callback]:
        ended = Callback.state.in_([CallbackState.DONE, CallbackState.FAILED])
        return await rows(scene, Callback, Callback.number == number, ended)

    return (await until(over))[-1]


async def announce(scene: Scene, street: str) -> list[str]:
    """About water in one street; the numbers that were called to the end."""
    async with scene.store.reading() as session:
        rule = await build_rule(session, topics=["voda"], streets=[street])
    draft = Draft(rule, text=f"Zítra nepoteče voda v ulici {street}.")
    prepared = await prepare(scene.store, scene.library, draft, scene.settings.ways, now())
    launched = await launch(scene.store, prepared, now())

    async def delivered() -> list[str]:
        found = await rows(scene, Delivery, Delivery.announcement_id == launched)
        return [one.address for one in found] if all(one.state is DeliveryState.DELIVERED for one in found) else []

    return await until(delivered)
