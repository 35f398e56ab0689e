"""Pause and resume, calls that are cut, a correction over a call in progress, and a loudspeaker, on the real pair."""

import array
import asyncio
import math
import wave
from datetime import timedelta
from pathlib import Path

import pytest

from announcements.control import pause, resume, stop
from announcements.correction import correction_rule
from announcements.launch import Draft, launch, prepare
from lab.comparison import differences
from lab.landlines import Outcome
from service.composition import open_service
from store.people import ConsentWay
from store.states import AnnouncementState, DeliveryState, Disposition
from subscribers.consent import Proof
from subscribers.person import Person
from subscribers.registration import register
from tests.acceptance.conftest import Scene, now, with_trunk
from tests.acceptance.phones import LOUDSPEAKER_CODE, numbers
from tests.deadline import until
from tts.audio import alaw_seconds

pytestmark = pytest.mark.asyncio(loop_scope="session")

CUT_SECONDS = 2.0  # the keeper looks every second
FRAME_SECONDS = 0.01  # far shorter than a syllable, so that a frame of one time meets the same one of the other


async def test_a_paused_announcement_waits_while_others_go_on_and_resumes_where_it_was(scene: Scene) -> None:
    scene = with_trunk(scene, lines=1)
    first, *others, elsewhere = numbers("pause")
    for phone in (first, *others):
        await scene.add(f"person {phone}", phone)
    await scene.add("somebody else", elsewhere, topics=["kultura"])
    paused = await scene.announce("Voda neteče.")
    async with open_service(scene.settings) as service:
        work = asyncio.create_task(service.run(until_done=True))
        await until(lambda: _attempts(scene, paused, 1))
        async with scene.store.writing() as session:
            await pause(session, paused)
        meanwhile = await scene.announce("Koncert je v pátek.", topic="kultura")
        await until(lambda: _is(scene, meanwhile, AnnouncementState.COMPLETED), 60)
        made = await scene.report(paused)
        assert (made.state, made.totals.delivered, made.totals.queued) == (AnnouncementState.PAUSED, 1, len(others))
        assert made.totals.attempts == 1
        async with scene.store.writing() as session:
            await resume(session, paused, now())
        await work
        await service.drain()
    made, calls = await scene.report(paused), await scene.calls(first, *others)
    assert differences(made, calls) == []
    assert (made.state, made.totals.failed) == (AnnouncementState.COMPLETED, len(others))
    assert calls[0].number == first


async def test_a_call_in_progress_is_cut_within_moments_of_the_wish(scene: Scene) -> None:
    (phone,) = numbers("cut")
    await scene.add("Marie Nováková", phone)
    announcement = await scene.announce("Dnes od osmi hodin nepoteče voda v celém městě. " * 5)
    async with open_service(scene.settings) as service:
        work = asyncio.create_task(service.run(until_done=True))
        await until(lambda: _in_application(scene, "AGI"))
        asked = now()
        async with scene.store.writing() as session:
            await stop(session, announcement, asked, cut=True)
        await work
        await service.drain()
    made, (call,) = await scene.report(announcement), await scene.calls(phone)
    assert differences(made, [call]) == []
    assert timedelta(0) < call.ended_at - asked < timedelta(seconds=CUT_SECONDS)
    (delivery,) = made.deliveries
    assert (made.state, delivery.state) == (AnnouncementState.STOPPED, DeliveryState.CANCELLED)
    assert [attempt.disposition for attempt in delivery.attempts] == [Disposition.ANSWERED]
    assert delivery.heard_seconds < alaw_seconds(await scene.message_file()) / 2


