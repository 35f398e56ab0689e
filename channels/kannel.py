"""Kannel: its ``sendsms`` takes messages by HTTP, speaks SMPP to any operator, and brings delivery reports to our door.

Kannel 1.4.5 user guide, "Using the HTTP interface to send SMS messages" and "Delivery reports".
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

import aiohttp
from aiohttp import web
from pydantic import Field, SecretStr

from announcements.text_claim import attempt_id
from channels.carrier import Accepted, Answer, Message, Refused, Report, TakeReport, Unsure
from channels.encoding import Alphabet, Encoded
from channels.http import asked, client
from channels.settings import CarrierSettings, HttpUrl, PublicUrl
from channels.smpp import disposition_of_words
from store.errors import CarrierError
from store.states import Disposition, Priority

# Delivered, not delivered, rejected by the centre: the reports that end a message.
DLR_MASK = 1 + 2 + 16
DELIVERED = "1"
# Numbers in one request, which all get the same text: that many are unsure where its answer is lost. A crisis goes one
# by one.
MOST_NUMBERS = 100
DENIED = "Denied receivers are:"
BLACK_LIST = "denied by white- and/or black-lists"
BATCH = re.compile(r"[0-9a-f]{32}")
# sendsms's own priorities, 0 to 3.
PRIORITIES = {Priority.CRISIS: "3", Priority.URGENT: "2", Priority.NORMAL: "0"}
PATH = "/sms/kannel/{name}/report/{batch}"


class KannelSettings(CarrierSettings):
    """``[[sms]]`` with ``adapter = "kannel"``."""

    adapter: Literal["kannel"]
    url: HttpUrl = "http://127.0.0.1:13013/cgi-bin/sendsms"
    username: str
    password: SecretStr
    # Kannel's smsc-id, where it has several ways out.
    smsc: Annotated[str, Field(max_length=80)] = ""
    # Where Kannel has a black list of its own: 1, for of several numbers it does not name the one that it denies.
    numbers_per_request: Annotated[int, Field(ge=1, le=MOST_NUMBERS)] = MOST_NUMBERS
    # Our door as Kannel sees it, where it runs on another machine; empty: the door itself.
    public_url: PublicUrl = ""


class Kannel:
    """``door``: URL of our door as Kannel sees it, without a path."""

    ends_as: Disposition | None = None

    def __init__(self, settings: KannelSettings, door: str, take_report: TakeReport) -> None:
        self.name = settings.name
        self._settings = settings
        self._door = settings.public_url or door
        self._take_report = take_report
        self._client = client()

    async def submit(self, messages: Sequence[Message]) -> Sequence[Answer]:
        """Messages with the same text share requests."""
        alike: dict[tuple[str, Encoded, Priority], list[Message]] = defaultdict(list)
        for message in messages:
            alike[message.batch, message.content, message.priority].append(message)
        chunks = [chunk for same in alike.values() for chunk in chunks_of(same, self._settings.numbers_per_request)]
        answers: dict[str, Answer] = {}
        for chunk, given in zip(chunks, await asyncio.gather(*map(self._submit, chunks)), strict=True):
            answers |= zip((message.reference for message in chunk), given, strict=True)
        return [answers[message.reference] for message in messages]

    async def check(self) -> str:
        """Kannel looks at the password before it misses the number."""
        try:
            async with self._client.get(self._settings.url, params=self._account | {"to": "", "text": "x"}) as answer:
                words = await answer.text()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise CarrierError(
                f"{self.name}: {self._settings.url} is out of reach: {error}", mend="see that Kannel's smsbox runs"
            ) from error
        if "receiver" not in words:
            raise CarrierError(
                f"{self.name}: {answer.status} {words[:100]}", mend="see url, username and password, and Kannel's log"
            )
        return f"Kannel at {self._settings.url}"

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.get(PATH.format(name=self.name, batch="{batch}"), self._report)]

    async def run(self) -> None:
        return

    async def close(self) -> None:
        await self._client.close()

    @property
    def _account(self) -> dict[str, str]:
        return {"username": self._settings.username, "password": self._settings.password.get_secret_value()}

    async def _submit(self, messages: Sequence[Message]) -> Sequence[Answer]:
        reply = await asked(lambda: self._ask(messages))
        if isinstance(reply, Refused | Unsure):
            return [reply] * len(messages)
        return [answer_of(*reply, message.address) for message in messages]

    async def _ask(self, messages: Sequence[Message]) -> tuple[int, str]:
        async with self._client.get(self._settings.url, params=self._parameters(messages)) as answer:
            return answer.status, await answer.text()

    def _parameters(self, messages: Sequence[Message]) -> dict[str, str]:
        first = messages[0]
        wanted = {
            **self._account,
            "from": self._settings.sender,
            "to": " ".join(message.address for message in messages),
            "text": first.content.text,
            "charset": "utf-8",
            "coding": "0" if first.content.alphabet is Alphabet.GSM else "2",
            "priority": PRIORITIES[first.priority],
            "validity": str(max(1, int(self._settings.report_seconds // 60))),
            "smsc": self._settings.smsc,
        }
        if first.batch:
            path = PATH.format(name=self.name, batch=first.batch)
            # Kannel fills in the number, the kind of report, and the centre's own words.
            wanted |= {"dlr-mask": str(DLR_MASK), "dlr-url": f"{self._door}{path}?to=%p&status=%d&words=%A"}
        return {key: value for key, value in wanted.items() if value}

    async def _report(self, request: web.Request) -> web.Response:
        """Who knows the batch is believed: it was told to Kannel alone."""
        batch, query = request.match_info["batch"], request.query
        if not BATCH.fullmatch(batch):
            raise web.HTTPNotFound
        if query.get("status") == DELIVERED:
            disposition, cause = Disposition.DELIVERED, None
        else:
            disposition, cause = disposition_of_words(query.get("words", ""))
        reference = attempt_id(batch, query.get("to", ""))
        await self._take_report(Report(self.name, disposition, reference, cause=cause))
        return web.Response()


def chunks_of(alike: Sequence[Message], most: int) -> list[Sequence[Message]]:
    most = 1 if alike[0].priority is Priority.CRISIS else most
    return [alike[start : start + most] for start in range(0, len(alike), most)]


def answer_of(status: int, words: str, address: str) -> Answer:
    """What sendsms means by its answer, for one of the numbers."""
    if status == web.HTTPAccepted.status_code:
        denied = words.partition(DENIED)[2].split()
        return Refused(Disposition.REJECTED, "on Kannel's black list") if address in denied else Accepted()
    if BLACK_LIST in words:
        return Refused(Disposition.REJECTED, words[:100])
    if status in (403, 404, 503) or words.startswith("Sender"):  # a wrong password or url, full queues, no sender
        return Refused(Disposition.WITHDRAWN, f"{status} {words[:100]}", by_carrier=True)
    if status >= 500:
        return Unsure(f"{status} {words[:100]}")
    return Refused(Disposition.FAILED, f"{status} {words[:100]}", cause=status)
