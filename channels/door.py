"""The HTTP door of gateways: delivery reports and incoming messages. Who comes from afar comes by a proxy."""

import hmac
import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL

from store.errors import SettingsError, StoreError

log = structlog.get_logger(__name__)

# Beyond it no gateway tells anything useful.
MOST_BYTES = 65_536
BACKLOG = 512
SECRET_HEADER = "X-Secret"  # noqa: S105  (a name)

Network = IPv4Network | IPv6Network


class Door:
    """An answer 2xx means that what came is committed; 503 asks the gateway to come again."""

    def __init__(self, host: str, port: int) -> None:
        """Takes the port, 0 a free one, but does not answer before ``open``. Raises SettingsError when it is taken."""
        try:
            self._socket = socket.create_server((host, port), family=_family(host), backlog=BACKLOG)
        except OSError as error:
            raise SettingsError(f"door.port: {host}:{port}: {error.strerror}", mend="choose a free port") from error
        self.url = str(URL.build(scheme="http", host=host, port=self._socket.getsockname()[1]))
        self._application = web.Application(middlewares=[_store_trouble], client_max_size=MOST_BYTES)
        # No access log: its lines would hold people's numbers.
        self._runner = web.AppRunner(self._application, access_log=None)

    async def open(self, routes: Iterable[web.RouteDef]) -> None:
        self._application.add_routes(routes)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket, backlog=BACKLOG).start()

    async def close(self) -> None:
        """Requests that are being answered are answered first."""
        await self._runner.cleanup()
        self._socket.close()


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def admit(request: web.Request, secret: str, allowed: Sequence[Network] = ()) -> None:
    """Let in who comes from an ``allowed`` address (none given: any) and shows the ``secret``: in the header X-Secret,
    or as ``secret`` in the path or the query.

    Raises HTTPForbidden for the rest, and for everybody where no secret is set.
    """
    shown = request.headers.get(SECRET_HEADER) or request.match_info.get("secret") or request.query.get("secret", "")
    if not secret or not hmac.compare_digest(shown.encode(), secret.encode()):
        log.warning("a stranger at the door", path=_first_words(request.path), reason="no secret, or a wrong one")
        raise web.HTTPForbidden
    if allowed and not _comes_from(request, allowed):
        log.warning("a stranger at the door", path=_first_words(request.path), reason=f"address {request.remote}")
        raise web.HTTPForbidden


def _comes_from(request: web.Request, allowed: Sequence[Network]) -> bool:
    try:
        address = ip_address(request.remote or "")
    except ValueError:
        return False
    return any(address in network for network in allowed)


def _first_words(path: str) -> str:
    """Without what may be a secret."""
    return "/".join(path.split("/")[:3])


@web.middleware
async def _store_trouble(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except StoreError as error:
        log.error("cannot take what a gateway brought", path=_first_words(request.path), error=str(error))
        raise web.HTTPServiceUnavailable from error
