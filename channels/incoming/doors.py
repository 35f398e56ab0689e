"""The doors by which gateways bring messages: Kannel's get-url, and any gateway that calls an address.

2xx says that the message is committed; anything else, and the gateway comes again.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from channels.door import admit
from channels.incoming.arrived import Arrived, read_header
from channels.incoming.inbox import Inbox
from channels.incoming.settings import KannelInbox, WebhookInbox

# What a text never has: then it is something for a machine.
_CONTROLS = frozenset(range(32)) - frozenset(b"\n\r\t\f\x1b") | {127}
_BINARY = "8-bit"


class KannelDoor:
    """Kannel joins the parts of long messages by itself; where that is switched off, we do."""

    def __init__(self, settings: KannelInbox, inbox: Inbox, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._inbox = inbox
        self._clock = clock

    def routes(self) -> Iterable[web.RouteDef]:
        return [web.get(f"/incoming/{self._settings.name}", self.take)]

    async def take(self, request: web.Request) -> web.Response:
        admit(request, self._settings.secret.get_secret_value(), self._settings.allowed)
        given = _raw_query(request)
        body = given.get("text", b"")
        text = decode(body, _word(given, "charset"), _word(given, "coding"))
        if not _word(given, "id"):
            raise web.HTTPBadRequest(text="id is missing: write id=%I into get-url")
        await self._inbox.take(
            Arrived(
                self._settings.name,
                _word(given, "id"),
                _word(given, "from"),
                _word(given, "to"),
                text,
                self._clock(),
                body,
                read_header(given.get("udh", b"")),
            )
        )
        return web.Response()


def decode(body: bytes, charset: str, coding: str) -> str | None:
    """The text that Kannel's %b is, by its %C and %c; None where it is no text.

    Kannel calls any message with a user data header "8-BIT", the joined parts of a text too.
    """
    if charset.casefold() == _BINARY or coding == "1":
        return _as_text(body, "utf-8")
    if coding == "2" and not charset:
        return _as_text(body, "utf-16-be")
    return _as_text(body, charset or "utf-8")


def _as_text(body: bytes, charset: str) -> str | None:
    try:
        text = body.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return None
    return None if any(ord(sign) in _CONTROLS for sign in text) else text


def _raw_query(request: web.Request) -> dict[str, bytes]:
    """Parameters as bytes: the body of a message may be in any charset."""
    query = request.raw_path.partition("?")[2]
    pairs = parse_qsl(query, keep_blank_values=True, encoding="latin-1", max_num_fields=50)
    return {name: value.encode("latin-1") for name, value in pairs}


def _word(given: Mapping[str, bytes], name: str) -> str:
    return given.get(name, b"").decode(errors="replace").strip()


class WebhookDoor:
    """Takes JSON, a form, or the query of a GET."""

    def __init__(self, settings: WebhookInbox, inbox: Inbox, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._inbox = inbox
        self._clock = clock

    def routes(self) -> Iterable[web.RouteDef]:
        path = f"/incoming/{self._settings.name}"
        return [web.get(path, self.take), web.post(path, self.take)]

    async def take(self, request: web.Request) -> web.Response:
        admit(request, self._settings.secret.get_secret_value(), self._settings.allowed)
        given = await _given(request)
        sender, text = (_at(given, path) for path in (self._settings.sender, self._settings.text))
        if sender is None or text is None:
            raise web.HTTPBadRequest(text="sender or text is missing")
        await self._inbox.take(
            Arrived(
                self._settings.name,
                self._key(given),
                sender,
                _at(given, self._settings.recipient) or "",
                text,
                self._clock(),
                part=read_header(_hex(_at(given, self._settings.header) or "")),
            )
        )
        return web.Response()

    def _key(self, given: Mapping[str, Any]) -> str:
        if key := _at(given, self._settings.id):
            return key
        known = (self._settings.sender, self._settings.recipient, self._settings.text, self._settings.time)
        return sha256("\0".join(_at(given, path) or "" for path in known).encode("utf-8", "replace")).hexdigest()


async def _given(request: web.Request) -> Mapping[str, Any]:
    if request.method == "GET":
        return request.query
    if request.content_type != "application/json":
        return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    try:
        given = json.loads(await request.text())
    except (ValueError, RecursionError, LookupError):
        raise web.HTTPBadRequest(text="is no JSON") from None
    if not isinstance(given, dict):
        raise web.HTTPBadRequest(text="is no JSON object")
    return given


def _at(given: Mapping[str, Any], path: str) -> str | None:
    """What stands at ``path``, as text; None where nothing does, or what is no single value."""
    value: Any = given
    for name in path.split(".") if path not in given else [path]:
        value = value.get(name) if isinstance(value, Mapping) else None
    return str(value) if isinstance(value, str | int | float) else None


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
