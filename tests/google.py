"""A stand-in for Google's translator: an HTTPS proxy of our own that answers for it. gTTS runs unmodified."""

import asyncio
import base64
import json
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from tests.certificates import certificate


@dataclass
class Google:
    """``sounds``: MP3 for each request in turn, the last one for all that follow; none: it answers without any."""

    sounds: list[bytes]
    status: str = "200 OK"
    # Till then nothing is answered.
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    texts: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    port: int = 0

    def answer(self, body: str) -> bytes:
        asked = json.loads(unquote(body.removeprefix("f.req=").rstrip("&")))[0][0]
        self.texts.append(json.loads(asked[1])[0])
        if not self.sounds:
            return b"[]"
        sound = self.sounds[min(len(self.texts), len(self.sounds)) - 1]
        said = json.dumps([base64.b64encode(sound).decode()], separators=(",", ":"))
        line = json.dumps([["wrb.fr", asked[0], said, None, None, None, "generic"]], separators=(",", ":"))
        return f")]}}'\n\n{len(line)}\n{line}\n".encode()


@asynccontextmanager
async def google(folder: Path, *sounds: bytes, status: str = "200 OK") -> AsyncIterator[Google]:
    stand_in = Google(list(sounds), status)
    stand_in.answers.set()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(folder, "google"))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            stand_in.hosts.append((await reader.readuntil(b"\r\n\r\n")).decode().split()[1])
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.start_tls(context)
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"(?i)content-length: (\d+)", head)
            body = (await reader.readexactly(int(length[1]) if length else 0)).decode()
            await stand_in.answers.wait()
            content = stand_in.answer(body)
            head = f"HTTP/1.1 {stand_in.status}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + content)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # whoever asked has given up
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    stand_in.port = server.sockets[0].getsockname()[1]
    try:
        yield stand_in
    finally:
        stand_in.answers.set()
        server.close()
        await server.wait_closed()
