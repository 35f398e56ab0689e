"""The retry policy: a pure function of what happened so far. It says: again at T on this line, or finished."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from store.states import DeliveryState, Disposition

Seconds = Annotated[float, Field(ge=0, le=7 * 86400)]
Tries = Annotated[int, Field(ge=1, le=50)]


class RetryPolicy(BaseModel):
    """Limits and delays, the ``[dialer.retries]`` section. Delays are seconds after the end of the last call."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Calls that reached nobody, before the delivery has failed.
    not_reached_tries: Tries = 4
    # Calls that somebody answered without hearing enough.
    not_heard_tries: Tries = 2
    busy_seconds: Seconds = 120
    no_answer_seconds: Seconds = 1800
    congestion_seconds: Seconds = 60
    # Our side or the trunk failed in another way, or nobody knows how the call ended.
    failed_seconds: Seconds = 300
    not_heard_seconds: Seconds = 600

    def delay(self, disposition: Disposition) -> timedelta:
        return timedelta(
            seconds={
                Disposition.BUSY: self.busy_seconds,
                Disposition.NO_ANSWER: self.no_answer_seconds,
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
    history: Sequence[PastAttempt], lines: Sequence[str], policy: RetryPolicy, not_after: datetime | None
) -> Again | Finished:
    """What comes after the last attempt of ``history`` (oldest first, never empty).

    ``lines`` are the numbers this delivery may ring, best first. A machine got the whole message, so it ends the
    delivery, which has then not reached a person.
    """
    last = history[-1]
    if last.heard_enough:
        return Finished(DeliveryState.DELIVERED)
    if last.disposition is Disposition.MACHINE:
        return Finished(DeliveryState.FAILED)
    address = _next_line(history, lines)
    if address is None or _budget_spent(history, policy):
        return Finished(DeliveryState.FAILED)
    untried = all(past.address != address for past in history)
    at = last.ended_at if untried else last.ended_at + policy.delay(last.disposition)
    if not_after is not None and at >= not_after:
        return Finished(DeliveryState.EXPIRED)
    return Again(at, address)


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
