"""The text channels of a running service, put together: carriers, their dispatchers, and the door for their reports."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry
from sqlalchemy import func, select

from announcements.closing import WaysOut
from announcements.decision import OutcomeRules
from announcements.text_claim import Way
from announcements.windows import Calendar, public_holidays
from channels.carrier import Carrier
from channels.carriers import SmsSettings, make_carrier
from channels.dispatcher import Post, TextDispatcher
from channels.door import Door
from channels.ledger import Ledger, forget_parked
from channels.metrics import TextMetrics
from channels.outlet import Outlet, Outlets, Terms
from service.mailing import Mailing, as_written
from service.settings import Settings
from store.database import Store
from store.states import Channel, DeliveryState, Priority
from store.tasks import for_ever
from store.work import Attempt, Delivery

LOOK_SECONDS = 5.0
# No report is waited for longer (channels.settings).
PARKED_DAYS = 8


@dataclass
class Texting:
    """``sms``: carriers by preference."""

    store: Store
    sms: Outlets
    dispatchers: Sequence[TextDispatcher]
    metrics: TextMetrics
    clock: Callable[[], datetime]
    # Empty where there is no door.
    door_url: str = ""
    # Who fetches bounces of e-mails, if somebody does.
    bounces: Callable[[], Coroutine[Any, Any, None]] | None = None

    def parts(self) -> list[tuple[str, Coroutine[Any, Any, None]]]:
        """What has to run, by name; none of it ends by itself. Nothing, where there is no carrier."""
        if not self.dispatchers:
            return []
        work = [(f"text dispatcher {one.outlet.name}", one.run()) for one in self.dispatchers]
        work += [(f"watch over {one.outlet.name}", one.outlet.watch()) for one in self.dispatchers]
        work += [(f"reports of {one.outlet.name}", _for_ever(one.outlet.carrier)) for one in self.dispatchers]
        looking = for_ever(self._look, LOOK_SECONDS, "figures of texts are old")
        fetching = [("bounces", self.bounces())] if self.bounces else []
        return [*work, *fetching, ("figures of texts", looking)]

    def ways_out(self, voice: Calendar) -> WaysOut:
        """Each way out with its hours, by channel; calls have the same ones on all trunks."""
        found = {Channel.VOICE: [Way(Channel.VOICE, voice)]}
        for dispatcher in self.dispatchers:
            outlet = dispatcher.outlet
            found.setdefault(outlet.terms.channel, []).append(outlet.way)
        return found

    async def drain(self) -> None:
        for dispatcher in self.dispatchers:
            await dispatcher.drain()

    async def _look(self) -> None:
        self.metrics.queued(await queue(self.store))
        async with self.store.writing() as session:
            await forget_parked(session, self.clock() - timedelta(days=PARKED_DAYS))


@asynccontextmanager
async def open_texting(
    settings: Settings,
    store: Store,
    rules: OutcomeRules,
    registry: CollectorRegistry,
    clock: Callable[[], datetime],
    routes: Sequence[web.RouteDef] = (),
    mailing: Mailing | None = None,
) -> AsyncIterator[Texting]:
    """The text channels with their door open and what an earlier run left settled; empty where none is set up.
    ``routes`` are others that the same door serves.

    Raises SettingsError where the door's port is taken.
    """
    async with AsyncExitStack() as stack:
        metrics = TextMetrics(registry)
        ledger = Ledger(store, rules, metrics, clock, {one.name: one.price_per_part for one in settings.sms})
        door = Door(settings.door.host, settings.door.port) if settings.sms or routes else None
        carriers = [_carrier(section, door, ledger, store) for section in settings.sms]
        for carrier in carriers:
            stack.push_async_callback(carrier.close)
        if door is not None:
            stack.push_async_callback(door.close)
            await door.open([*routes, *(route for carrier in carriers for route in carrier.routes())])
        outlets = Outlets(
            [
                Outlet(one, terms_of(section, settings), metrics)
                for one, section in zip(carriers, settings.sms, strict=True)
            ],
            settings.texting.encode,
        )
        post = Post(store, ledger, clock, settings.texting.encode, settings.texting.poll_seconds)
        dispatchers = [TextDispatcher(one, outlets, post) for one in outlets.all]
        if mailing is not None:
            stack.push_async_callback(mailing.carrier.close)
            outlet = Outlet(mailing.carrier, mailing.terms, metrics)
            letters = replace(post, encode=as_written)
            dispatchers.append(TextDispatcher(outlet, Outlets([outlet], as_written), letters, journal=True))
        for dispatcher in dispatchers:
            stack.push_async_callback(dispatcher.leave)
            await dispatcher.settle_earlier_run()
        bounces = partial(mailing.returned.run, ledger.take) if mailing and mailing.returned else None
        yield Texting(store, outlets, dispatchers, metrics, clock, door.url if door else "", bounces)


def _carrier(section: SmsSettings, door: Door | None, ledger: Ledger, store: Store) -> Carrier:
    return make_carrier(
        section,
        door=door.url if door else "",
        take_report=ledger.take,
        waiting=partial(_waiting, store),
    )


def terms_of(section: SmsSettings, settings: Settings) -> Terms:
    return Terms(
        channel=Channel.SMS,
        calendar=Calendar(section.windows, settings.town.zone, public_holidays(settings.town.country)),
        per_second=section.messages_per_second,
        prefixes=section.prefixes,
        report_seconds=section.report_seconds,
        unsure_seconds=section.unsure_seconds,
        sender=section.sender,
    )


async def queue(store: Store) -> dict[tuple[Channel, Priority], int]:
    """Deliveries that wait for a text, by channel and priority."""
    waiting = (
        select(Delivery.channel, Delivery.priority, func.count())
        .where(Delivery.channel.in_((Channel.SMS, Channel.EMAIL)), Delivery.state == DeliveryState.QUEUED)
        .group_by(Delivery.channel, Delivery.priority)
    )
    async with store.reading() as session:
        return {(channel, priority): many for channel, priority, many in await session.execute(waiting)}


async def _waiting(store: Store, carrier: str) -> Sequence[str]:
    async with store.reading() as session:
        query = select(Attempt.id).where(Attempt.trunk == carrier, Attempt.ended_at.is_(None))
        return (await session.scalars(query)).all()


async def _for_ever(carrier: Carrier) -> None:
    """A carrier that brings its reports has nothing to look for."""
    await carrier.run()
    await asyncio.Event().wait()
