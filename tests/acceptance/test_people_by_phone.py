"""People who have nothing but a telephone, on the real pair: they register, change, leave, and are called back."""

import asyncio
import re
import wave
from collections.abc import AsyncIterator, Mapping
from itertools import product
from pathlib import Path

import pytest
import pytest_asyncio
from pydub.silence import detect_nonsilent

from lab.pair import Pair
from store.callers import RegistrationRequest, RequestReason
from store.people import Consent, ConsentWay
from store.staff import Way
from store.states import CallbackState, ProposalState, RequestState
from subscribers.audit import Actor
from subscribers.proposals import from_json
from subscribers.requests import complete_request
from tests.acceptance import known_callers
from tests.acceptance.callers import TownNumber, town_number
from tests.acceptance.conftest import Scene, now, opened_scene
from tests.acceptance.people import (
    ELSEWHERE,
    REGISTERS,
    add,
    announce,
    called_back,
    import_places_of,
    on_line,
    proposals,
    rows,
    until,
)
from tests.acceptance.phones import numbers
from tests.recogniser import Recogniser
from tts.normaliser import normalise
from tts.prompts import prompt_texts
from tts.segments import AudioSegment

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEW, WITHHELD, STUCK, NEIGHBOUR, UNDECIDED = numbers("people by phone")
CLERK = Actor("Jana Nová", Way.CLI)
# Of those that could be read back: street, house, packages.
READINGS = list(
    product(
        ("Tyršova", "Komenského", "Poštovní"),
        ("214/1", "216/3"),
        ("Výpadky a zprávy z města", "Úřad a zastupitelstvo"),
    )
)


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


async def a_withheld_number_is_typed_and_called_back(town: TownNumber) -> None:
    typed = {"register.number": f"{WITHHELD.removeprefix('+420')}#", "register.typed_number": "1"}
    said = await town.call("", {**ELSEWHERE, **typed})
    assert said[-1] == "register.calling_back"
    assert "register.this_number" not in said
    assert (await called_back(town.scene, WITHHELD)).state is CallbackState.DONE
    assert len(await on_line(town.scene, WITHHELD)) == 1


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
    a_withheld_number_is_typed_and_called_back,
    who_gets_stuck_says_it_and_a_clerk_completes_it,
    *known_callers.STORIES,
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
