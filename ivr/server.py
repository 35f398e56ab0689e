"""The FastAGI server: takes calls from the dialplan and gives each to the handler of its path.

panoramisk's Application keeps the routes; its handler is replaced, for it spins for ever on a peer that connects and
closes, and has no limit of size or time.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from panoramisk.fast_agi import Application

from ivr.leg import LONGEST_LINE, HungUp, Leg

log = structlog.get_logger(__name__)

HEADER_BYTES = 16 * 1024
HEADER_SECONDS = 5.0
# No call lives longer: extensions-hlasatel.conf hangs up after 900 s.
CALL_SECONDS = 960.0
# More calls than any Asterisk of ours carries; a flood of strangers ends here.
MOST_CALLS = 2000

Handler = Callable[[Leg], Awaitable[None]]


class AgiServer(Application):  # type: ignore[misc]
    """``routes``: path of the agi:// URL → handler of a call."""

    def __init__(self, routes: dict[str, Handler]) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        for path, handler in routes.items():
            self.add_route(path, handler)
        self._server: asyncio.Server | None = None
        self._calls: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen; ``port`` 0 takes a free one. Returns the port."""
        self._server = await asyncio.start_server(self.handler, host, port, limit=HEADER_BYTES)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def stop(self, drain_seconds: float = 0.0) -> None:
        """Take no further calls; those up may end within ``drain_seconds``, then the dialplan goes on alone."""
        if self._server is not None:
            self._server.close()
        if self._calls and drain_seconds:
            await asyncio.wait(self._calls, timeout=drain_seconds)
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def handler(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: bounded header, route, handler; whatever goes wrong here stays here."""
        task = asyncio.current_task()
        assert task is not None
        self._calls.add(task)
        try:
            await self._serve(reader, writer)
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            log.warning("agi peer cut off", reason="no complete header, or no end")
        except HungUp:
            log.debug("caller hung up")
        except asyncio.CancelledError:
            log.debug("call left to the dialplan")  # asyncio would log it as an error of ours
        except Exception:
            log.exception("agi handler failed")
        finally:
            self._calls.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._calls) > MOST_CALLS:
            log.warning("agi peer cut off", reason="too many calls")
            return
        async with asyncio.timeout(HEADER_SECONDS) as limit:
            headers = await read_headers(reader)
            limit.reschedule(asyncio.get_running_loop().time() + CALL_SECONDS)
            await self._give(Leg(app=self, headers=headers, reader=reader, writer=writer))

    async def _give(self, leg: Leg) -> None:
        """To the handler of its path."""
        route = self._route.get(leg.headers.get("agi_network_script", ""))
        if route is None:
            log.warning("agi peer cut off", reason="no such path")
        else:
            await route(leg)


async def read_headers(reader: asyncio.StreamReader) -> dict[str, str]:
    """The ``agi_…: value`` lines up to the blank one.

    Raises IncompleteReadError or LimitOverrunError for a peer that does not send them properly.
    """
    block = await reader.readuntil(b"\n\n")
    lines = block.decode("utf-8", "replace").splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line and len(line) < LONGEST_LINE)
