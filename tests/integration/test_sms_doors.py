"""What gateways bring over HTTP: charsets, headers, nonsense, and strangers."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from pydantic import TypeAdapter, ValidationError

from channels.door import Door
from channels.incoming.doors import KannelDoor, WebhookDoor
from channels.incoming.settings import InboxSettings, KannelInbox, WebhookInbox
from store.database import Store
from tests.integration.incoming import MOBILE, Town, make_town

SECRET = "a shared secret of ours"
WEBHOOK: dict[str, Any] = {"adapter": "webhook", "name": "gate", "secret": SECRET, "sender": "message.from",
                           "text": "message.body", "recipient": "message.to", "id": "id", "header": "udh"}  # fmt: skip
FORM: dict[str, Any] = {"adapter": "webhook", "name": "form", "secret": SECRET, "sender": "from", "text": "text",
                        "time": "when"}  # fmt: skip
INBOX: TypeAdapter[Any] = TypeAdapter(InboxSettings)


class Gateway:
    """The gateway's side of the doors of one town."""

    def __init__(self, town: Town, url: str, client: aiohttp.ClientSession) -> None:
        self.town = town
        self._url = url
        self._client = client

    async def kannel(self, text: bytes, key: str = "k1", *, secret: str = SECRET, **given: str) -> int:
        given = {"from": "420602123456", "to": "420602000001", "charset": "UTF-8", "coding": "0", "id": key, **given}
        query = "&".join(f"{name}={value}" for name, value in given.items())
        url = f"{self._url}/incoming/kannel?secret={quote(secret)}&{query}&text={quote(text)}"
        return await self._status(self._client.get(_raw(url)))

    async def post(self, name: str, **request: Any) -> int:
        headers = {"X-Secret": SECRET, **request.pop("headers", {})}
        return await self._status(self._client.post(f"{self._url}/incoming/{name}", headers=headers, **request))

    async def get(self, path: str, headers: dict[str, str]) -> int:
        return await self._status(self._client.get(self._url + path, headers=headers))

    async def _status(self, sending: Any) -> int:
        async with sending as answer:
            return int(answer.status)

    async def texts(self) -> list[str | bytes]:
        """What is kept, bytes where it is no text."""
        return [row.text if row.data is None else row.data for row in await self.town.messages()]


def _raw(url: str) -> Any:
    from yarl import URL

    return URL(url, encoded=True)


@pytest.fixture
async def gateway(store: Store) -> AsyncIterator[Gateway]:
    town = await make_town(store)
    kannel = {"adapter": "kannel", "name": "kannel", "secret": SECRET}
    afar = {**kannel, "name": "afar", "allowed": ["192.0.2.0/24"]}
    settings = [INBOX.validate_python(one) for one in (kannel, afar, WEBHOOK, FORM)]
    doors = [
        KannelDoor(one, town.inbox, lambda: town.now)
        if isinstance(one, KannelInbox)
        else WebhookDoor(one, town.inbox, lambda: town.now)
        for one in settings
    ]
    door = Door("127.0.0.1", 0)
    await door.open([route for one in doors for route in one.routes()])
    async with aiohttp.ClientSession() as client:
        yield Gateway(town, door.url, client)
    await door.close()


REGISTRATION = "REGISTRUJ Jan Novák Tyršova 214 T1"


@pytest.mark.parametrize(
    ("text", "given"),
    [
        (REGISTRATION.encode(), {}),
        (REGISTRATION.encode("utf-16-be"), {"charset": "UTF-16BE", "coding": "2"}),
        (REGISTRATION.encode("utf-16-be"), {"charset": "", "coding": "2"}),
        (REGISTRATION.encode("cp1250"), {"charset": "windows-1250"}),
        (REGISTRATION.encode(), {"charset": "8-BIT", "coding": "1"}),
        (REGISTRATION.encode(), {"mclass": "0"}),
    ],
)
async def test_kannel_may_bring_a_text_in_any_charset(gateway: Gateway, text: bytes, given: dict[str, str]) -> None:
    assert await gateway.kannel(text, **given) == 200
    assert await gateway.kannel(text, **given) == 200
    assert await gateway.town.clerk.work() == 1
    assert [person.entry.name for person in await gateway.town.people()] == ["Jan Novák"]


