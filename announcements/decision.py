"""Which policy decides about a delivery, and what of its attempts' rows that policy sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row

from announcements.doubt import counted_as
from announcements.renderings import Own
from announcements.resend import PastText, TextPolicies, decide_text
from announcements.retry import Again, Finished, PastAttempt, RetryPolicy, decide
from announcements.ways import Ways
from announcements.windows import Calendar
from store.states import Channel, DeliveryState, Disposition, Priority
from store.work import Announcement

# Id, announcement's id, address, state, due time, channel.
DeliveryRow = Row[int, int, str, DeliveryState, datetime, Channel]
# Delivery's id, address, trunk or carrier, disposition, end, seconds heard, confirmed, when a gateway took it.
AttemptRow = Row[int | None, str, str, Disposition | None, datetime | None, float, bool, datetime | None]


USUAL_TEXTS = TextPolicies()


@dataclass(frozen=True)
class OutcomeRules:
    """What decides about a delivery after an attempt."""

    retries: RetryPolicy
    # The part of the message that a person has to hear, 0 to 1.
    heard_share: float
    ways: Ways
    calendar: Calendar
    texts: TextPolicies = USUAL_TEXTS


@dataclass(frozen=True)
class Case:
    """A delivery after an attempt, and what its channel's policy says. ``attempts``: all ended ones, oldest first."""

    delivery: DeliveryRow
    attempts: Sequence[AttemptRow]
    announcement: Announcement
    decision: Again | Finished
    now: datetime


def decided(
    delivery: DeliveryRow,
    attempts: Sequence[AttemptRow],
    lines: Sequence[str],
    announcement: Announcement,
    rules: OutcomeRules,
    own: Own,
    now: datetime,
) -> Case:
    """``lines``: the numbers that a call may ring, best first; ``own``: what single lines hear."""
    return Case(delivery, attempts, announcement, _decision(delivery, attempts, lines, announcement, rules, own), now)


def _decision(
    delivery: DeliveryRow,
    attempts: Sequence[AttemptRow],
    lines: Sequence[str],
    announcement: Announcement,
    rules: OutcomeRules,
    own: Own,
) -> Again | Finished:
    if delivery.channel is not Channel.VOICE:
        return decide_text(
            [_past_text(attempt) for attempt in attempts],
            delivery.address,
            rules.texts.of(delivery.channel, attempts[-1].trunk),
            announcement.not_after,
            due_at=delivery.due_at,
            priority=announcement.priority,
        )
    return decide(
        [
            _past_call(attempt, rules.heard_share * _seconds(announcement, attempt, own), announcement.priority)
            for attempt in attempts
        ],
        lines,
        rules.retries,
        announcement.not_after,
        due_at=delivery.due_at,
        priority=announcement.priority,
        calendar=rules.calendar,
    )


def _seconds(announcement: Announcement, attempt: AttemptRow, own: Own) -> float:
    """Length of what the attempt's line hears."""
    rendering = own.get((announcement.id, attempt.address))
    return rendering.message_seconds if rendering else announcement.message_seconds


def _past_call(attempt: AttemptRow, needed_seconds: float, priority: Priority) -> PastAttempt:
    assert attempt.ended_at is not None
    assert attempt.disposition is not None
    heard = attempt.confirmed or attempt.heard_seconds >= needed_seconds
    return PastAttempt(
        address=attempt.address,
        disposition=counted_as(attempt.disposition, priority),
        ended_at=attempt.ended_at,
        heard_enough=heard and attempt.disposition is Disposition.ANSWERED,
    )


def _past_text(attempt: AttemptRow) -> PastText:
    assert attempt.ended_at is not None
    assert attempt.disposition is not None
    return PastText(attempt.disposition, attempt.ended_at, accepted=attempt.accepted_at is not None)
