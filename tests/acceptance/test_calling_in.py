"""People call the town's number on the real Asterisk pair."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import select

from store.inbound import InboundCall
from tests.acceptance.callers import HANG_UP, TownNumber, town_number
from tests.acceptance.conftest import Scene

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def town(scene: Scene) -> AsyncIterator[TownNumber]:
    async with town_number(scene) as town:
        yield town


async def calls(scene: Scene) -> list[InboundCall]:
    async with scene.store.reading() as session:
        return list(await session.scalars(select(InboundCall).order_by(InboundCall.started_at)))


async def test_a_stranger_listens_to_what_holds_now(town: TownNumber) -> None:
    await town.scene.add("Marie", "+420556415601")
    await town.scene.announce()
    answers = {"hotline.stranger": ["1", HANG_UP], "listening.menu": ["1", "#"]}
    said = await town.call("+420556415699", answers)
    assert said == [
        "hotline.welcome",
        "hotline.stranger",
        "listening.dated",
        "listening.menu",
        "listening.last",
        "listening.menu",
        "hotline.stranger",
    ]
