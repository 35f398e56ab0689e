"""The HTTP door: who is let in, and what a gateway is told when the store is away."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import aiohttp
import pytest
from aiohttp import web

from channels.door import Door, admit
from store.errors import SettingsError, StoreError

SECRET = "s3cret"


async def _open(request: web.Request) -> web.Response:
    admit(request, SECRET, [ip_network("127.0.0.0/8")])
    return web.Response(text="in")


async def _elsewhere(request: web.Request) -> web.Response:
    admit(request, SECRET, [ip_network("192.0.2.0/24")])
    return web.Response(text="in")


async def _unset(request: web.Request) -> web.Response:
    admit(request, "")
    return web.Response(text="in")


async def _away(_: web.Request) -> web.Response:
    raise StoreError("the database is out of reach")


@pytest.fixture
async def url() -> AsyncIterator[str]:
    door = Door("127.0.0.1", 0)
    await door.open(
        [
            web.get("/in", _open),
            web.get("/in/{secret}", _open),
            web.get("/elsewhere", _elsewhere),
            web.get("/unset", _unset),
            web.post("/away", _away),
        ]
    )
    yield door.url
    await door.close()


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/in", {"X-Secret": SECRET}, 200),
        (f"/in?secret={SECRET}", {}, 200),
        (f"/in/{SECRET}", {}, 200),
        ("/in", {}, 403),
        ("/in?secret=", {}, 403),
        ("/in/wrong", {}, 403),
        ("/in?secret=%C4%8D", {}, 403),
        (f"/elsewhere?secret={SECRET}", {}, 403),
        ("/unset?secret=", {}, 403),
        ("/nowhere", {}, 404),
    ],
)
async def test_only_who_knows_the_secret_gets_in(url: str, path: str, headers: dict[str, str], status: int) -> None:
    async with aiohttp.ClientSession() as session, session.get(url + path, headers=headers) as answer:
        assert answer.status == status


async def test_a_gateway_is_asked_to_come_again_while_the_store_is_away(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.post(f"{url}/away") as answer:
        assert answer.status == 503


async def test_a_taken_port_is_named(url: str) -> None:
    port = int(url.rpartition(":")[2])
    with pytest.raises(SettingsError, match=f"{port}"):
        Door("127.0.0.1", port)
