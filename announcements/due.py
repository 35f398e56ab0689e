"""What is due: the deliveries that a trunk could call now, crisis first, then by age."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, Integer, Row, Select, bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from announcements.audience import dialable
from store.rows import Change
from store.states import CALLING_STATES, Channel, DeliveryState, Disposition, Priority
from store.work import CALL_IN_PROGRESS, Announcement, Attempt, Delivery

# To another time.
PUT = Change(Delivery, "due_at")
# Delivery's id, announcement's id, line, since when.
Due = Row[int, int, str, datetime]

CALLING = select(Announcement).where(Announcement.state.in_(CALLING_STATES)).order_by(Announcement.id)


@dataclass(frozen=True)
class Wish:
    """What a dispatcher could call now: at most ``most`` deliveries, none less urgent than ``least``."""

    trunk: str
    prefixes: tuple[str, ...]
    most: int = 1
    least: Priority = Priority.NORMAL
    # Priorities whose window is closed at this hour: theirs keep their places till it opens.
    closed: frozenset[Priority] = frozenset()
    # Another trunk could take a delivery that this one has just answered with congestion.
    spare: bool = False


async def calling(session: AsyncSession, wish: Wish, *, held: bool = False) -> dict[int, Announcement]:
    """Announcements that are being called, of the priorities that the wish allows at this hour, by id.

    ``held``: their rows are ours till the end of the transaction, see ``completion``.
    """
    found = await session.scalars(CALLING.with_for_update() if held else CALLING)
    return {one.id: one for one in found if one.priority <= wish.least and one.priority not in wish.closed}


async def find_due(session: AsyncSession, wish: Wish, now: datetime, among: Mapping[int, Announcement]) -> list[Due]:
    """The first deliveries of these announcements that may go now, one a line."""
    by_line: dict[str, Due] = {}
    query = _due_query(wish.prefixes, wish.trunk if wish.spare else None)
    # One by one: what waits for its retry in a higher one is then never read.
    for priority in sorted({one.priority for one in among.values()}):
        if len(by_line) >= wish.most:
            break
        ids = [one.id for one in among.values() if one.priority is priority]
        for row in await session.execute(query, {"priority": priority, "among": ids, "now": now, "most": wish.most}):
            by_line.setdefault(row.address, row)
    return list(by_line.values())[: wish.most]


@lru_cache(maxsize=64)
def _due_query(prefixes: tuple[str, ...], shunned: str | None) -> Select[int, int, str, datetime]:
    """Built once, for building costs more than running. ``shunned``: the trunk that just answered with congestion."""
    line_in_use = exists().where(Attempt.address == Delivery.address, CALL_IN_PROGRESS)
    query = (
        select(Delivery.id, Delivery.announcement_id, Delivery.address, Delivery.due_at)
        .where(
            Delivery.channel == Channel.VOICE,
            Delivery.state == DeliveryState.QUEUED,
            Delivery.priority == bindparam("priority"),
            Delivery.due_at <= bindparam("now"),
            Delivery.announcement_id.in_(bindparam("among", expanding=True)),
            dialable(Delivery.address, prefixes),
            ~line_in_use,
        )
        .order_by(Delivery.due_at, Delivery.id)
        .limit(bindparam("most", type_=Integer))
    )
    return query if shunned is None else query.where(~_congested_on(shunned))


def _congested_on(trunk: str) -> ColumnElement[bool]:
    """The delivery's last attempt was this trunk's, and ended with congestion."""
    last = aliased(Attempt)
    later = exists().where(
        last.delivery_id == Attempt.delivery_id,
        last.started_at > Attempt.started_at,
        last.disposition != Disposition.WITHDRAWN,
    )
    return exists().where(
        Attempt.delivery_id == Delivery.id,
        Attempt.trunk == trunk,
        Attempt.disposition == Disposition.CONGESTION,
        ~later,
    )
