"""Staff ring the town on the real Asterisk pair: the dispatcher at three in the morning, a clerk, and a forger."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import structlog
from sqlalchemy import select

from announcements.drafts import drafts
from announcements.staff import Right, Rights, add_staff
from lab.landlines import LandlineCall
from store.people import ConsentWay
from store.staff import Audit, SavedDraft
from store.states import Priority
from store.work import Announcement, Attempt
from subscribers.audit import trail
from subscribers.consent import Proof
from subscribers.person import Person
from subscribers.pins import hash_pin
from subscribers.registration import register
from tests.acceptance.callers import HANG_UP, Answers, TownNumber, town_number
from tests.acceptance.conftest import Scene, now
from tests.acceptance.phones import numbers
from tests.acceptance.process import hlasatel, settings_file
from tests.acceptance.test_understood import SLACK_MS, from_first_sound, recorded, spoken_ms
from tests.deadline import until
from tests.recogniser import Recogniser
from tts.library import Rendering
from tts.prompts import render_prompts
from tts.speech import configured_library

pytestmark = pytest.mark.asyncio(loop_scope="session")

log = structlog.get_logger(__name__)

PIN = "4729"
STAFF_NUMBER = "+420556400099"
SPOKEN = "hrozí povodeň opusťte domy u řeky"
OTHERS = ["voda ve studních není pitná", "silnice do města je uzavřena", "úřad bude v pátek zavřen"]
RINGS = {"hotline.stranger": "9"}
TO_ALL = {"staff.pin": f"{PIN}#", "staff.heard": "1", "staff.about": "1"}


@pytest_asyncio.fixture(loop_scope="session")
async def town(scene: Scene) -> AsyncIterator[TownNumber]:
    async with town_number(scene) as town:
        yield town


async def hire(scene: Scene, phone: str, *may: Right, up_to: Priority = Priority.NORMAL) -> None:
    async with scene.store.writing() as session:
        rights = Rights(may=may, most_urgent=up_to)
        await add_staff(session, "Petr Hlídka", rights, now(), phone=phone, pin_hash=hash_pin(PIN))


async def settle(scene: Scene, phone: str) -> None:
    """Somebody who wants to hear all there is."""
    person = Person(name="Anna", phones=(phone,), packages=("1",))
    async with scene.store.writing() as session:
        await register(session, person, Proof(ConsentWay.IN_PERSON, "test-1", "x"), country="CZ", now=now())


async def announcements(scene: Scene) -> list[Announcement]:
    async with scene.store.reading() as session:
        return list(await session.scalars(select(Announcement)))


async def waiting(scene: Scene) -> list[SavedDraft]:
    async with scene.store.reading() as session:
        return list(await drafts(session))


async def audit(scene: Scene) -> list[Audit]:
    async with scene.store.reading() as session:
        return list(reversed(await trail(session)))


async def heard_by(scene: Scene, phone: str) -> LandlineCall:
    """The citizen's call, when it is over."""

    async def over() -> bool:
        return bool(await scene.calls(phone))

    await until(over, seconds=60)
    return (await scene.calls(phone))[0]


async def understood(scene: Scene, call: LandlineCall, said: Rendering) -> str | None:
    """What a listener hears between greeting and menu, who knows which sentences there may be."""
    voice = configured_library(scene.settings.speech)  # of the service
    prompts = await render_prompts(voice, "cs", {"town": scene.settings.town.name})
    greeted = from_first_sound(recorded(call))
    told = from_first_sound(greeted[spoken_ms(prompts["greeting"]) + SLACK_MS :])
    return Recogniser([SPOKEN, *OTHERS]).understood(told[: spoken_ms(said) + 2 * SLACK_MS])


async def test_the_dispatcher_launches_a_crisis_by_voice(town: TownNumber) -> None:
    scene, (office, citizen) = town.scene, numbers("staff launches")
    await hire(scene, office, Right.LAUNCH, up_to=Priority.CRISIS)
    await settle(scene, citizen)
    said = await scene.library.render(SPOKEN)
    assert (await town.call(office, RINGS))[-1] == "staff_line.calling_back"
    choices: Answers = {**TO_ALL, "staff.message": said.path, "staff.up_to_crisis": "1", "staff.launch": "1"}
    assert (await town.lift(office, choices))[-1] == "staff.launched"
    (announcement,) = await announcements(scene)
    assert announcement.priority is Priority.CRISIS
    assert announcement.message_seconds == pytest.approx(said.seconds, abs=1.0)  # what was silent around it is cut off
    assert await understood(scene, await heard_by(scene, citizen), said) == SPOKEN
    asked, launched = await audit(scene)
    async with scene.store.reading() as session:
        attempts = {row.id: row.callback_id for row in await session.scalars(select(Attempt))}
    assert (asked.act, launched.act, launched.who) == ("asked for a call", "launched", "Petr Hlídka")
    assert attempts[launched.call_id] is not None


