"""Numbers to be called back: asked for within limits, claimed beside deliveries, tried again, given up in time.

A caller ID can be forged, so whoever asks for something in the name of a number is called back there.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Integer, Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.audience import dialable
from announcements.due import Wish
from store.base import Rank
from store.callers import Callback, Proposal, Purpose
from store.errors import InputError
from store.inbound import InboundCall
from store.states import CALLBACK_MOVES, CallbackState, Disposition, Priority, ProposalState, move
from store.work import CALL_IN_PROGRESS, Attempt
from subscribers.proposals import lapse
from subscribers.turns import take_turn

# Above normal, below crisis; but who of the office wants to launch a crisis waits for nothing.
PRIORITIES = {Purpose.STAFF: Priority.CRISIS, Purpose.PROVE: Priority.URGENT, Purpose.MENU: Priority.URGENT}
# After the caller has put the phone down.
SOON = timedelta(seconds=2)
# A call to us that seems to last longer is over: nobody was there to note its end.
LONGEST_CALL = timedelta(minutes=20)
EXPIRES_AFTER = timedelta(hours=1)
MOST_TRIES = 4
# Answered without the key that was asked for.
MOST_ANSWERS = 2
DELAYS: Mapping[Disposition, timedelta] = {
    Disposition.BUSY: timedelta(seconds=30),
    Disposition.NO_ANSWER: timedelta(minutes=5),
    Disposition.MACHINE: timedelta(minutes=15),
    Disposition.ANSWERED: timedelta(minutes=2),
    Disposition.WITHDRAWN: timedelta(),
}
OTHER_DELAY = timedelta(minutes=1)


# Something waits for the number to confirm it.
UNPROVED = exists().where(Proposal.number == Callback.number, Proposal.state == ProposalState.WAITING)


class CallbackLimits(BaseModel):
    """The ``[hotline.callbacks]`` section: they cost money, and ring at people who may not have asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # In 24 hours.
    to_one_number: Annotated[int, Field(ge=1, le=100)] = 6
    an_hour: Annotated[int, Field(ge=1, le=10_000)] = 120
    # Staff have a limit of their own, in 24 hours: whoever forges numbers shall not use up the one they need at night.
    to_staff: Annotated[int, Field(ge=1, le=1000)] = 60


class TooManyCallbacks(InputError):
    """A limit says no; nothing was changed."""


async def request_callback(
    session: AsyncSession, number: str, purpose: Purpose, limits: CallbackLimits, now: datetime, *, call_id: str
) -> Callback:
    """Call ``number`` (E.164) back soon; one that waits already serves, and soon. Raises TooManyCallbacks."""
    await take_turn(session)
    waits = select(Callback).where(
        Callback.number == number, Callback.purpose == purpose, Callback.state == CallbackState.QUEUED
    )
    if (waiting := (await session.scalars(waits)).first()) is not None:
        waiting.due_at = min(waiting.due_at, now + SOON)
        return waiting
    await _refuse_too_many(session, number, purpose, limits, now)
    made = Callback(
        number=number,
        purpose=purpose,
        state=CallbackState.QUEUED,
        call_id=call_id,
        created_at=now,
        due_at=now + SOON,
        expires_at=now + EXPIRES_AFTER,
    )
    session.add(made)
    await session.flush()
    return made


async def _refuse_too_many(
    session: AsyncSession, number: str, purpose: Purpose, limits: CallbackLimits, now: datetime
) -> None:
    of_staff = purpose is Purpose.STAFF
    alike = Callback.purpose == Purpose.STAFF if of_staff else Callback.purpose != Purpose.STAFF
    count = select(func.count()).select_from(Callback).where(alike)
    to_number = count.where(Callback.number == number, Callback.created_at > now - timedelta(days=1))
    if (await session.scalar(to_number) or 0) >= (limits.to_staff if of_staff else limits.to_one_number):
        raise TooManyCallbacks("this number has been called back too often today", mend="try again tomorrow")
    if of_staff:
        return
    in_total = count.where(Callback.created_at > now - timedelta(hours=1))
    if (await session.scalar(in_total) or 0) >= limits.an_hour:
        raise TooManyCallbacks("too many calls back within an hour", mend="try again later")


async def due_callbacks(session: AsyncSession, wish: Wish, crisis: Collection[str], now: datetime) -> list[Callback]:
    """Those that may be called now, one a line, held till the end of the transaction.

    ``crisis``: lines that this claim would call for one. Staff come before those, all others after them.
    """
    held = _due_query(wish.prefixes).with_for_update(skip_locked=True)
    by_line: dict[str, Callback] = {}
    for callback in await session.scalars(held, _values(wish, now)):
        others = 0 if callback.purpose is Purpose.STAFF else len(crisis)
        if len(by_line) + others < wish.most and (not others or callback.number not in crisis):
            by_line.setdefault(callback.number, callback)
    return list(by_line.values())


