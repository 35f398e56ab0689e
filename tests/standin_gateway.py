"""A stand-in for an SMS gateway of the internet, over a real socket: it answers as a test tells it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Reply = Callable[[web.Request, Any], web.StreamResponse | Awaitable[web.StreamResponse]]


@dataclass
class StandIn:
    """``requests``: what came, as (path with query, headers, fields of the body)."""

    reply: Reply
    url: str = ""
    requests: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        json = request.content_type == "application/json" and request.can_read_body
        fields = await request.json() if json else dict(await request.post())
        self.requests.append((request.path_qs, dict(request.headers), fields))
        answer = self.reply(request, fields)
        return await answer if isinstance(answer, Awaitable) else answer


def hang_up(request: web.Request, _: Any) -> web.StreamResponse:
    """The link is lost behind the message."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@asynccontextmanager
async def stand_in(reply: Reply) -> AsyncIterator[StandIn]:
    gateway = StandIn(reply)
    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", gateway.handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gateway.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield gateway
    await runner.cleanup()
