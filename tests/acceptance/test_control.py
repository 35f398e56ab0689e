"""Several announcements and what becomes of them under way: priority, stop, window, a service that dies."""

import asyncio
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from announcements.control import stop
from announcements.report import Report
from lab.comparison import differences
from service.composition import open_service
from store.states import AnnouncementState, DeliveryState, Disposition, Priority
from tests.acceptance.conftest import Scene, now, with_retries, with_trunk
from tests.acceptance.phones import numbers
from tests.acceptance.process import hlasatel, settings_file
from tests.deadline import until
from tts.audio import alaw_seconds

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_crisis_takes_the_next_line_before_the_normal_ones_left(scene: Scene) -> None:
    scene = with_retries(with_trunk(scene, lines=1, calls_per_second=2), not_reached_tries=1)
    phones = numbers("priority")
    for phone in phones[:4]:
        await scene.add(f"normal {phone}", phone, topics=["kultura"])
    for phone in phones[4:]:
        await scene.add(f"crisis {phone}", phone, topics=["povodne"])
    normal = await scene.announce("Koncert je v pátek.", topic="kultura")
    async with open_service(scene.settings) as service:
        work = asyncio.create_task(service.run(until_done=True))
        await until(lambda: _attempts(scene, normal, 1))
        crisis = await scene.announce("Voda stoupá, jděte do vyšších pater.", topic="povodne", priority=Priority.CRISIS)
        await work
    started = {
        attempt.started_at: attempt.phone
        for announcement in (normal, crisis)
        for row in (await scene.report(announcement)).deliveries
        for attempt in row.attempts
    }
    order = ["normal" if started[at] in phones[:4] else "crisis" for at in sorted(started)]
    first_crisis = order.index("crisis")
    assert first_crisis in (1, 2)  # a normal one may have been claimed while the crisis was written
    assert order[first_crisis:] == ["crisis"] * 4 + ["normal"] * (4 - first_crisis)


async def test_stop_starts_no_further_call_and_lets_the_running_one_end(scene: Scene) -> None:
    scene = with_trunk(scene, lines=1)
    phones = numbers("stop")
    for phone in phones:
        await scene.add(f"person {phone}", phone)
    announcement = await scene.announce()
    async with open_service(scene.settings) as service:
        work = asyncio.create_task(service.run(until_done=True))
        await until(lambda: _attempts(scene, announcement, 1))
        async with scene.store.writing() as session:
            await stop(session, announcement, now())
        await work
        await service.drain()
    made, calls = await scene.report(announcement), await scene.calls(*phones)
    assert differences(made, calls) == []
    assert made.state is AnnouncementState.STOPPED
    assert [row.state for row in made.deliveries] == [DeliveryState.DELIVERED] + [DeliveryState.CANCELLED] * 5
    assert [call.number for call in calls] == phones[:1]


async def test_what_was_not_begun_in_the_window_expires(scene: Scene) -> None:
    scene = with_trunk(scene, lines=1)
    phones = numbers("window")
    for phone in phones:
        await scene.add(f"person {phone}", phone)
    made, calls = await scene.run_and_compare(await scene.announce(not_after=now() + timedelta(seconds=3)), *phones)
    assert made.state is AnnouncementState.COMPLETED
    assert [row.state for row in made.deliveries] == [DeliveryState.EXPIRED] * 3
    assert [call.number for call in calls] == phones[:1]


async def test_a_service_that_dies_in_mid_call_is_not_missed_by_the_person_on_the_phone(
    scene: Scene, tmp_path: Path
) -> None:
    """kill -9 while our FastAGI server speaks: the dialplan plays the message; the next service adopts the call."""
    (phone,) = numbers("service dies")
    await scene.add("Marie Nováková", phone)
    announcement = await scene.announce()
    settings = settings_file(scene.settings, tmp_path)
    async with hlasatel("-c", settings, "run") as process:
        await until(lambda: _in_application(scene, "AGI"))
        process.send_signal(signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL
    await until(lambda: _in_application(scene, "Playback"))
    async with hlasatel("-c", settings, "run", "--until-done") as process:
        assert await asyncio.wait_for(process.wait(), 60) == 0
    made, calls = await scene.report(announcement), await scene.calls(phone)
    assert differences(made, calls) == []
    (delivery,) = made.deliveries
    assert [attempt.disposition for attempt in delivery.attempts] == [Disposition.ANSWERED]
    assert delivery.state is DeliveryState.DELIVERED
    assert delivery.heard_seconds == pytest.approx(alaw_seconds(await scene.message_file()), abs=1.0)
    assert len(calls) == 1


async def test_the_command_line_calls_within_a_second_of_announce(scene: Scene, tmp_path: Path) -> None:
    """`run` in one process, `announce --wait` in another: what an operator does."""
    (phone,) = numbers("command line")
    await scene.add("Eva Malá", phone)
    settings = settings_file(scene.settings, tmp_path)
    async with hlasatel("-c", settings, "run") as service:
        await service.line("ami link up")
        async with hlasatel(
            "-c", settings, "announce", "--text", "Zítra nepoteče voda.", "--topic", "voda", "--wait", "--json"
        ) as command:
            made = Report.model_validate_json(await asyncio.wait_for(command.output(), 90))
        service.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(service.wait(), 30) == 0
    (delivery,) = made.deliveries
    assert (delivery.state, delivery.confirmed) == (DeliveryState.DELIVERED, True)
    assert (delivery.attempts[0].started_at - made.created_at).total_seconds() < 1


async def _attempts(scene: Scene, announcement: int, number: int) -> bool:
    return (await scene.report(announcement)).totals.attempts >= number


async def _in_application(scene: Scene, application: str) -> bool:
    return f"!{application}!" in await scene.pair.managed.command("core show channels concise")
