"""Metrics at work: what has to be asked for is asked for now and then, and all is served to Prometheus on loopback."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from prometheus_client import start_http_server
from sqlalchemy import func, select

from dialer.dispatcher import Dispatcher
from dialer.exchange import Exchange
from dialer.metrics import Metrics
from store.database import Store
from store.errors import SettingsError
from store.states import Channel, DeliveryState, Priority
from store.tasks import for_ever
from store.work import Delivery

LOOPBACK = "127.0.0.1"
# Prometheus usually reads every 15 s.
LOOK_SECONDS = 5.0


@contextmanager
def served(metrics: Metrics, port: int) -> Iterator[None]:
    """At http://127.0.0.1:PORT/metrics, from a thread; nothing where ``port`` is 0.

    Raises SettingsError when the port is taken.
    """
    if port == 0:
        yield
        return
    try:
        server, thread = start_http_server(port, LOOPBACK, metrics.registry)
    except OSError as error:
        raise SettingsError(f"metrics.port: {port}: {error.strerror}", mend="choose a free port") from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def watch(metrics: Metrics, exchange: Exchange, dispatchers: Sequence[Dispatcher]) -> None:
    """Look at lines, trunks, queue and Asterisk, for ever."""
    await for_ever(partial(_look, metrics, exchange, dispatchers), LOOK_SECONDS, "metrics are old")


async def _look(metrics: Metrics, exchange: Exchange, dispatchers: Sequence[Dispatcher]) -> None:
    for dispatcher in dispatchers:
        trunk = dispatcher.trunk.name
        metrics.lines_up(trunk, dispatcher.lines_up)
        metrics.trunk_usable(trunk, usable=exchange.health.usable(trunk))
    metrics.queued(await queue(exchange.store))
    began = time.monotonic()
    await exchange.link.action("Ping", {})
    metrics.ami_answered(time.monotonic() - began)


async def queue(store: Store) -> dict[Priority, int]:
    """Deliveries that wait for a call, by priority."""
    waiting = (
        select(Delivery.priority, func.count())
        .where(Delivery.channel == Channel.VOICE, Delivery.state == DeliveryState.QUEUED)
        .group_by(Delivery.priority)
    )
    async with store.reading() as session:
        return dict((await session.execute(waiting)).all())
