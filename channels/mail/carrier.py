"""The mail server as a carrier of announcements, beside the SMS gateways."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from email.message import EmailMessage
from functools import partial

from aiohttp import web

from channels.carrier import Accepted, Answer, Message, Refused
from channels.mail.journal import Journal
from channels.mail.letter import Letterhead, write_letter
from channels.mailer import Mailer
from store.states import Disposition

NAME = "email"
# Makes MP3 of a recording in the library, to be attached; None: it cannot be had, and the message goes without.
Attach = Callable[[str], Awaitable[bytes | None]]


class EmailCarrier:
    """A mail server that took a message tells no more, unless it comes back (see ``bounces``): *sent* ends it."""

    ends_as: Disposition | None = Disposition.SENT
    name = NAME

    def __init__(
        self,
        mailer: Mailer,
        head: Letterhead,
        clock: Callable[[], datetime],
        attach: Attach | None,
        journal: Journal,
    ) -> None:
        self._mailer = mailer
        self._head = head
        self._clock = clock
        self._attach = attach
        self._journal = journal
        # One connection, one message at a time.
        self._turn = asyncio.Lock()

    async def submit(self, messages: Sequence[Message]) -> Sequence[Answer]:
        answers: list[Answer] = []
        async with self._turn:
            for message in messages:
                answers.append(await self._submit(message, answers[-1] if answers else None))
        return answers

    async def _submit(self, message: Message, before: Answer | None) -> Answer:
        """A server that is down is not asked again for each of a batch."""
        if isinstance(before, Refused) and before.by_carrier:
            return before
        mail = await self._written(message)
        name = str(mail["Message-ID"])
        answer = await self._mailer.send(mail, message.address, partial(self._journal.leaves, message.reference, name))
        if isinstance(answer, Accepted):
            await self._journal.took(message.reference, name)
        return answer

    async def _written(self, message: Message) -> EmailMessage:
        key = message.mail.rendering if message.mail else ""
        recording = await self._attach(key) if self._attach and key else None
        return write_letter(self._head, message, self._clock(), recording)

    async def check(self) -> str:
        async with self._turn:
            return await self._mailer.check()

    def routes(self) -> Iterable[web.RouteDef]:
        return ()

    async def run(self) -> None:
        return

    async def close(self) -> None:
        await self._mailer.close()
