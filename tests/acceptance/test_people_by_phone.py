"""People who have nothing but a telephone, on the real pair: they register, change, leave, and are called back."""

import asyncio
import re
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from pydub.silence import detect_nonsilent
from sqlalchemy import select

from announcements.audience import build_rule
from announcements.launch import Draft, launch, prepare
from lab.pair import Pair
from store.callers import Callback, Pin, Proposal, RegistrationRequest, RequestReason
from store.people import Consent, ConsentWay, Subscriber
from store.staff import Way
from store.states import CallbackState, DeliveryState, Pace, ProposalState, RequestState
from store.work import Delivery
from subscribers.audit import Actor
from subscribers.consent import Proof
from subscribers.known import line_of, person_of
from subscribers.lines import people_on
from subscribers.person import Person
from subscribers.pin_tries import pin_failed
from subscribers.pins import hash_pin
from subscribers.proposals import from_json
from subscribers.registration import register
from subscribers.requests import complete_request
from subscribers.ruian import import_places
from tests.acceptance.callers import Answers, TownNumber, town_number
from tests.acceptance.conftest import Scene, now, opened_scene
from tests.acceptance.phones import numbers
from tests.integration.sample_town import ADDRESSES
from tests.recogniser import Recogniser
from tts.normaliser import normalise
from tts.prompts import prompt_texts
from tts.segments import AudioSegment

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEADLINE_SECONDS = 150.0
NEW, FORGED, SILENT, KNOWN, WITHHELD, LOCKED, STUCK, NEIGHBOUR, UNDECIDED = numbers("people by phone")
PROOF = Proof(ConsentWay.IN_PERSON, "test-1", "acceptance")
CLERK = Actor("Jana Nová", Way.CLI)
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
# Of those that could be read back: street, house, packages.
READINGS = list(
    product(
        ("Tyršova", "Komenského", "Poštovní"),
        ("214/1", "216/3"),
        ("Výpadky a zprávy z města", "Úřad a zastupitelstvo"),
    )
)
ELSEWHERE: Answers = {**REGISTERS, "place.street": "566#", "place.house": "312#"}
LEAVES: Answers = {"hotline.known": "2", "known.menu": "5", "known.leaving": "2", "known.really_all": "1"}
SLOWER: Answers = {
    "hotline.known": "2",
    "known.menu": "4",
    "known.how": "1",
    "known.pace": "1",
    "known.right": "1",
    "known.by_pin": "1",
}


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


def read_back(street: str, house: str, package: str) -> str:
    """All words of the read-back, for the recogniser."""
    text = " ".join(prompt_texts("cs")["register.right_without_year"].split())
    number = "pět pět šest, čtyři jedna pět, sedm nula devět"
    filled = text.format(number=number, packages=package, address=f"Vzorov, {street}, číslo {house}")
    return " ".join(re.findall(r"\w+", normalise(filled)))


def last_words(recording: Path) -> AudioSegment:
    """What was said after the last long silence."""
    with recording.open("rb") as file:  # given a path, pydub would leave the file open
        heard = AudioSegment.from_file(file)
    begin, end = detect_nonsilent(heard, min_silence_len=2000, silence_thresh=-45)[-1]
    return heard[begin:end]


async def a_caller_registers_and_hears_what_concerns_their_street_and_nothing_else(
    town: TownNumber,
) -> None:
    scene = town.scene
    await add(scene, "Soused", NEIGHBOUR, street="Poštovní", town_part="Vzorov")
    said = await town.call(NEW, REGISTERS)
    assert said[-1] == "register.calling_back"
    assert (await called_back(scene, NEW)).state is CallbackState.DONE
    (person,) = await on_line(scene, NEW)
    assert (person.town_part, person.street, person.house_number) == ("Vzorov", "Tyršova", "214/1")
    assert person.packages == ("2",)
    (proposal,) = await proposals(scene, NEW, ProposalState.DONE)
    proof = f"call {proposal.call_id}, proved by {proposal.evidence}"
    (consent,) = await rows(scene, Consent, Consent.evidence == proof)
    assert (consent.way, consent.wording) == (ConsentWay.PHONE, "phone-1")
    assert await announce(scene, "Tyršova") == [NEW]
    assert await announce(scene, "Poštovní") == [NEIGHBOUR]
    # The call back and the one announcement, and nothing else, rang there.
    assert len(await scene.calls(NEW)) == 2


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


async def a_withheld_number_is_typed_and_called_back(town: TownNumber) -> None:
    typed = {"register.number": f"{WITHHELD.removeprefix('+420')}#", "register.typed_number": "1"}
    said = await town.call("", {**ELSEWHERE, **typed})
    assert said[-1] == "register.calling_back"
    assert "register.this_number" not in said
    assert (await called_back(town.scene, WITHHELD)).state is CallbackState.DONE
    assert len(await on_line(town.scene, WITHHELD)) == 1


