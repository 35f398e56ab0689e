"""Any SMS gateway that takes a message by HTTP, as its section describes it."""

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import aiohttp
import phonenumbers
from aiohttp import web
from yarl import URL

from channels.carrier import Accepted, Answer, Message, Refused, Report, TakeReport, Unsure
from channels.door import admit
from channels.encoding import Alphabet
from channels.gateway_settings import AnswerSettings, HttpSettings
from channels.http import asked, client
from channels.templates import fill, filled
from store.errors import CarrierError
from store.states import Disposition

# It would answer any message so: money, password, address, too many at once.
OF_THE_GATEWAY = frozenset({401, 402, 403, 404, 405, 407, 429, 503})
MOST_IDENTIFIER = 120
# Its last part is the secret.
PATH = "/sms/report/{name}/"


class Gateway:
    """``door``: URL of our door, without a path."""

    def __init__(self, settings: HttpSettings, door: str, take_report: TakeReport) -> None:
        self.name = settings.name
        self._settings = settings
        self._door = settings.public_url or door
        self._take_report = take_report
        self._client = client()

    @property
    def ends_as(self) -> Disposition | None:
        return None if self._reports else Disposition.SENT

    async def submit(self, messages: Sequence[Message]) -> Sequence[Answer]:
        return await asyncio.gather(*map(self._submit, messages))

    async def check(self) -> str:
        """That somebody is there; whether the account is right shows only with a message."""
        origin = URL(fill(self._settings.url, self._account)).origin()
        try:
            async with self._client.get(origin, allow_redirects=False):
                return f"{origin} answers"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise CarrierError(
                f"{self.name}: {origin}: {error}", mend="see url, and the way to the internet"
            ) from error

    def routes(self) -> Iterable[web.RouteDef]:
        if not self._reports:
            return ()
        path = PATH.format(name=self.name) + "{secret}"
        return (web.get(path, self._report), web.post(path, self._report))

    async def run(self) -> None:
        return

    async def close(self) -> None:
        await self._client.close()

    @property
    def _secret(self) -> str:
        return self._settings.secret.get_secret_value()

    @property
    def _reports(self) -> bool:
        return self._settings.reports is not None and bool(self._secret)

    @property
    def _account(self) -> dict[str, str]:
        return {"username": self._settings.username, "password": self._settings.password.get_secret_value()}

    async def _submit(self, message: Message) -> Answer:
        reply = await asked(lambda: self._ask(message))
        if isinstance(reply, Refused | Unsure):
            return reply
        return answer_of(*reply, self._settings.answer)

    async def _ask(self, message: Message) -> tuple[int, str]:
        settings, values = self._settings, self._values(message)
        in_url = {name: quote(value, safe="") for name, value in values.items()}
        fields = filled(settings.fields, values)
        async with self._client.request(
            settings.method,
            URL(fill(settings.url, in_url), encoded=True),
            params=filled(settings.query, values) or None,
            headers=filled(settings.headers, values),
            json=fields if settings.body == "json" else None,
            data=fields if settings.body == "form" else None,
            allow_redirects=False,
        ) as answer:
            return answer.status, await answer.text(errors="replace")

    def _values(self, message: Message) -> Mapping[str, str]:
        path = PATH.format(name=self.name) + quote(self._secret, safe="")
        return {
            **self._account,
            "to": written(message.address, self._settings.numbers),
            "text": message.content.text,
            "sender": self._settings.sender,
            "reference": message.reference,
            "report_url": self._door + path if self._reports and message.batch else "",
            "unicode": "1" if message.content.alphabet is Alphabet.UCS2 else "0",
            "parts": str(message.content.parts),
        }

    async def _report(self, request: web.Request) -> web.Response:
        told = self._settings.reports
        assert told is not None
        admit(request, self._secret, told.allowed)
        for one in await _entries(request):
            state = told.states.get(at(one, told.status))
            identifier = at(one, told.id)
            if state and 0 < len(identifier) <= MOST_IDENTIFIER:
                await self._take_report(Report(self.name, Disposition(state), message_id=identifier))
        return web.Response()


def written(number: str, form: str) -> str:
    """An E.164 number as the gateway wants it."""
    if form == "national":
        return str(phonenumbers.parse(number).national_number)
    return number.removeprefix("+") if form == "digits" else number


def answer_of(status: int, words: str, settings: AnswerSettings) -> Answer:
    """What the gateway means: by its own word where the answer has it, else by the status of HTTP."""
    read = _reader(words, settings)
    said = read(settings.status) if settings.status else ""
    if said in settings.accepted or (not settings.status and 200 <= status < 300):
        return Accepted(read(settings.id)[:MOST_IDENTIFIER] if settings.id else "")
    why = f"{status} {' '.join(words.split())[:100]}"
    if said in settings.refused:
        word = settings.refused[said]
        down = word == "down"
        return Refused(Disposition.WITHDRAWN if down else Disposition(word), why, by_carrier=down, cause=_number(said))
    if status in OF_THE_GATEWAY:
        return Refused(Disposition.WITHDRAWN, why, by_carrier=True, cause=status)
    if status >= 500 or (not said and 200 <= status < 300):
        return Unsure(why)  # it may have taken it
    return Refused(Disposition.FAILED, why, cause=_number(said) or status)


def _reader(words: str, settings: AnswerSettings) -> Callable[[str], str]:
    if settings.format == "text":
        return lambda place: _found(re.search(place, words))
    try:
        answer = json.loads(words)
    except ValueError:
        return lambda _: ""
    return lambda place: at(answer, place)


def _found(match: re.Match[str] | None) -> str:
    return "" if match is None else match[match.re.groups and 1] or ""


def at(value: Any, path: str) -> str:
    """What stands at a path such as ``data.0.id``; empty where nothing does."""
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return ""
    return str(value) if isinstance(value, str | int | float) else ""


def _number(word: str) -> int | None:
    return int(word) if word.removeprefix("-").isdecimal() and len(word) < 9 else None


async def _entries(request: web.Request) -> Sequence[Any]:
    """The reports of a request: in its JSON (one, or a list), its form, or its query."""
    if request.method == "GET":
        return [dict(request.query)]
    if request.content_type == "application/json":
        try:
            given = await request.json()
        except ValueError as error:
            raise web.HTTPBadRequest from error
        return given if isinstance(given, list) else [given]
    return [{**request.query, **await request.post()}]