async def test_a_correction_follows_a_call_in_progress_and_spares_who_waits_the_original(scene: Scene) -> None:
    scene = with_trunk(scene, lines=1)
    listening, waiting = numbers("correction")
    for phone in (listening, waiting):
        await scene.add(f"person {phone}", phone)
    original = await scene.announce("Voda neteče.")
    async with open_service(scene.settings) as service:
        work = asyncio.create_task(service.run(until_done=True))
        await until(lambda: _in_application(scene, "AGI"))
        correction = await _correct(scene, original)
        await work
        await service.drain()
    before, after = await scene.report(original), await scene.report(correction)
    assert [row.state for row in before.deliveries] == [DeliveryState.DELIVERED, DeliveryState.CANCELLED]
    assert [row.state for row in after.deliveries] == [DeliveryState.DELIVERED] * 2
    assert (before.state, after.corrects) == (AnnouncementState.STOPPED, original)
    assert [call.number for call in await scene.calls(listening, waiting)] == [listening, listening, waiting]


async def test_a_loudspeaker_is_opened_by_its_keys_and_says_it_twice(scene: Scene) -> None:
    right, wrong = numbers("loudspeaker")
    await _add_loudspeaker(scene, "Rozhlas", right, LOUDSPEAKER_CODE)
    await _add_loudspeaker(scene, "Rozhlas se špatným kódem", wrong, "999")
    made, calls = await scene.run_and_compare(await scene.announce(), right, wrong)
    delivered, failed = made.deliveries
    message = alaw_seconds(await scene.message_file())
    assert delivered.state is DeliveryState.DELIVERED
    assert delivered.heard_seconds == pytest.approx(message, abs=0.5)
    (on_air,) = [call for call in calls if call.number == right]
    assert on_air.outcome is Outcome.ON_AIR
    assert on_air.recording is not None
    assert _said_twice(on_air.recording, message)
    assert (failed.state, failed.heard_seconds) == (DeliveryState.FAILED, 0)
    assert {call.outcome for call in calls if call.number == wrong} == {Outcome.ANSWERED}


async def _correct(scene: Scene, original: int) -> int:
    async with scene.store.reading() as session:
        rule = await correction_rule(session, original)
    draft = Draft(rule, text="Oprava: voda poteče.")
    return await launch(
        scene.store, await prepare(scene.store, scene.library, draft, scene.settings.ways, now()), now()
    )


async def _add_loudspeaker(scene: Scene, name: str, phone: str, code: str) -> None:
    person = Person(name=name, phones=(phone,), code=code, topics=("voda",))
    async with scene.store.writing() as session:
        await register(session, person, Proof(ConsentWay.IN_PERSON, "test-1", "scene"), country="CZ", now=now())


def _said_twice(recording: Path, message_seconds: float) -> bool:
    """The end of the recording sounds as what was a message and a pause of one second before it."""
    loudness = _loudness(recording)
    length, pause = round(message_seconds / FRAME_SECONDS), round(1 / FRAME_SECONDS)
    last = loudness[-length:]
    alike = [
        _likeness(last, loudness[-length - shift : -shift]) for shift in range(length + pause // 2, length + 3 * pause)
    ]
    return len(loudness) > 2 * length + pause and max(alike) > 0.9


def _loudness(recording: Path) -> list[float]:
    """RMS of each frame."""
    with wave.open(str(recording)) as file:
        samples = array.array("h", file.readframes(file.getnframes()))
        frame = round(file.getframerate() * FRAME_SECONDS)
    return [math.hypot(*samples[at : at + frame]) for at in range(0, len(samples) - frame + 1, frame)]


def _likeness(one: list[float], other: list[float]) -> float:
    """Cosine of the two, each around its mean."""
    first, second = ([value - sum(values) / len(values) for value in values] for values in (one, other))
    return sum(map(float.__mul__, first, second)) / ((math.hypot(*first) * math.hypot(*second)) or 1.0)


async def _attempts(scene: Scene, announcement: int, number: int) -> bool:
    return (await scene.report(announcement)).totals.attempts >= number


async def _is(scene: Scene, announcement: int, state: AnnouncementState) -> bool:
    return (await scene.report(announcement)).state is state


async def _in_application(scene: Scene, application: str) -> bool:
    return f"!{application}!" in await scene.pair.managed.command("core show channels concise")
