"""A mail server in a box: it takes every message, on loopback, and keeps it as a file."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

HOST = "127.0.0.1"
# Replies of RFC 5321 to the commands that a client of ours sends; DATA is another matter.
REPLIES = {b"MAIL": "250 OK", b"RCPT": "250 OK", b"RSET": "250 OK", b"NOOP": "250 OK"}


class Mailbox:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.port = 0

    @property
    def mails(self) -> list[Path]:
        """In the order in which they came."""
        return sorted(self._folder.glob("*.eml"))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, till it quits."""
        try:
            _say(writer, f"220 {HOST} mailbox of the demo")
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    _say(writer, "354 go on")
                    self._keep(await _content(reader))
                    _say(writer, "250 kept")
                elif verb == b"QUIT":
                    _say(writer, "221 goodbye")
                    return
                else:
                    _say(writer, f"250 {HOST}" if verb in (b"EHLO", b"HELO") else REPLIES.get(verb, "502 unknown"))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # it has gone
        finally:
            writer.close()

    def _keep(self, content: bytes) -> None:
        (self._folder / f"{len(self.mails) + 1:04}.eml").write_bytes(content)


def _say(writer: asyncio.StreamWriter, reply: str) -> None:
    writer.write(f"{reply}\r\n".encode())


async def _content(reader: asyncio.StreamReader) -> bytes:
    """Up to the lone dot; a dot that was doubled at the beginning of a line is one again."""
    lines = []
    while (line := await reader.readuntil(b"\n")) not in (b".\r\n", b".\n"):
        lines.append(line[1:] if line.startswith(b"..") else line)
    return b"".join(lines)


@asynccontextmanager
async def running_mailbox(folder: Path) -> AsyncIterator[Mailbox]:
    mailbox = Mailbox(folder)
    server = await asyncio.start_server(mailbox.serve, HOST, 0)
    mailbox.port = server.sockets[0].getsockname()[1]
    async with server:
        yield mailbox
