"""People call the town's number on the real Asterisk pair: what each does, what they hear, and what is recorded.

All of them call at once, each in a way of their own; then the service goes away.
"""

import asyncio
import dataclasses
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio
from sqlalchemy import select

from announcements.ringback import RING_BACK
from announcements.windows import Week
from lab.caller import open_callers
from lab.landlines import Outcome
from lab.pair import Pair
from service.doctor import examine
from store.base import Base
from store.callers import Callback, Purpose
from store.inbound import CallEnding, InboundCall, VoiceMessage
from store.states import DeliveryState, Disposition
from store.work import Attempt, Delivery
from tests.acceptance.callers import HANG_UP, Answers, TownNumber, answering, town_number
from tests.acceptance.conftest import Scene, opened_scene, with_retries
from tests.acceptance.phones import numbers
from tests.deadline import until
from tts.audio import alaw_seconds
from tts.segments import AudioSegment

pytestmark = pytest.mark.asyncio(loop_scope="session")

ALL_DAY = Week.model_validate({"weekdays": "0:00-24:00", "weekend": "0:00-24:00"})
MISSED, MISSED_HUNG_UP = numbers("rings back")
(OFFICE,), (OFFICE_AWAY,), (RINGS,) = numbers("office"), numbers("office away"), numbers("rings and hangs up")
Row = TypeVar("Row", bound=Base)
SILENT = "+420556415693"
# By the number that calls; the one that is withheld is empty.
WAYS: dict[str, Answers] = {
    "": {"hotline.stranger": HANG_UP},
    "+420556415691": {"hotline.stranger": ["1", HANG_UP], "listening.menu": ["1", "2", "3", "#"]},
    "+420556415692": {"hotline.stranger": ["7", "8", "*", HANG_UP]},
    SILENT: {},
    "+420556415694": {"hotline.stranger": "0"},
    "+420556415696": {"hotline.stranger": "3", "office.offer": "1"},
    "+420556415697": {"hotline.language": "2", "hotline.stranger": HANG_UP},
    MISSED: {"hotline.known": HANG_UP},
    MISSED_HUNG_UP: {"listening.dated": HANG_UP},
}
TALKS = "+420556415694"
LEAVES_MESSAGE = "+420556415696"


