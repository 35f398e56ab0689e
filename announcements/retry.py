"""The retry policy: a pure function of what happened so far. It says: again at T on this line, or finished."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, WrapValidator

from announcements.clock import PARTS_OF_DAY, next_part, part_of_day
from announcements.windows import Calendar
from store.states import DeliveryState, Disposition, Priority

MOST_TRIES = 50
# Nobody came to the phone.
MISSES = frozenset({Disposition.NO_ANSWER, Disposition.MACHINE})

Seconds = Annotated[float, Field(ge=0, le=7 * 86400)]
Tries = Annotated[int, Field(ge=1, le=MOST_TRIES)]


def _by_try(value: object, read: Callable[[object], tuple[float, ...]]) -> tuple[float, ...]:
    """One number serves every try."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return read((value,)) * MOST_TRIES
    seconds = read(value)
    if not 1 <= len(seconds) <= MOST_TRIES:
        raise ValueError(f"must have from 1 to {MOST_TRIES} delays")
    return seconds


SecondsByTry = Annotated[tuple[Seconds, ...], WrapValidator(_by_try)]


class RetryPolicy(BaseModel):
    """Limits and delays, the ``[dialer.retries]`` section. Delays are seconds after the end of the last call."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Calls that reached nobody, before the delivery has failed.
    not_reached_tries: Tries = 4
    # Calls that somebody answered without hearing enough.
    not_heard_tries: Tries = 2
    busy_seconds: Seconds = 120
    # By how often a line was not answered; after the end of the list the last delay, and at another part of the day.
    no_answer_seconds: SecondsByTry = (1800, 10800)
    congestion_seconds: Seconds = 60
    # Our side or the trunk failed in another way, or nobody knows how the call ended.
    failed_seconds: Seconds = 300
    not_heard_seconds: Seconds = 600
    # An answering machine that got the message ends the delivery. Never in a crisis: there it is no answer.
    machine_satisfies: bool = True

    def ends_with_machine(self, priority: Priority) -> bool:
        return self.machine_satisfies and priority is not Priority.CRISIS

    def delay(self, disposition: Disposition, misses: int) -> timedelta:
        """``misses``: how often the line was not answered so far."""
        if disposition in MISSES:
            return timedelta(seconds=self.no_answer_seconds[min(max(misses, 1), len(self.no_answer_seconds)) - 1])
        return timedelta(
            seconds={
                Disposition.BUSY: self.busy_seconds,
                Disposition.CONGESTION: self.congestion_seconds,
                Disposition.ANSWERED: self.not_heard_seconds,
            }.get(disposition, self.failed_seconds)
        )


@dataclass(frozen=True)
class PastAttempt:
    """An ended attempt, as the policy sees it."""

    address: str
    disposition: Disposition
    ended_at: datetime
    heard_enough: bool = False


@dataclass(frozen=True)
class Again:
    """Another attempt, not before ``at``, on ``address``."""

    at: datetime
    address: str


@dataclass(frozen=True)
class Finished:
    state: DeliveryState


def decide(
    history: Sequence[PastAttempt],
    lines: Sequence[str],
    policy: RetryPolicy,
    not_after: datetime | None,
    *,
    due_at: datetime,
    priority: Priority,
    calendar: Calendar,
) -> Again | Finished:
    """What comes after the last attempt of ``history`` (oldest first, never empty).

    ``lines`` are the numbers this delivery may ring, best first. ``due_at`` was the due time of the last attempt: a
    call that was withdrawn takes its old place again.
    """
    last, burnt = history[-1], _burnt(history)
    # Not only the last: somebody may have rung back while they were being called on another line.
    if any(past.heard_enough for past in history):
        return Finished(DeliveryState.DELIVERED)
    if last.disposition is Disposition.WITHDRAWN:
        return in_time(Again(due_at, last.address), last.ended_at, not_after)
    if last.disposition is Disposition.MACHINE and policy.ends_with_machine(priority):
        return Finished(DeliveryState.FAILED)
    address = _next_line(burnt, lines)
    if address is None or _budget_spent(burnt, policy):
        return Finished(DeliveryState.FAILED)
    at = calendar.opens(priority, _when(burnt, address, policy))
    if at is None:
        return Finished(DeliveryState.EXPIRED)
    if _at_another_part(burnt, address, policy, priority):
        at = _another_part(last.ended_at, at, priority, calendar, not_after)
    return in_time(Again(at, address), last.ended_at, not_after)


def _burnt(history: Sequence[PastAttempt]) -> list[PastAttempt]:
    """The attempts that count: a withdrawn one reached neither a person nor a line."""
    return [past for past in history if past.disposition is not Disposition.WITHDRAWN]


def in_time(again: Again, ended_at: datetime, not_after: datetime | None) -> Again | Finished:
    """``again``, if its moment comes before the window ends. ``ended_at``: of the last attempt."""
    late = not_after is not None and max(again.at, ended_at) >= not_after
    return Finished(DeliveryState.EXPIRED) if late else again


def _next_line(history: Sequence[PastAttempt], lines: Sequence[str]) -> str | None:
    """Who answered is called again on that line; else the line rung least; never a number that does not exist."""
    invalid = {past.address for past in history if past.disposition is Disposition.INVALID_NUMBER}
    left = [line for line in lines if line not in invalid]
    if not left:
        return None
    if history[-1].disposition is Disposition.ANSWERED and history[-1].address in left:
        return history[-1].address
    return min(left, key=lambda line: sum(past.address == line for past in history))


def _budget_spent(history: Sequence[PastAttempt], policy: RetryPolicy) -> bool:
    answered = sum(past.disposition is Disposition.ANSWERED for past in history)
    if history[-1].disposition is Disposition.ANSWERED:
        return answered >= policy.not_heard_tries
    return len(history) - answered >= policy.not_reached_tries


def _when(history: Sequence[PastAttempt], address: str, policy: RetryPolicy) -> datetime:
    """After the delay of the last call; at once on a line that has not been rung yet."""
    last = history[-1]
    if all(past.address != address for past in history):
        return last.ended_at
    return last.ended_at + policy.delay(last.disposition, _misses(history, address))


def _misses(history: Sequence[PastAttempt], address: str) -> int:
    return sum(past.address == address and past.disposition in MISSES for past in history)


def _at_another_part(history: Sequence[PastAttempt], address: str, policy: RetryPolicy, priority: Priority) -> bool:
    """A crisis does not wait for the evening."""
    too_often = _misses(history, address) > len(policy.no_answer_seconds)
    return history[-1].disposition in MISSES and too_often and priority is not Priority.CRISIS


def _another_part(
    last: datetime, at: datetime, priority: Priority, calendar: Calendar, not_after: datetime | None
) -> datetime:
    """The first open moment, from ``at`` on, in another part of the day than ``last``; ``at`` if none comes soon."""
    other: datetime | None = at
    for _ in PARTS_OF_DAY:
        if other is None or (not_after is not None and other >= not_after):
            return at
        if part_of_day(other, calendar.zone) != part_of_day(last, calendar.zone):
            return other
        other = calendar.opens(priority, next_part(other, calendar.zone))
    return at
