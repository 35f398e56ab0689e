"""A small SMPP centre (3.4) for a real Kannel: it takes or refuses messages and tells their end, by number."""

import asyncio
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

BIND, BIND_RESP = 0x00000009, 0x80000009
SUBMIT, SUBMIT_RESP = 0x00000004, 0x80000004
DELIVER = 0x00000005
ENQUIRE, ENQUIRE_RESP = 0x00000015, 0x80000015
UNBIND, UNBIND_RESP = 0x00000006, 0x80000006
# esm_class of a delivery receipt.
RECEIPT = 0x04


@dataclass
class Centre:
    """``fates``: by number, a ``command_status`` that refuses it, or the ``stat`` of its receipt; else DELIVRD."""

    fates: Mapping[str, int | str]
    port: int = 0
    taken: list[str] = field(default_factory=list)
    # The gateway that is bound here.
    bound: asyncio.StreamWriter | None = None

    def bring(self, sender: str, to: str, text: str, coding: int) -> None:
        """A person's message, ASCII, comes in with this ``data_coding`` (5.2.19)."""
        assert self.bound is not None
        ends = b"\0\1\1" + sender.encode() + b"\0\1\1" + to.encode() + b"\0"
        self.bound.write(pdu(DELIVER, 1, ends + bytes([0, 0, 0, 0, 0, 0, 0, coding, 0, len(text)]) + text.encode()))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                length, command, _, sequence = struct.unpack("!IIII", await reader.readexactly(16))
                self._answer(writer, command, sequence, await reader.readexactly(length - 16))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, writer: asyncio.StreamWriter, command: int, sequence: int, body: bytes) -> None:
        if command == BIND:
            self.bound = writer
            writer.write(pdu(BIND_RESP, sequence, b"centre\0"))
        elif command in (ENQUIRE, UNBIND):
            writer.write(pdu(command | 0x80000000, sequence))
        elif command == SUBMIT:
            sender, number = addresses(body)
            fate = self.fates.get(number, "DELIVRD")
            if isinstance(fate, int):
                writer.write(pdu(SUBMIT_RESP, sequence, status=fate))
                return
            self.taken.append(number)
            name = f"{len(self.taken):08}"
            writer.write(pdu(SUBMIT_RESP, sequence, f"{name}\0".encode()))
            writer.write(pdu(DELIVER, sequence, receipt(number, sender, name, fate)))


def pdu(command: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    return struct.pack("!IIII", 16 + len(body), command, status, sequence) + body


def addresses(body: bytes) -> tuple[str, str]:
    """Source and destination of a submit_sm."""
    service_end = body.index(b"\0")
    source, _, rest = body[service_end + 3 :].partition(b"\0")
    destination = rest[2:].partition(b"\0")[0]
    return source.decode(), destination.decode()


def receipt(source: str, destination: str, name: str, stat: str) -> bytes:
    """Body of a deliver_sm: mandatory fields of 4.6.1, and the words of appendix B."""
    words = (
        f"id:{name} sub:001 dlvrd:001 submit date:2611240830 done date:2611240831 stat:{stat} err:000 text:".encode()
    )
    return (
        b"\0"
        + b"\1\1"
        + source.encode()
        + b"\0"
        + b"\5\0"
        + destination.encode()
        + b"\0"
        + bytes([RECEIPT, 0, 0])
        + b"\0\0"
        + bytes([0, 0, 0, 0, len(words)])
        + words
    )


@asynccontextmanager
async def centre(fates: Mapping[str, int | str]) -> AsyncIterator[Centre]:
    made = Centre(fates)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
