"""The policy of texts that did not get there: a pure function of what happened so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from announcements.retry import Again, Finished, Seconds, Tries, in_time
from store.states import Channel, DeliveryState, Disposition, Priority

# It is there, as far as can be known.
GOT_THERE = frozenset({Disposition.DELIVERED, Disposition.SENT})
# The same address will never take it.
HOPELESS = frozenset({Disposition.REJECTED, Disposition.INVALID_NUMBER})


class ResendPolicy(BaseModel):
    """Limits and delays of one text channel. Delays are seconds after the end of the last try."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Messages that did not get there, before the delivery has failed.
    tries: Tries = 3
    congestion_seconds: Seconds = 60
    failed_seconds: Seconds = 300
    # The link was lost after a submit that nobody answered: send again, so that somebody may get it twice. A crisis is
    # always sent again; else what was taken is never sent again for want of a report.
    resend_unknown: bool = False

    def delay(self, disposition: Disposition) -> timedelta:
        congested = disposition is Disposition.CONGESTION
        return timedelta(seconds=self.congestion_seconds if congested else self.failed_seconds)


class TextPolicies(BaseModel):
    """By channel, and for the carriers that have one of their own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sms: ResendPolicy = ResendPolicy()
    email: ResendPolicy = ResendPolicy()
    carriers: Mapping[str, ResendPolicy] = {}

    def of(self, channel: Channel, carrier: str) -> ResendPolicy:
        return self.carriers.get(carrier) or (self.sms if channel is Channel.SMS else self.email)


@dataclass(frozen=True)
class PastText:
    """An ended attempt of a text, as the policy sees it. ``accepted``: the gateway or mail server took it."""

    disposition: Disposition
    ended_at: datetime
    accepted: bool = False


def decide_text(
    history: Sequence[PastText],
    address: str,
    policy: ResendPolicy,
    not_after: datetime | None,
    *,
    due_at: datetime,
    priority: Priority,
) -> Again | Finished:
    """What comes after the last attempt of ``history`` (oldest first, never empty); ``due_at`` was its due time."""
    last = history[-1]
    if any(past.disposition in GOT_THERE for past in history):
        return Finished(DeliveryState.DELIVERED)
    if last.disposition is Disposition.WITHDRAWN:
        return in_time(Again(due_at, address), last.ended_at, not_after)
    burnt = sum(past.disposition is not Disposition.WITHDRAWN for past in history)
    if burnt >= policy.tries or _is_hopeless(last, policy, priority):
        return Finished(DeliveryState.FAILED)
    return in_time(Again(last.ended_at + policy.delay(last.disposition), address), last.ended_at, not_after)


def revises(now: Disposition, before: Disposition) -> bool:
    """Whether what is told *now* of an attempt that had ended is known better: it did get there, or it bounced."""
    if now is Disposition.DELIVERED:
        return before is not Disposition.DELIVERED
    return now in HOPELESS | {Disposition.FAILED} and before in {Disposition.SENT, Disposition.UNKNOWN}


def _is_hopeless(last: PastText, policy: ResendPolicy, priority: Priority) -> bool:
    """In doubt a crisis comes rather once too often, the rest rather once too few."""
    if last.disposition is Disposition.UNKNOWN:
        return priority is not Priority.CRISIS and (last.accepted or not policy.resend_unknown)
    return last.disposition in HOPELESS
