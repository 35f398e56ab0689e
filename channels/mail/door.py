"""The pages that links in e-mails lead to. Looking changes nothing, for guards of mailboxes open every link."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from channels.mail.leaving import leave
from channels.mail.links import Links
from store.database import Store

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
# What a mail program posts by itself (RFC 8058, 3.2).
_ONE_CLICK = ("List-Unsubscribe", "One-Click")


class LinksDoor:
    """``recording_of``: the file of a recording in the library."""

    def __init__(
        self,
        links: Links,
        store: Store,
        recording_of: Callable[[str], Path],
        *,
        town: str,
        country: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._links = links
        self._store = store
        self._recording_of = recording_of
        self._town = town
        self._country = country
        self._clock = clock

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get("/unsubscribe/{token}", self.ask),
            web.post("/unsubscribe/{token}", self.leave),
            web.get("/recording/{token}", self.listen),
        ]

    async def ask(self, request: web.Request) -> web.Response:
        _, address = self._known(request)
        return self._page(address=address, done=False, everything=False)

    async def leave(self, request: web.Request) -> web.Response:
        """By a button of the page, or by the mail program's own."""
        delivery_id, address = self._known(request)
        given = await request.post()
        name, value = _ONE_CLICK
        if given.get(name) != value and given.get("what") not in ("email", "all"):
            raise web.HTTPBadRequest
        everything = given.get("what") == "all"
        async with self._store.writing() as session:
            await leave(session, delivery_id, address, everything=everything, country=self._country, now=self._clock())
        return self._page(address=address, done=True, everything=everything)

    async def listen(self, request: web.Request) -> web.StreamResponse:
        key = self._links.read_recording(request.match_info["token"])
        file = self._recording_of(key) if key else None
        if file is None or not file.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(file, headers={**_HEADERS, "Content-Type": "audio/wav"})

    def _known(self, request: web.Request) -> tuple[int, str]:
        known = self._links.read_unsubscribe(request.match_info["token"])
        if known is None:
            raise web.HTTPNotFound
        return known

    def _page(self, *, address: str, done: bool, everything: bool) -> web.Response:
        text = _template().render(town=self._town, address=address, done=done, everything=everything)
        return web.Response(text=text, content_type="text/html", headers=_HEADERS)


@cache
def _template() -> Template:
    environment = Environment(loader=PackageLoader("channels.mail", "."), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("page.jinja")