async def wrong_pins_lock_the_line(town: TownNumber) -> None:
    scene = town.scene
    eva = await add(scene, "Eva Malá", LOCKED)
    async with scene.store.writing() as session:
        session.add(Pin(subscriber_id=eva, hash=hash_pin("4719"), set_at=now()))
        for minutes in (10, 5):  # two wrong ones in earlier calls
            await pin_failed(session, line_of(LOCKED), now() - timedelta(minutes=minutes))
    said = await town.call(LOCKED, {**SLOWER, "pin.type": ["4720#", "4721#"]})
    assert (said.count("pin.wrong"), said.count("pin.locked")) == (1, 1)
    await called_back(scene, LOCKED)  # where nine is pressed: nobody there had asked
    said = await town.call(LOCKED, {**SLOWER, "pin.type": "4719#"})  # the right one, too soon
    assert "pin.locked" in said
    (person,) = await on_line(scene, LOCKED)
    assert person.pace is Pace.NORMAL


async def who_gets_stuck_says_it_and_a_clerk_completes_it(town: TownNumber) -> None:
    scene = town.scene
    spoken = (await scene.library.render("Jmenuji se Božena Nová a bydlím v Tyršově ulici číslo dvě.")).path
    answers = {**REGISTERS, "packages.which": ["9#"] * 4}
    async with town.callers.calling(STUCK) as caller:
        following = asyncio.create_task(town.follow(caller, answers))

        async def asked() -> bool:
            return any(call.prompt == "register.say_it" and call.number == STUCK for call in town.up.values())

        await until(asked)
        await caller.press("#")  # enough of the request
        await caller.say(spoken)
        await caller.press("#")
        said = await following
    assert said[-1] == "register.requested"
    (request,) = await rows(scene, RegistrationRequest, RegistrationRequest.number == STUCK)
    assert (request.reason, request.state) == (RequestReason.STUCK, RequestState.OPEN)
    with wave.open(str(scene.settings.hotline.recordings / request.recording)) as recording:
        assert recording.getnframes() / recording.getframerate() > 2
    person = from_json({**request.told, "name": "Božena Nová", "street": "Komenského", "packages": ["2"]})
    async with scene.store.writing() as session:
        await complete_request(session, request.id, person, CLERK, country="CZ", now=now())
    assert [one.name for one in await on_line(scene, STUCK)] == ["Božena Nová"]
    assert STUCK in await announce(scene, "Komenského")


STORIES = (
    a_caller_registers_and_hears_what_concerns_their_street_and_nothing_else,
    a_forged_number_changes_nothing,
    a_known_caller_changes_packages_and_leaves,
    a_withheld_number_is_typed_and_called_back,
    wrong_pins_lock_the_line,
    who_gets_stuck_says_it_and_a_clerk_completes_it,
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stories(
    pair: Pair, renderings: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Mapping[str, "asyncio.Task[None]"]]:
    """All stories of one town, told at the same time, by name."""
    async with opened_scene(pair, tmp_path_factory.mktemp("people"), renderings) as scene:
        await import_places_of(scene)
        async with town_number(scene) as town:
            told = {story.__name__: asyncio.create_task(story(town)) for story in STORIES}
            yield told
            for story in told.values():
                story.cancel()
            await asyncio.gather(*told.values(), return_exceptions=True)


@pytest.mark.parametrize("story", [story.__name__ for story in STORIES])
async def test_story(stories: Mapping[str, "asyncio.Task[None]"], story: str) -> None:
    await stories[story]


async def test_what_is_read_back_is_understood_and_who_hangs_up_there_leaves_a_request(scene: Scene) -> None:
    await import_places_of(scene)
    async with town_number(scene, engines=("festival",)) as town, town.callers.calling(UNDECIDED) as caller:
        following = asyncio.create_task(town.follow(caller, {**REGISTERS, "register.right_without_year": ""}))

        async def read() -> bool:
            return any(call.prompt == "register.right_without_year" for call in town.up.values())

        await until(read)
        await caller.until_silence()
        caller.hang_up()
        await following
        readings = {read_back(*reading): reading for reading in READINGS}
        recogniser = Recogniser(list(readings))
        understood = recogniser.understood(last_words(caller.recording))
        assert readings[understood or ""] == ("Tyršova", "214/1", "Výpadky a zprávy z města")
    (request,) = await rows(scene, RegistrationRequest, RegistrationRequest.number == UNDECIDED)
    assert (request.reason, request.told["street"]) == (RequestReason.HUNG_UP, "Tyršova")
    assert await proposals(scene, UNDECIDED, ProposalState.WAITING) == []