async def test_parts_that_kannel_does_not_join_are_joined_here(gateway: Gateway) -> None:
    for at, piece in enumerate((b"REGISTRUJ Jan Nov", "ák Tyršova 214".encode()), 1):
        assert await gateway.kannel(piece, f"k{at}", udh=f"%05%00%03%2A%02%0{at}") == 200
    await gateway.town.clerk.work()
    assert [person.entry.name for person in await gateway.town.people()] == ["Jan Novák"]


@pytest.mark.parametrize(
    ("body", "given", "kept"),
    [
        (b"", {}, ""),
        ("🙂".encode(), {}, "🙂"),
        (b"\x00\x01\xff", {"charset": "8-BIT", "coding": "1"}, b"\x00\x01\xff"),
        (b"\x06\x01\x02", {"charset": "8-BIT", "coding": "1", "udh": "%06%05%04%15%81%00%00"}, b"\x06\x01\x02"),
        (b"\xd8", {"charset": "UTF-16BE", "coding": "2"}, b"\xd8"),
        (b"ahoj", {"charset": "no-such-charset"}, b"ahoj"),
        (b"\xff\xfe", {}, b"\xff\xfe"),
    ],
)
async def test_whatever_kannel_brings_is_stored(
    gateway: Gateway, body: bytes, given: dict[str, str], kept: str | bytes
) -> None:
    assert await gateway.kannel(body, **given) == 200
    assert await gateway.texts() == [kept]
    assert await gateway.town.clerk.work() == 1


async def test_a_json_webhook_is_understood_by_its_mapping(gateway: Gateway) -> None:
    message = {"id": 17, "message": {"from": MOBILE, "to": "+420602000001", "body": REGISTRATION}, "more": [1, {}]}
    for _ in range(2):
        assert await gateway.post("gate", json=message) == 200
    (row,) = await gateway.town.messages()
    assert (row.key, row.sender, row.recipient, row.text) == ("17", MOBILE, "+420602000001", REGISTRATION)


async def test_parts_of_a_webhook_are_joined(gateway: Gateway) -> None:
    for at, piece in enumerate(("REGISTRUJ Jan ", "Novák Tyršova 1"), 1):
        message = {"id": f"p{at}", "udh": f"0500032A020{at}", "message": {"from": MOBILE, "body": piece}}
        assert await gateway.post("gate", json=message) == 200
    assert await gateway.town.clerk.work() == 1


async def test_a_form_without_ids_tells_messages_apart_by_their_time(gateway: Gateway) -> None:
    for when in ("1", "1", "2"):
        assert await gateway.post("form", data={"from": MOBILE, "text": "STOP", "when": when}) == 200
    assert await gateway.get(f"/incoming/form?from={quote(MOBILE)}&text=STOP&when=3", {"X-Secret": SECRET}) == 200
    assert len(await gateway.town.messages()) == 3


@pytest.mark.parametrize(
    "request_", [{"data": b"{"}, {"data": b"[]"}, {"data": b"\xff"}, {"json": {}}, {"json": {"message": "ahoj"}},
                 {"json": {"message": {"from": {}, "body": []}}}, {"data": b"[" * 50_000}],
)  # fmt: skip
async def test_nonsense_is_refused_and_crashes_nothing(gateway: Gateway, request_: dict[str, Any]) -> None:
    headers = {"Content-Type": "application/json"}
    assert await gateway.post("gate", headers=headers, **request_) == 400
    assert await gateway.kannel(b"ahoj", key="") == 400
    assert await gateway.town.messages() == []


async def test_strangers_are_refused(gateway: Gateway) -> None:
    assert await gateway.kannel(b"STOP", secret="another secret of 16") == 403
    assert await gateway.kannel(b"STOP", secret="") == 403
    assert await gateway.post("gate", headers={"X-Secret": "x"}, data=json.dumps({})) == 403
    assert await gateway.get("/incoming/form", {}) == 403
    assert await gateway.get("/incoming/afar?id=1", {"X-Secret": SECRET}) == 403
    assert await gateway.get("/incoming/nobody", {"X-Secret": SECRET}) == 404
    assert await gateway.town.messages() == []


def test_settings_without_a_proper_secret_or_an_id_are_refused() -> None:
    wrongs: list[dict[str, Any]] = [
        {"secret": ""},
        {"secret": "short"},
        {"allowed": []},
        {"allowed": ["nowhere"]},
        {"id": ""},
    ]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            WebhookInbox(**{**WEBHOOK, **wrong})
