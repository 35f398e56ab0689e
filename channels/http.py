"""What adapters share that speak HTTP to a gateway."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp

from channels.carrier import Refused, Unsure
from store.states import Disposition

Reply = TypeVar("Reply")

TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
# Requests to one gateway at once.
CONNECTIONS = 8


def client(connections: int = CONNECTIONS) -> aiohttp.ClientSession:
    """A new connection for each request: else aiohttp repeats a GET by itself when a kept one turns out to be dead, and
    a message goes twice.
    """
    connector = aiohttp.TCPConnector(limit=connections, force_close=True)
    return aiohttp.ClientSession(connector=connector, timeout=TIMEOUT, trust_env=True)


async def asked(request: Callable[[], Awaitable[Reply]]) -> Reply | Refused | Unsure:
    """The gateway's reply to a submit, or what it means that there is none."""
    try:
        return await request()
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
        return Refused(Disposition.WITHDRAWN, f"out of reach: {error}", by_carrier=True)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Unsure(f"no answer: {error or type(error).__name__}")
