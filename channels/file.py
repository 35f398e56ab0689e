"""The embedded carrier: it writes each message as a line of JSON and says that it is delivered. For demo and drills."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from aiohttp import web

from channels.carrier import Accepted, Answer, Message, Refused
from channels.settings import CarrierSettings
from store.errors import CarrierError
from store.states import Disposition


class FileSettings(CarrierSettings):
    """``[[sms]]`` with ``adapter = "file"``."""

    adapter: Literal["file"]
    file: Path = Path("var/sms.jsonl")


class FileCarrier:
    ends_as: Disposition | None = Disposition.DELIVERED

    def __init__(self, settings: FileSettings) -> None:
        self.name = settings.name
        self._settings = settings

    async def submit(self, messages: Sequence[Message]) -> Sequence[Answer]:
        try:
            await asyncio.to_thread(self._write, messages)
        except OSError as error:
            return [Refused(Disposition.WITHDRAWN, f"{error.filename}: {error.strerror}", by_carrier=True)] * len(
                messages
            )
        return [Accepted()] * len(messages)

    async def check(self) -> str:
        try:
            await asyncio.to_thread(self._write, ())
        except OSError as error:
            raise CarrierError(
                f"{self.name}: {error.filename}: {error.strerror}", mend="see file of the section"
            ) from error
        return f"writes {self._settings.file}"

    def routes(self) -> Iterable[web.RouteDef]:
        return ()

    async def run(self) -> None:
        return

    async def close(self) -> None:
        return

    def _write(self, messages: Sequence[Message]) -> None:
        self._settings.file.parent.mkdir(parents=True, exist_ok=True)
        with self._settings.file.open("a", encoding="utf-8") as file:
            file.writelines(f"{line(message, self._settings.sender)}\n" for message in messages)


def line(message: Message, sender: str) -> str:
    content = message.content
    return json.dumps(
        {
            "id": message.reference,
            "from": sender,
            "to": message.address,
            "text": content.text,
            "alphabet": content.alphabet,
            "parts": content.parts,
        },
        ensure_ascii=False,
    )