async def test_by_the_staffs_number_a_crisis_is_launched_within_a_minute(scene: Scene) -> None:
    """From the moment they dial; what they dictate takes as long as it takes, and is played to them once."""
    office, citizen = numbers("staff number")
    await hire(scene, office, Right.LAUNCH, up_to=Priority.CRISIS)
    await settle(scene, citizen)
    said = await scene.library.render(SPOKEN)
    # Citizens wait for the answer where the service calls back who hangs up before; the staff do not.
    async with town_number(scene, staff_number=STAFF_NUMBER, ring_back_seconds=30) as town:
        began = now()
        assert await town.call(office, {}, dials=STAFF_NUMBER.removeprefix("+420")) == ["staff_line.calling_back"]
        choices: Answers = {**TO_ALL, "staff.message": said.path, "staff.up_to_crisis": "1", "staff.launch": "1"}
        assert (await town.lift(office, choices))[-1] == "staff.launched"
        citizens = await heard_by(scene, citizen)
    launched = (await audit(scene))[-1]
    assert (launched.act, launched.who) == ("launched", "Petr Hlídka")
    took = (launched.at - began).total_seconds()
    first_ring = (citizens.started_at - launched.at).total_seconds()
    log.info("crisis by voice", launched_after=took, of_them_dictated=said.seconds, first_phone_after=first_ring)
    assert took < 60 - said.seconds
    assert first_ring < 5


async def test_a_clerk_hands_over_and_it_is_called_when_it_is_approved(town: TownNumber, tmp_path: Path) -> None:
    scene, (office, citizen) = town.scene, numbers("staff hands over")
    await hire(scene, office, Right.DRAFT)
    await settle(scene, citizen)
    said = await scene.library.render(SPOKEN)
    await town.call(office, RINGS)
    choices: Answers = {**TO_ALL, "staff.message": said.path, "staff.draft": "1"}
    assert (await town.lift(office, choices))[-1] == "staff.handed_over"
    (draft,) = await waiting(scene)
    assert (await announcements(scene), await scene.calls(citizen)) == ([], [])
    settings = settings_file(scene.settings, tmp_path)
    async with hlasatel("-c", settings, "drafts", "approve", str(draft.id), "--json") as command:
        approved = json.loads(await command.output())
    assert [one.id for one in await announcements(scene)] == [approved["id"]]
    assert await understood(scene, await heard_by(scene, citizen), said) == SPOKEN
    assert [entry.act for entry in await audit(scene)] == ["asked for a call", "drafted", "launched", "approved"]


async def test_who_forges_the_number_or_guesses_the_pin_launches_nothing(town: TownNumber) -> None:
    scene, (office, citizen) = town.scene, numbers("staff is forged")
    await hire(scene, office, Right.LAUNCH, up_to=Priority.CRISIS)
    await settle(scene, citizen)
    # The forger shows the office's number, and presses what would launch; it is the office that is called back.
    forged = {**RINGS, "staff_line.calling_back": f"{PIN}#1111"}
    assert (await town.call(office, forged))[-1] == "staff_line.calling_back"
    assert await town.lift(office, {"staff.pin": HANG_UP}) == ["staff.pin"]
    await town.call(office, RINGS)
    guessed = await town.lift(office, {"staff.pin": ["1112#", "2223#"]})
    assert guessed == ["staff.pin", "staff.wrong_pin", "staff.pin", "staff.wrong_pin", "staff.locked"]
    await town.call(office, RINGS)
    assert await town.lift(office, {"staff.pin": f"{PIN}#"}) == ["staff.locked"]
    assert (await announcements(scene), await waiting(scene), await scene.calls(citizen)) == ([], [], [])
    wrong = [entry for entry in await audit(scene) if entry.act == "wrong PIN"]
    assert len(wrong) == 2
    assert all(entry.call_id for entry in wrong)