@dataclasses.dataclass(frozen=True)
class Evening:
    """By number, the prompts that were said and what was recorded."""

    scene: Scene
    said: dict[str, list[str]]
    calls: dict[str, InboundCall]
    messages: list[VoiceMessage]
    deliveries: dict[str, tuple[Delivery, list[Attempt]]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def evening(pair: Pair, tmp_path_factory: pytest.TempPathFactory, renderings: Path) -> AsyncIterator[Evening]:
    folder = tmp_path_factory.mktemp("calling")
    async with opened_scene(pair, folder, renderings) as scene:
        scene = with_retries(scene, no_answer_seconds=(600.0,))
        await scene.add("Marie", MISSED)
        await scene.add("Josef", MISSED_HUNG_UP)
        async with town_number(scene, office_extension=OFFICE, office_hours=ALL_DAY, languages=("en",)) as town:
            await scene.announce()
            await until(lambda: rung_in_vain(scene, 2), 90)
            said = await asyncio.gather(*(way(town, number) for number in WAYS))
            await until(lambda: ended(scene, TALKS, SILENT), 60)
        yield Evening(
            scene,
            dict(zip(WAYS, said, strict=True)),
            {call.number: call for call in await rows(scene, InboundCall)},
            await rows(scene, VoiceMessage),
            await deliveries(scene),
        )


async def way(town: TownNumber, number: str) -> list[str]:
    """The call of this number to its end."""
    answers = WAYS[number]
    if number == LEAVES_MESSAGE:
        spoken = await town.scene.library.render("Prosím, zavolejte mi. Teče nám voda.")
        answers = {**answers, "office.message": spoken.path}
    async with town.callers.calling(number) as caller:
        following = asyncio.create_task(town.follow(caller, answers))
        if number == TALKS:
            await until(lambda: office_speaks(town), 90)
            caller.hang_up()
        return await following


async def ended(scene: Scene, *numbers: str) -> bool:
    """How these calls ended is written: a moment after they are over."""
    return all(call.ending for call in await rows(scene, InboundCall) if call.number in numbers)


async def office_speaks(town: TownNumber) -> bool:
    """Of all the calls up only a transfer has a leg that was dialled by the dialplan."""
    legs = await town.scene.pair.managed.command("core show channels concise")
    return any("!AppDial!" in leg and "!Up!" in leg for leg in legs.splitlines())


async def rung_in_vain(scene: Scene, times: int) -> bool:
    ended = [one for one in await rows(scene, Attempt) if one.disposition is Disposition.NO_ANSWER]
    return len(ended) == times


async def rows(scene: Scene, table: type[Row]) -> list[Row]:
    async with scene.store.reading() as session:
        return list(await session.scalars(select(table)))


async def deliveries(scene: Scene) -> dict[str, tuple[Delivery, list[Attempt]]]:
    attempts = sorted(await rows(scene, Attempt), key=lambda one: one.started_at)
    return {
        one.address: (one, [attempt for attempt in attempts if attempt.delivery_id == one.id])
        for one in await rows(scene, Delivery)
    }


async def test_who_rings_back_hears_what_they_missed_and_is_not_called_again(evening: Evening) -> None:
    assert evening.said[MISSED] == ["hotline.welcome", "listening.missed", "listening.dated", "hotline.known"]
    delivery, attempts = evening.deliveries[MISSED]
    assert [attempt.disposition for attempt in attempts] == [Disposition.NO_ANSWER, Disposition.ANSWERED]
    assert attempts[1].trunk == RING_BACK
    assert (delivery.state, delivery.heard_seconds) == (DeliveryState.DELIVERED, attempts[1].heard_seconds)


async def test_who_hangs_up_before_the_message_is_called_again(evening: Evening) -> None:
    assert evening.said[MISSED_HUNG_UP][-1] == "listening.dated"
    delivery, attempts = evening.deliveries[MISSED_HUNG_UP]
    assert [attempt.disposition for attempt in attempts] == [Disposition.NO_ANSWER]
    assert delivery.state is DeliveryState.QUEUED


async def test_a_withheld_number_is_a_stranger(evening: Evening) -> None:
    assert evening.said[""][-1] == "hotline.stranger"
    assert evening.calls[""].ending is CallEnding.HUNG_UP


async def test_a_stranger_listens_forward_back_and_again(evening: Evening) -> None:
    listened = ["listening.dated", "listening.menu", "listening.last", "listening.menu", "listening.first"]
    again = ["listening.menu", "listening.dated", "listening.menu", "hotline.stranger"]
    assert evening.said["+420556415691"][3:] == ["hotline.stranger", *listened, *again]


async def test_wrong_keys_and_the_star(evening: Evening) -> None:
    wrong = ["hotline.stranger", "engine.wrong_key"]
    assert evening.said["+420556415692"][3:] == [*wrong, *wrong, "hotline.stranger", "hotline.stranger"]


async def test_silence_ends_in_a_goodbye(evening: Evening) -> None:
    said = ["hotline.stranger", "hotline.stranger", "office.help_open", "office.help_open", "engine.understood_nothing"]
    assert evening.said[SILENT][3:] == said
    assert evening.calls[SILENT].ending is CallEnding.GOODBYE
    assert evening.calls[SILENT].last_prompt == "engine.understood_nothing"


async def test_zero_is_put_through_to_the_office(evening: Evening) -> None:
    assert evening.said[TALKS][3:] == ["hotline.stranger", "office.connecting"]
    assert evening.calls[TALKS].ending is CallEnding.TRANSFERRED
    (call,) = await evening.scene.calls(OFFICE)
    assert call.outcome is Outcome.ANSWERED


async def test_a_message_is_kept_for_the_office(evening: Evening) -> None:
    assert evening.said[LEAVES_MESSAGE][-1] == "office.kept"
    (message,) = evening.messages
    assert message.call_id == evening.calls[LEAVES_MESSAGE].id
    kept = AudioSegment.from_wav(io.BytesIO((evening.scene.settings.hotline.recordings / message.file).read_bytes()))
    assert 2 < message.seconds < 15
    assert kept.max_dBFS > -20


async def test_another_language_is_spoken_from_its_key_on(evening: Evening) -> None:
    assert evening.said["+420556415697"] == ["hotline.welcome", "hotline.language", "hotline.stranger"]


async def test_an_office_that_does_not_answer_and_limits_of_calls(scene: Scene) -> None:
    async with town_number(
        scene, office_extension=OFFICE_AWAY, office_hours=ALL_DAY, office_ring_seconds=5, calls_an_hour=1
    ) as town:
        said = await town.call("+420556415681", {"hotline.welcome": "0", "office.offer": HANG_UP})
        assert said == ["hotline.welcome", "office.connecting", "office.not_reached", "office.offer"]
        assert await town.call("+420556415681", {}) == ["engine.too_often"]


async def test_who_rings_and_hangs_up_is_called_back_with_the_menu(scene: Scene) -> None:
    async with town_number(scene, ring_back_seconds=8) as town:
        await town.callers.ring(RINGS, 3)
        await until(lambda: called_back(scene), 90)
    (callback,) = await rows(scene, Callback)
    assert (callback.number, callback.purpose) == (RINGS, Purpose.MENU)


async def called_back(scene: Scene) -> bool:
    return any(call.answered_at for call in await scene.calls(RINGS))


async def test_without_the_service_callers_hear_an_apology(scene: Scene) -> None:
    async with town_number(scene) as town:
        assert town.service.hotline is not None
        apology = await town.service.hotline.desk.prompts["cs"].sound("engine.away")
    said = alaw_seconds(apology.with_suffix(".alaw"))
    await hears_speech(scene, "+420556415682", at_least=said - 0.5)
    # An Asterisk that starts anew has forgotten all that the service had told it, but for what is in its database.
    await scene.pair.managed.stop()
    await scene.pair.managed.start()
    await scene.pair.trunk_up()
    await hears_speech(scene, "+420556415683", at_least=said - 0.5)


async def test_the_doctor_sees_that_asterisk_can_record(scene: Scene) -> None:
    findings = {finding.what: finding for finding in await examine(answering(scene).settings)}
    folder = scene.settings.hotline.recordings
    assert (findings["recordings"].ok, findings["recording"].ok) == (True, True), findings
    assert findings["recording"].found == f"Asterisk writes at {folder}"
    assert list(folder.iterdir()) == []


async def hears_speech(scene: Scene, number: str, *, at_least: float) -> None:
    """To the end of the call, as many seconds."""
    async with open_callers(scene.pair) as callers, callers.calling(number) as caller:
        await caller.ended()
    heard = AudioSegment.from_wav(io.BytesIO((await caller.heard()).read_bytes()))
    assert at_least < len(heard) / 1000 < 30
    assert heard.max_dBFS > -20
