"""What becomes of our texts, written down: taken, reported, ended. All of one service's goes through here, in order.

A report may come before the answer to its own submit. One that names our own id finds its attempt anyway; one that
names the carrier's id waits (``parked_reports``) till that id is known. They never miss each other, for one batch
writes both.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

import structlog
from sqlalchemy import delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.decision import OutcomeRules
from announcements.outcome import Ending
from announcements.resend import revises
from announcements.texts import Acceptance, accept_texts, end_texts
from channels.carrier import Report
from channels.metrics import TextMetrics
from store.batch import Batch
from store.database import Store
from store.errors import StoreError
from store.rows import add, adding
from store.states import Disposition
from store.work import Attempt, ParkedReport

log = structlog.get_logger(__name__)

STORE_RETRY_SECONDS = 1.0
# Kannel brings so many reports at once, and waits for them all.
MOST = 600
# These cost nothing: the carrier never had the message.
FREE = frozenset({Disposition.WITHDRAWN, Disposition.CONGESTION})
PARK = adding(ParkedReport)


@dataclass(frozen=True)
class Entry:
    """What is known anew: by our own ids, and what carriers came with."""

    accepted: Mapping[str, Acceptance] = field(default_factory=dict)
    endings: Mapping[str, Ending] = field(default_factory=dict)
    reports: Sequence[Report] = ()


class Ledger:
    """``prices``: what one part costs, by carrier. What is reported ended when it is written down."""

    def __init__(
        self,
        store: Store,
        rules: OutcomeRules,
        metrics: TextMetrics,
        clock: Callable[[], datetime],
        prices: Mapping[str, Decimal],
    ) -> None:
        self._store = store
        self._rules = rules
        self._metrics = metrics
        self._clock = clock
        self._prices = {name: price for name, price in prices.items() if price}
        self._batch: Batch[Entry, None] = Batch(self._write, MOST)

    async def enter(self, entry: Entry) -> None:
        """It is committed when this returns, however long the database is away: nothing is lost while we live."""
        while True:
            try:
                return await self._batch.put(entry)
            except StoreError as error:
                log.error("cannot record messages yet", error=str(error))
                await asyncio.sleep(STORE_RETRY_SECONDS)

    async def take(self, report: Report) -> None:
        """It is committed when this returns; once more changes nothing. Raises StoreError: let it be brought again."""
        await self._batch.put(Entry(reports=(report,)))

    async def _write(self, entries: Sequence[Entry]) -> Sequence[None]:
        accepted = {key: one for entry in entries for key, one in entry.accepted.items()}
        told = [(key, one) for entry in entries for key, one in entry.endings.items()]
        now, reports = self._clock(), [report for entry in entries for report in entry.reports]
        told += [(report.reference, ending_of(report, now)) for report in reports if report.reference]
        unnamed = [report for report in reports if not report.reference]
        async with self._store.writing() as session:
            await accept_texts(session, accepted)
            if unnamed or any(one.message_id for one in accepted.values()):
                told += await _named(session, accepted, unnamed, now)
            carriers, endings = await self._priced(session, last_words(told))
            changed = await end_texts(session, endings, self._rules)
        ended = Counter((carriers[attempt_id], endings[attempt_id].disposition) for attempt_id in changed)
        for (carrier, disposition), many in ended.items():
            self._metrics.ended(carrier, disposition, many)
        return [None] * len(entries)

    async def _priced(
        self, session: AsyncSession, endings: Mapping[str, Ending]
    ) -> tuple[Mapping[str, str], Mapping[str, Ending]]:
        """The carriers, by attempt, and the endings with what each message cost."""
        query = select(Attempt.id, Attempt.trunk, Attempt.parts).where(Attempt.id.in_(endings))
        rows = (await session.execute(query)).all()
        prices = {
            row.id: self._prices[row.trunk] * (row.parts or 1)
            for row in rows
            if row.trunk in self._prices and endings[row.id].disposition not in FREE
        }
        priced = {key: replace(one, price=prices[key]) if key in prices else one for key, one in endings.items()}
        return {row.id: row.trunk for row in rows}, priced


def ending_of(report: Report, now: datetime) -> Ending:
    return Ending(report.disposition, now, report.cause)


def last_words(told: Iterable[tuple[str, Ending]]) -> dict[str, Ending]:
    """One ending for each attempt: the first that was told, unless a later one knows better."""
    endings: dict[str, Ending] = {}
    for attempt_id, ending in told:
        before = endings.get(attempt_id)
        if before is None or revises(ending.disposition, before.disposition):
            endings[attempt_id] = ending
    return endings


async def _named(
    session: AsyncSession, accepted: Mapping[str, Acceptance], reports: Sequence[Report], now: datetime
) -> list[tuple[str, Ending]]:
    """What reports that name the carrier's own ids tell of our attempts; those nobody knows yet are parked."""
    fresh = await session.execute(
        select(Attempt.id, Attempt.trunk, Attempt.message_id).where(
            Attempt.id.in_([key for key, one in accepted.items() if one.message_id])
        )
    )
    mine = {(row.trunk, row.message_id): row.id for row in fresh}
    told = [(mine[key], one) for key, one in await _unpark(session, list(mine))]
    wanted = [(report.carrier, report.message_id) for report in reports]
    known = {
        (row.trunk, row.message_id): row.id
        for row in await session.execute(
            select(Attempt.id, Attempt.trunk, Attempt.message_id).where(
                tuple_(Attempt.trunk, Attempt.message_id).in_(wanted)
            )
        )
    }
    told += [(known[key], ending_of(one, now)) for key, one in zip(wanted, reports, strict=True) if key in known]
    await _park(session, [one for key, one in zip(wanted, reports, strict=True) if key not in known], now)
    return told


async def _unpark(session: AsyncSession, keys: Sequence[tuple[str, str]]) -> list[tuple[tuple[str, str], Ending]]:
    at_these = tuple_(ParkedReport.carrier, ParkedReport.message_id).in_(keys)
    rows = (await session.scalars(select(ParkedReport).where(at_these).order_by(ParkedReport.id))).all()
    if rows:
        await session.execute(delete(ParkedReport).where(at_these))
    return [((row.carrier, row.message_id), Ending(row.disposition, row.at, row.cause)) for row in rows]


async def _park(session: AsyncSession, reports: Sequence[Report], now: datetime) -> None:
    rows = [
        {
            "carrier": one.carrier,
            "message_id": one.message_id,
            "disposition": one.disposition,
            "cause": one.cause,
            "at": now,
        }
        for one in reports
    ]
    await add(session, PARK, rows)


async def forget_parked(session: AsyncSession, before: datetime) -> None:
    """Those whose message never came: not ours, or long over."""
    await session.execute(delete(ParkedReport).where(ParkedReport.at < before))
