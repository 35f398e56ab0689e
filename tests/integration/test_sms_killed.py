"""The service is killed in the middle of a thousand messages, again and again: none is lost, none comes twice."""

import asyncio
import json
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import func, select

from lab.ports import free_ports
from store.database import Store
from store.states import DeliveryState, Disposition
from store.work import Attempt, Delivery
from tests.deadline import until
from tests.kannel import PASSWORD, Kannel, kannel
from tests.texting import mobile, text_people

PEOPLE = 1000
KILLED_AT = (100, 400, 700)
PER_SECOND = 400
PATIENCE_SECONDS = 120.0


@asynccontextmanager
async def service(store: Store, gateway: Kannel, door_port: int, *, ahead: float = 0) -> AsyncIterator[None]:
    """Text channels at work, killed with SIGKILL at the end of the block."""
    section = gateway.settings(messages_per_second=PER_SECOND).model_dump(mode="json", exclude={"windows"})
    section["password"] = PASSWORD
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.doomed_post", store.url, json.dumps(section), str(door_port), str(ahead)
    )
    try:
        yield
        assert process.returncode is None, "it died by itself"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_killed_in_the_middle_of_a_thousand_messages(store: Store, tmp_path: Path) -> None:
    await text_people(store, "Voda netece.", PEOPLE)
    [door_port] = free_ports(socket.SOCK_STREAM, 1)

    async def delivered() -> int:
        async with store.reading() as session:
            query = select(func.count()).where(Delivery.state == DeliveryState.DELIVERED)
            return await session.scalar(query) or 0

    async def queued() -> bool:
        async with store.reading() as session:
            return bool(await session.scalar(select(func.count()).where(Delivery.state == DeliveryState.QUEUED)))

    async with kannel(tmp_path / "kannel") as gateway:

        async def all_that_left_is_reported() -> bool:
            """The centre's log lags behind, so Kannel is asked how long it has to be."""
            if await queued():
                return False
            got = gateway.received()
            return len(got) == await gateway.passed_on() and await delivered() == len({sms.to for sms in got})

        for many in KILLED_AT:
            async with service(store, gateway, door_port):
                await until(lambda many=many: _at_least(delivered, many), PATIENCE_SECONDS)  # type: ignore[misc]
        async with service(store, gateway, door_port):
            await until(all_that_left_is_reported, PATIENCE_SECONDS)
        # What was claimed and never left gives no sign of life, so that it is sent again.
        async with service(store, gateway, door_port, ahead=3600):
            await until(lambda: _at_least(delivered, PEOPLE), PATIENCE_SECONDS)
        got = Counter(sms.to for sms in await gateway.until_received(PEOPLE))

    assert got == Counter(mobile(one) for one in range(PEOPLE))
    async with store.reading() as session:
        attempts = (await session.scalars(select(Attempt).order_by(Attempt.started_at))).all()
    given_up = [one for one in attempts if one.disposition is not Disposition.DELIVERED]
    assert {(one.disposition, one.accepted_at) for one in given_up} <= {(Disposition.FAILED, None)}
    assert len(attempts) == PEOPLE + len(given_up)


async def _at_least(count: Callable[[], Awaitable[int]], many: int) -> bool:
    return await count() >= many
