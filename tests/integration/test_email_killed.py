"""Killed in the middle of an e-mail mailing, wherever it hurts: nobody is forgotten, nobody gets it twice."""

import asyncio
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import String, cast, func, literal, select, update

from lab.ports import free_ports
from store.database import Store
from store.states import Channel, DeliveryState, Disposition, Priority
from store.work import Announcement, Attempt, Delivery
from tests.deadline import until
from tests.texting import text_people

PEOPLE = 200
PATIENCE_SECONDS = 60.0
# What the server is doing at the death, and after how many messages: it is told of a recipient, has the text and has
# not answered yet, and hears from us again after it took a message.
DEATHS = (("rcpt", 30), ("data", 70), ("again", 110))


@dataclass
class Server:
    """Kills the process ``victim`` when it comes to ``death``."""

    got: Counter[str] = field(default_factory=Counter)
    death: tuple[str, int] = ("", 0)
    victim: int = 0

    def _is_time(self, stage: str) -> None:
        if self.victim and stage == self.death[0] and self.got.total() >= self.death[1]:
            os.kill(self.victim, signal.SIGKILL)
            self.victim = 0

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's names)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._is_time("rcpt")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.got.update(envelope.rcpt_tos)
        self._is_time("data")
        return "250 OK"

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self._is_time("again")
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[Server, int]]:
    server = Server()
    [port] = free_ports(socket.SOCK_STREAM, 1)
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield server, port
    finally:
        controller.stop()


async def by_email(store: Store, priority: Priority) -> None:
    """So many people wait for an announcement by e-mail."""
    await text_people(store, "Voda neteče.", PEOPLE, priority)
    async with store.writing() as session:
        await session.execute(update(Announcement).values(email_text="Voda neteče.", email_subject="Voda"))
        address = literal("jan").concat(cast(Delivery.id, String)).concat("@example.cz")
        await session.execute(update(Delivery).values(channel=Channel.EMAIL, address=address))


@pytest.mark.parametrize("priority", [Priority.NORMAL, Priority.CRISIS])
async def test_killed_in_the_middle_of_a_mailing(store: Store, priority: Priority) -> None:
    await by_email(store, priority)

    async def over() -> bool:
        async with store.reading() as session:
            waiting = Delivery.state.in_((DeliveryState.QUEUED, DeliveryState.SENDING))
            return not await session.scalar(select(func.count()).where(waiting))

    with mail_server() as (server, port):
        for server.death in DEATHS:
            async with service(store, port) as process:
                server.victim = process.pid
                async with asyncio.timeout(PATIENCE_SECONDS):
                    assert await process.wait() == -signal.SIGKILL
        async with service(store, port):
            await until(over, PATIENCE_SECONDS)

    async with store.reading() as session:
        attempts = (await session.scalars(select(Attempt))).all()
    in_doubt = {one.address for one in attempts if one.disposition is Disposition.UNKNOWN}
    sent = [one.address for one in attempts if one.disposition is Disposition.SENT]
    everybody = {f"jan{number + 1}@example.cz" for number in range(PEOPLE)}
    assert server.got.keys() | in_doubt == everybody, "somebody was forgotten"
    twice = {address for address, many in server.got.items() if many > 1}
    # In doubt a crisis comes rather twice, anything else rather not.
    assert twice == (in_doubt if priority is Priority.CRISIS else set())
    # Only the one whose text was on the way when we died; what had been taken is known.
    assert len(in_doubt) == sum(stage == "data" for stage, _ in DEATHS)
    assert sorted(sent) == sorted(everybody if priority is Priority.CRISIS else everybody - in_doubt)
    assert {one.disposition for one in attempts} <= {Disposition.SENT, Disposition.UNKNOWN, Disposition.WITHDRAWN}


@asynccontextmanager
async def service(store: Store, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """Killed with SIGKILL at the end of the block, if it still lives."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.doomed_mail", store.url, str(port))
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
