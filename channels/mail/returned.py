"""Fetching what came back: bounces in the mailbox become endings of attempts, each once; all else is left alone."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import NoReturn

import structlog
from sqlalchemy import select

from channels.carrier import Report, TakeReport
from channels.mail.bounces import Bounce, read_bounce
from channels.mail.carrier import NAME
from channels.mail.mailbox import BouncesSettings, Mailbox
from store.database import Store
from store.errors import HlasatelError
from store.states import Channel
from store.work import Attempt

log = structlog.get_logger(__name__)

# Servers give up after five days; what came earlier than this is told by nobody any more.
DAYS = 30
# Messages looked at in one go.
AT_ONCE = 50
MOST_PAUSE_SECONDS = 900.0


class Returned:
    """``run`` visits the mailbox for ever, in threads: a slow server keeps nobody else waiting."""

    def __init__(self, settings: BouncesSettings, store: Store, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        # What was looked at since the start: the mailbox's validity, and the last number.
        self._looked = (b"", 0)
        self._failures = 0

    async def run(self, take: TakeReport) -> NoReturn:
        while True:
            try:
                await self._visit(take)
            except HlasatelError as error:
                self._failures += 1
                log.error("bounces cannot be fetched", error=str(error), again_in_seconds=self._pause)
            else:
                if self._failures:
                    log.info("bounces are fetched again")
                self._failures = 0
            await asyncio.sleep(self._pause)

    @property
    def _pause(self) -> float:
        """Ever longer while it fails, so that no server locks the account."""
        usual = self._settings.poll_seconds
        return min(max(MOST_PAUSE_SECONDS, usual), usual * 2.0 ** min(self._failures, 20))

    async def _visit(self, take: TakeReport) -> None:
        box = Mailbox(self._settings)
        try:
            await asyncio.to_thread(box.open)
            await self._look(box, take)
        except asyncio.CancelledError:
            box.hang_up()
            raise
        finally:
            await asyncio.to_thread(box.close)

    async def _look(self, box: Mailbox, take: TakeReport) -> None:
        """A message that was looked at is not fetched again; one whose outcome could not be committed is."""
        validity, last = self._looked
        since = (self._clock() - timedelta(days=DAYS)).date()
        numbers = await asyncio.to_thread(box.numbers, last if validity == box.validity else 0, since)
        for some in _some(numbers):
            mails = await asyncio.to_thread(box.reports, some)
            await self._take(box, mails, take)
            self._looked = (box.validity, some[-1])

    async def _take(self, box: Mailbox, mails: Sequence[tuple[int, bytes]], take: TakeReport) -> None:
        read = [(number, bounce) for number, raw in mails if (bounce := read_bounce(raw)) is not None]
        ours = await self._ours({bounce.attempt_id for _, bounce in read})
        taken = [(number, bounce) for number, bounce in read if bounce.attempt_id in ours]
        if not taken:
            return
        await asyncio.gather(*(take(_report(bounce)) for _, bounce in taken))
        await asyncio.to_thread(box.put_away, [number for number, _ in taken])
        log.info("bounces taken", messages=len(taken))

    async def _ours(self, ids: Collection[str]) -> Collection[str]:
        """Those that this store knows: the mailbox may serve others too."""
        if not ids:
            return ()
        query = select(Attempt.id).where(Attempt.id.in_(ids), Attempt.channel == Channel.EMAIL)
        async with self._store.reading() as session:
            return frozenset(await session.scalars(query))


def _report(bounce: Bounce) -> Report:
    return Report(NAME, bounce.disposition, bounce.attempt_id, cause=bounce.cause)


def _some(numbers: Sequence[int]) -> list[Sequence[int]]:
    return [numbers[at : at + AT_ONCE] for at in range(0, len(numbers), AT_ONCE)]
