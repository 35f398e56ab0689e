"""A wire between the AMI link and the fake Asterisk that mangles what Asterisk says, the same way for each seed."""

import asyncio
import contextlib
import copy
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.fake_ami import END, FakeAsterisk


def block(*lines: str) -> bytes:
    return "\r\n".join(lines).encode() + END


def lies(dice: random.Random, known: list[str]) -> list[bytes]:
    """Whole blocks that tell no end of ours: strangers, ids that are nearly ours, rubbish."""
    ours = dice.choice(known) if known else "f" * 32
    near = dice.choice([ours[:-1], ours + "0", ours.upper(), f"x{ours}", f"{ours}.1", "", "<unknown>"])
    hangup = ("Event: Hangup", "ChannelState: 6", "Cause: 16")
    return [
        block(*hangup, f"Uniqueid: {near}") if near != ours else b"",
        block(*hangup, f"Uniqueid: {ours}", "Uniqueid: 1700000000.17"),
        block(*hangup, f"Linkedid: {ours}", f"AccountCode: Uniqueid: {ours}"),
        block("Event: HangupRequest", f"Uniqueid: {ours}", "Cause: 17"),
        block("Evnt: Hangup", f"Uniqueid: {ours}"),
        block("Event: OriginateResponse", f"ActionID: {near}", "Response: Failure", "Reason: 5")
        if near != ours
        else b"",
        block("Event: OriginateResponse", "Response: Failure", f"Uniqueid: {ours}"),
        block("Response: Error", "ActionID: nobody's", "Message: no"),
        block("Response: Success"),
        block("Event: VarSet", "Value: " + "ž" * 50_000),
        bytes(dice.randrange(256) for _ in range(300)).replace(b"\r\n\r\n", b"") + END,
        b"\r\n",
        END * 3,
        block(": no name", "no colon", "Event:"),
        block("Event: Hangup", f"Uniqueid {ours}", "Cause: 17"),
    ]


@dataclass
class Wire:
    """From the link to the fake Asterisk; only what Asterisk says is mangled."""

    fake: FakeAsterisk
    dice: random.Random
    lies_a_block: int = 0
    splits: bool = False
    # Chances of a block.
    stall: float = 0.0
    drop: float = 0.0
    port: int = 0
    drops: int = 0
    _ends: set[asyncio.StreamWriter] = field(default_factory=set)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.fake.port)
        self._ends |= {writer, far_writer}
        up = asyncio.create_task(self._pass(reader, far_writer))
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._mangle(far_reader, writer)
        for end in (writer, far_writer):
            end.transport.abort()
        await up
        self._ends -= {writer, far_writer}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()

    async def _mangle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readuntil(END))  # the greeting, and the answer to the login
        while True:
            true = await reader.readuntil(END)
            if self.dice.random() < self.drop:
                self.drops += 1
                writer.write(true[: self.dice.randrange(len(true))])
                await writer.drain()
                return
            known = [action.headers["ChannelId"] for action in self.fake.of("Originate")]
            told = b"".join(self.dice.choice(lies(self.dice, known)) for _ in range(self.lies_a_block)) + true
            for piece in self._pieces(told):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.05 if self.dice.random() < self.stall else 0)

    def _pieces(self, data: bytes) -> list[bytes]:
        if not self.splits:
            return [data]
        cuts = sorted(self.dice.randrange(len(data)) for _ in range(self.dice.randrange(8)))
        return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]

    def close(self) -> None:
        for end in self._ends:
            end.transport.abort()


@asynccontextmanager
async def stretched(wire: Wire) -> AsyncIterator[FakeAsterisk]:
    """The fake Asterisk as it is reached through the wire."""
    server = await asyncio.start_server(wire.take, "127.0.0.1", 0)
    reached = copy.copy(wire.fake)
    reached.port = server.sockets[0].getsockname()[1]
    try:
        yield reached
    finally:
        wire.close()
        server.close()
