"""Health of trunks against a stand-in for Asterisk: parked, rested, back; and an Asterisk that will not tell."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from announcements.outcome import Ending
from dialer import health as health_module
from dialer import link as link_module
from dialer.health import TrunkHealth
from dialer.link import AmiLink, AmiSettings
from dialer.trunk import Trunk
from store.errors import AsteriskError
from store.states import Disposition
from tests.deadline import until
from tests.fake_ami import SECRET, FakeAsterisk, fake_asterisk, refuse

O2, BACKUP = Trunk(name="o2", host="192.0.2.1"), Trunk(name="backup", host="192.0.2.2", username="700100")
NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
FAILED = Ending(Disposition.FAILED, NOW, 3)
BUSY = Ending(Disposition.BUSY, NOW, 17)
SECONDS = 5.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "RECONNECT_SECONDS", 0)
    monkeypatch.setattr(health_module, "QUALIFY_SECONDS", 0.1)
    monkeypatch.setattr(health_module, "REST_SECONDS", 0.3)


@pytest.fixture
async def fake() -> AsyncIterator[FakeAsterisk]:
    async with fake_asterisk() as asterisk:
        yield asterisk


@asynccontextmanager
async def watched(fake: FakeAsterisk, *trunks: Trunk) -> AsyncIterator[TrunkHealth]:
    link = AmiLink(AmiSettings(port=fake.port, secret=SecretStr(SECRET)))
    health = TrunkHealth(link, trunks)
    link.listen(health.on_event)
    link.greet(health.greet)
    try:
        await link.start()
        watching = asyncio.create_task(health.run())
        try:
            yield health
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
    finally:
        await link.close()


async def usable(health: TrunkHealth, trunk: Trunk = O2) -> None:
    await asyncio.wait_for(health.wait_usable(trunk.name), SECONDS)


async def troubled(health: TrunkHealth, words: str, trunk: Trunk = O2) -> None:
    async def so() -> bool:
        return words in health.trouble(trunk.name)

    await until(so, SECONDS)
    assert not health.usable(trunk.name)


async def test_each_trunk_is_tried_when_the_link_comes_up_and_again_when_it_has_come_back(fake: FakeAsterisk) -> None:
    async with watched(fake, O2, BACKUP) as health:
        await usable(health)
        await usable(health, BACKUP)
        assert {action.headers["Endpoint"] for action in fake.of("PJSIPQualify")} == {"trunk-o2", "trunk-backup"}
        fake.drop()
        await fake.got("PJSIPQualify", 4)
        await usable(health)


async def test_one_trunk_is_parked_and_comes_back_while_the_other_goes_on(fake: FakeAsterisk) -> None:
    async with watched(fake, O2, BACKUP) as health:
        await usable(health)
        await fake.trunk_turns("trunk-o2", "UNAVAILABLE")
        await troubled(health, "192.0.2.1:5060 does not answer")
        await usable(health, BACKUP)
        await fake.trunk_turns("trunk-o2", "NOT_INUSE")
        await usable(health)
        assert health.trouble("o2") == ""


async def test_a_lost_registration_parks_the_trunk(fake: FakeAsterisk) -> None:
    async with watched(fake, O2, BACKUP) as health:
        await usable(health, BACKUP)
        fake.registrations["trunk-backup-account"] = "Rejected"
        await fake.event("Registry", "Status: Rejected")
        await troubled(health, "has not accepted the account (Rejected)", BACKUP)
        await usable(health)


async def test_a_change_that_no_event_told_of_is_found_all_the_same(
    fake: FakeAsterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_module, "LOOK_SECONDS", 0.05)
    async with watched(fake, O2) as health:
        await usable(health)
        fake.states["trunk-o2"] = "UNAVAILABLE"
        await troubled(health, "does not answer")


async def test_the_first_failed_call_has_the_trunk_tried_and_the_third_in_a_row_gives_it_a_rest(
    fake: FakeAsterisk,
) -> None:
    async with watched(fake, O2) as health:
        await usable(health)
        tried = len(fake.of("PJSIPQualify"))
        assert await health.call_ended("o2", FAILED) == FAILED
        await fake.got("PJSIPQualify", tried + 1)
        await health.call_ended("o2", FAILED)
        assert health.usable("o2")
        await health.call_ended("o2", FAILED)
        assert (health.usable("o2"), health.trouble("o2")) == (False, "3 calls in a row failed")
        await usable(health)


async def test_a_call_that_went_well_between_two_that_failed_means_no_rest(fake: FakeAsterisk) -> None:
    async with watched(fake, O2) as health:
        await usable(health)
        for ending in (FAILED, FAILED, BUSY, FAILED, FAILED):
            assert await health.call_ended("o2", ending) == ending
        assert health.usable("o2")


async def test_a_call_that_fails_because_its_trunk_has_just_gone_burns_no_try(fake: FakeAsterisk) -> None:
    """Asterisk knows already; its event has not come."""
    async with watched(fake, O2) as health:
        await usable(health)
        fake.states["trunk-o2"] = "UNAVAILABLE"
        assert (await health.call_ended("o2", FAILED)).disposition is Disposition.WITHDRAWN
        assert not health.usable("o2")


async def test_while_the_link_is_down_what_was_known_decides(fake: FakeAsterisk) -> None:
    async with watched(fake, O2) as health:
        await usable(health)
        await fake.stop()
        assert await health.call_ended("o2", FAILED) == FAILED


@pytest.mark.parametrize("action", ["DeviceStateList", "PJSIPShowRegistrationsOutbound"])
async def test_an_asterisk_that_refuses_to_tell_is_named_with_the_mend(fake: FakeAsterisk, action: str) -> None:
    fake.behaviour[action] = refuse
    with pytest.raises(AsteriskError, match=rf"refused {action}.*res_manager_devicestate.*reporting"):
        async with watched(fake, O2):
            pass
