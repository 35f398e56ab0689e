"""Our report against the landlines' own record: they must tell the same story, call by call."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from announcements.report import AttemptReport, Report
from lab.landlines import LandlineCall, Outcome
from store.states import Channel, Disposition

SAME: Mapping[Outcome, Disposition] = {
    Outcome.ANSWERED: Disposition.ANSWERED,
    Outcome.MACHINE: Disposition.MACHINE,
    Outcome.ON_AIR: Disposition.ANSWERED,
    Outcome.BUSY: Disposition.BUSY,
    Outcome.NO_ANSWER: Disposition.NO_ANSWER,
    Outcome.UNALLOCATED: Disposition.INVALID_NUMBER,
    Outcome.CONGESTION: Disposition.CONGESTION,
}
# What ends a call is told to both sides within this time.
SLACK_SECONDS = 2.0


def differences(made: Report, calls: Iterable[LandlineCall]) -> list[str]:
    """What the report and the phones tell differently; empty when the report is true."""
    told = _attempts_by_phone(made)
    seen: dict[str, list[LandlineCall]] = defaultdict(list)
    for call in sorted(calls, key=lambda call: call.started_at):
        seen[call.number].append(call)
    found: list[str] = []
    for phone in sorted(told.keys() | seen.keys()):
        found += _of_phone(phone, told.get(phone, []), seen.get(phone, []))
    return found + _keys(made, seen)


def _attempts_by_phone(made: Report) -> dict[str, list[AttemptReport]]:
    """Each attempt once, though people who share a line share it."""
    calls = (row for row in made.deliveries if row.channel is Channel.VOICE)
    attempts = {attempt.id: attempt for row in calls for attempt in row.attempts}
    by_phone: dict[str, list[AttemptReport]] = defaultdict(list)
    for attempt in sorted(attempts.values(), key=lambda attempt: attempt.started_at):
        by_phone[attempt.phone].append(attempt)
    return by_phone


def _of_phone(phone: str, told: Sequence[AttemptReport], seen: Sequence[LandlineCall]) -> list[str]:
    if len(told) != len(seen):
        return [f"{phone}: {len(told)} attempt(s) reported, {len(seen)} call(s) came"]
    found = []
    for attempt, call in zip(told, seen, strict=True):
        if attempt.disposition is not SAME[call.outcome]:
            found.append(f"{phone}: reported {attempt.disposition}, the phone saw {call.outcome}")
        elif attempt.heard_seconds > _seconds_up(call) + SLACK_SECONDS:
            found.append(f"{phone}: {attempt.heard_seconds} s reported heard of a call of {_seconds_up(call):.1f} s")
    return found


def _keys(made: Report, seen: Mapping[str, Sequence[LandlineCall]]) -> list[str]:
    """A confirmation is a key that the phone did press."""
    return [
        f"{row.phone}: {'confirmed' if row.confirmed else 'not confirmed'} in the report, the phone says otherwise"
        for row in made.deliveries
        if row.channel is Channel.VOICE
        and row.confirmed != any("2" in call.keys for attempt in row.attempts for call in seen.get(attempt.phone, []))
    ]


def _seconds_up(call: LandlineCall) -> float:
    return (call.ended_at - call.answered_at).total_seconds() if call.answered_at else 0.0
