"""Our own Asterisk, started and watched by the service: a first try by `call`, and its death in mid-call."""

import asyncio
import os
import signal
from pathlib import Path
from socket import SOCK_DGRAM, SOCK_STREAM

import pytest

from announcements.report import Report
from lab.comparison import differences
from lab.pair import Pair
from lab.ports import free_ports, free_rtp_ports
from service.asterisk import AsteriskSettings
from service.composition import open_service
from service.settings import Settings
from store.states import DeliveryState, Disposition
from tests.acceptance.conftest import Scene, scene_settings
from tests.acceptance.phones import numbers
from tests.acceptance.process import hlasatel, settings_file
from tests.deadline import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


def managed_settings(pair: Pair, folder: Path, renderings: Path) -> Settings:
    """The landlines of the pair, called by an Asterisk that the service itself brings up."""
    [sip_port] = free_ports(SOCK_DGRAM, 1)
    [ami_port] = free_ports(SOCK_STREAM, 1)
    [rtp_ports] = free_rtp_ports(1)
    asterisk = AsteriskSettings(
        managed=True, folder=folder / "asterisk", sip_port=sip_port, ami_port=ami_port, rtp_ports=rtp_ports, agi_port=0
    )
    return scene_settings(pair, folder, renderings).model_copy(update={"asterisk": asterisk})


async def test_call_brings_up_an_asterisk_and_rings_one_number(pair: Pair, tmp_path: Path, renderings: Path) -> None:
    (phone,) = numbers("first try")
    settings = settings_file(managed_settings(pair, tmp_path, renderings), tmp_path)
    async with hlasatel("-c", settings, "call", phone, "--text", "Tohle je zkouška.", "--json") as command:
        made = Report.model_validate_json(await asyncio.wait_for(command.output(), 120))
    calls = [call for call in await pair.landlines.calls() if call.number == phone]
    assert differences(made, calls) == []
    assert [row.state for row in made.deliveries] == [DeliveryState.DELIVERED]


async def test_an_asterisk_that_dies_in_mid_call_is_started_again_and_the_person_called_again(
    scene: Scene, tmp_path: Path, renderings: Path
) -> None:
    (phone,) = numbers("asterisk dies")
    await scene.add("Marie Nováková", phone)
    announcement = await scene.announce()
    settings = managed_settings(scene.pair, tmp_path, renderings)
    async with open_service(settings) as service:
        work = asyncio.create_task(service.run(until_done=True))
        await until(lambda: _somebody_listens(scene))
        await asyncio.to_thread(_kill_asterisk_in, settings.asterisk.folder)
        await work
    made = await scene.report(announcement)
    (delivery,) = made.deliveries
    first, second = delivery.attempts
    assert first.disposition in (Disposition.UNKNOWN, Disposition.ANSWERED)
    assert second.disposition is Disposition.ANSWERED
    assert second.started_at > (first.ended_at or second.started_at)
    assert delivery.state is DeliveryState.DELIVERED


async def _somebody_listens(scene: Scene) -> bool:
    return "!Up!" in await scene.pair.landlines.asterisk.command("core show channels concise")


def _kill_asterisk_in(folder: Path) -> None:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:  # it has just ended
            continue
        if b"-f" in words and str(folder / "etc" / "asterisk.conf").encode() in words:
            os.kill(int(process.name), signal.SIGKILL)
            return
    raise AssertionError(f"no Asterisk runs in {folder}")
