"""After a lost link or a crash: settle what was in flight against what Asterisk knows; never redial blindly."""

from collections.abc import Sequence

import structlog
from sqlalchemy import select

from dialer.calls import CallsInFlight
from dialer.dispatcher import Dispatcher
from dialer.exchange import Exchange
from dialer.link import AmiLink
from store.work import Attempt

log = structlog.get_logger(__name__)


async def call_legs(link: AmiLink) -> set[str]:
    """Unique ids of all call legs that Asterisk has now. Raises AsteriskError as ``AmiLink.listing``."""
    return {event.get("uniqueid", "") for event in await link.listing("CoreShowChannels")}


async def settle_lost_calls(link: AmiLink, calls: CallsInFlight) -> None:
    """After a reconnect: end the calls whose hang-up passed while the link was down."""
    before = calls.ids
    known = await call_legs(link)
    for attempt_id in before:
        if attempt_id not in known:
            log.warning("a call ended unseen", attempt=attempt_id)
            calls.lost(attempt_id)


async def settle_earlier_run(exchange: Exchange, dispatchers: Sequence[Dispatcher]) -> None:
    """At start: see the calls of an earlier run that are still up to their end, end those that are not as *unknown*.

    They are adopted first and looked for then, so that none can end unseen in between.
    """
    async with exchange.store.reading() as session:
        open_attempts = (await session.scalars(select(Attempt).where(Attempt.ended_at.is_(None)))).all()
    by_trunk = {dispatcher.trunk.name: dispatcher for dispatcher in dispatchers}
    for attempt in open_attempts:
        by_trunk.get(attempt.trunk, dispatchers[0]).adopt(attempt.id)
    await settle_lost_calls(exchange.link, exchange.calls)
    if open_attempts:
        log.warning("attempts of an earlier run", attempts=len(open_attempts))