async def count_due_callbacks(session: AsyncSession, wish: Wish, now: datetime) -> int:
    """How many a claim would look at, at most ``wish.most``."""
    due = _due_query(wish.prefixes)
    return len((await session.scalars(due, _values(wish, now))).all())


def _values(wish: Wish, now: datetime) -> dict[str, object]:
    return {"now": now, "most": wish.most, "least": wish.least, "began_after": now - LONGEST_CALL}


@lru_cache(maxsize=16)
def _due_query(prefixes: tuple[str, ...]) -> Select[Callback]:
    """Staff first, then by age."""
    line_in_use = exists().where(Attempt.address == Callback.number, CALL_IN_PROGRESS)
    still_talking = exists().where(
        InboundCall.id == Callback.call_id,
        InboundCall.ended_at.is_(None),
        InboundCall.started_at > bindparam("began_after"),
    )
    rank = case({purpose: int(rank) for purpose, rank in PRIORITIES.items()}, value=Callback.purpose)
    return (
        select(Callback)
        .where(
            Callback.state == CallbackState.QUEUED,
            Callback.due_at <= bindparam("now"),
            Callback.expires_at > bindparam("now"),
            rank <= bindparam("least", type_=Rank(Priority)),
            dialable(Callback.number, prefixes),
            ~line_in_use,
            ~still_talking,
            or_(Callback.purpose != Purpose.PROVE, UNPROVED),
        )
        .order_by(rank, Callback.due_at, Callback.id)
        .limit(bindparam("most", type_=Integer))
    )


def next_call(history: Sequence[Disposition], now: datetime) -> datetime | None:
    """When to call again after these ends of calls, the last of them just now; None: never. Pure."""
    tries = [one for one in history if one is not Disposition.WITHDRAWN]
    counts = Counter(tries)
    over = len(tries) >= MOST_TRIES or counts[Disposition.ANSWERED] >= MOST_ANSWERS
    if over or Disposition.INVALID_NUMBER in counts:
        return None
    return now + DELAYS.get(history[-1], OTHER_DELAY)


async def end_callback_calls(session: AsyncSession, ended: Mapping[int, datetime]) -> None:
    """Move call-backs on whose call has ended; ``ended``: by callback id, when. Their attempts are closed already."""
    if not ended:
        return
    held = select(Callback).where(Callback.id.in_(list(ended))).order_by(Callback.id).with_for_update()
    for callback in (await session.scalars(held)).all():
        await _move_on(session, callback, ended[callback.id])


async def _move_on(session: AsyncSession, callback: Callback, now: datetime) -> None:
    if callback.state is not CallbackState.CALLING:
        return
    query = select(Attempt.disposition).where(Attempt.callback_id == callback.id, Attempt.ended_at.is_not(None))
    history = [one for one in await session.scalars(query.order_by(Attempt.started_at)) if one is not None]
    if await _served(session, callback, history[-1]):
        move(callback, CallbackState.DONE, CALLBACK_MOVES)
        callback.ended_at = now
    elif (at := next_call(history, now)) is not None and at < callback.expires_at:
        move(callback, CallbackState.QUEUED, CALLBACK_MOVES)
        callback.due_at = at
    else:
        await _give_up(session, callback, now)


async def _served(session: AsyncSession, callback: Callback, last: Disposition) -> bool:
    """Nothing is left to be asked there; a menu that was answered has done its work."""
    if callback.purpose is not Purpose.PROVE:
        return last is Disposition.ANSWERED
    return not await session.scalar(select(Callback.id).where(Callback.id == callback.id, UNPROVED))


async def _give_up(session: AsyncSession, callback: Callback, now: datetime) -> None:
    move(callback, CallbackState.FAILED, CALLBACK_MOVES)
    callback.ended_at = now
    if callback.purpose is Purpose.PROVE:
        await lapse(session, callback.number, now)


async def expire_callbacks(session: AsyncSession, now: datetime) -> None:
    """End those that need no call any more: nothing is left to prove, or their time has passed, as with a trunk off."""
    proved = and_(Callback.purpose == Purpose.PROVE, ~UNPROVED)
    over = (
        select(Callback)
        .where(Callback.state == CallbackState.QUEUED, or_(Callback.expires_at <= now, proved))
        .order_by(Callback.id)
        .with_for_update(skip_locked=True)
    )
    for callback in (await session.scalars(over)).all():
        if callback.expires_at <= now:
            await _give_up(session, callback, now)
        else:
            move(callback, CallbackState.DONE, CALLBACK_MOVES)
            callback.ended_at = now
