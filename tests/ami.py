"""A plain AMI client for tests: independent of the library that the dialer uses."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lab.pair import Pair

Message = dict[str, str]


class Ami:
    """``events`` keeps everything that came unasked; answers to actions are there too."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._came = asyncio.Condition()
        self.events: list[Message] = []

    async def send(self, action: str, **headers: str) -> None:
        lines = [f"Action: {action}", *(f"{name}: {value}" for name, value in headers.items())]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await self._writer.drain()

    async def wait(self, seconds: float = 30, **headers: str) -> Message:
        """The first message, past or coming, that has all these headers."""
        try:
            async with asyncio.timeout(seconds), self._came:
                while True:
                    for message in self.events:
                        if headers.items() <= message.items():
                            return message
                    await self._came.wait()
        except TimeoutError:
            came = [
                (message.get("Event") or message.get("Response"), message.get("Uniqueid")) for message in self.events
            ]
            raise AssertionError(f"no message with {headers}; these came: {came}") from None

    async def listen(self) -> None:
        await self._reader.readline()  # the greeting
        while block := await self._reader.readuntil(b"\r\n\r\n"):
            async with self._came:
                self.events.append(message(block.decode()))
                self._came.notify_all()


def message(block: str) -> Message:
    """Headers by name; a channel's variable under the variable's own."""
    lines = (line.removeprefix("ChanVariable: ") for line in block.split("\r\n"))
    pairs = (re.split(": |=", line, maxsplit=1) for line in lines if line)
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


@asynccontextmanager
async def connected(pair: Pair) -> AsyncIterator[Ami]:
    reader, writer = await asyncio.open_connection("127.0.0.1", pair.ami_port)
    ami = Ami(reader, writer)
    listening = asyncio.create_task(ami.listen())
    try:
        await ami.send("Login", Username=pair.ami_user, Secret=pair.ami_secret, ActionID="login")
        await ami.wait(ActionID="login", Response="Success")
        yield ami
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        writer.close()
