"""What the dialer promises of every history, each promise by itself: who breaks it, and where."""

from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum
from itertools import groupby, pairwise

from store.states import FINAL_DELIVERY_STATES, Disposition, Priority
from tests.history import SLACK, Claimed, History, Rung

SPOKEN = frozenset({Disposition.ANSWERED, Disposition.MACHINE})


class Broken(StrEnum):
    LOST = "a delivery neither ended nor waits"
    UNENDED = "an attempt was begun and has no outcome"
    OVERLAP = "two calls on one phone at once"
    AFTER_HEARD = "called again for what was heard"
    STRANGER = "a phone rang without an attempt"
    TWICE = "one attempt was originated, rang or ended twice"
    UNCLAIMED = "originated before a claim was committed"
    UNTRUE = "the outcome does not tell what the phone tells"
    LINES = "more calls at once than the trunk has lines"
    PACE = "more calls in a second than the trunk takes"
    WINDOW = "begun outside of its window"
    PRIORITY = "claimed while a more urgent one could go"


def broken(history: History) -> list[tuple[Broken, str]]:
    """Every promise that the history breaks, and where; empty when all are kept."""
    return [(promise, where) for promise, breaches in PROMISES.items() for where in breaches(history)]


def _lost(history: History) -> Iterator[str]:
    for delivery in history.accepted:
        stands = history.stands.get(delivery)
        if stands is None or not (stands.state in FINAL_DELIVERY_STATES or stands.waits):
            yield f"delivery {delivery}: {stands.state if stands else 'gone'}"


def _unended(history: History) -> Iterator[str]:
    yield from history.claimed.keys() - history.outcomes.keys()


def _overlap(history: History) -> Iterator[str]:
    for number, calls in groupby(sorted(history.calls, key=lambda c: (c.number, c.started_at)), lambda c: c.number):
        for earlier, later in pairwise(calls):
            if later.started_at < earlier.ended_at:
                yield f"{number}: {earlier.started_at} to {earlier.ended_at}, and {later.started_at}"


def _after_heard(history: History) -> Iterator[str]:
    """Where Asterisk died with the call nobody knows it was heard: once more for a normal one, a crisis any often."""
    for delivery, rung in _by_delivery(history).items():
        heard = [one for one in rung if history.heard(one.call)]
        crisis = history.accepted[delivery].priority is Priority.CRISIS
        forgiven = [one for one in heard if history.cut(one.call)]
        forgiven = forgiven if crisis else forgiven[:1]
        for one in heard:
            if one not in forgiven and one is not rung[-1]:
                yield f"delivery {delivery}: {one.call.number} heard it at {one.call.ended_at}"
    yield from _begun_after_heard(history)


def _begun_after_heard(history: History) -> Iterator[str]:
    """By our own record: even a call that never rang is one too many."""
    told = [(history.claimed[event.attempt].delivery, event.at) for event in history.ended if event.heard]
    for delivery, heard_at in told:
        for claimed in history.claimed.values():
            if claimed.delivery == delivery and claimed.at > heard_at:
                yield f"delivery {delivery}: {claimed.attempt} begun though it was heard at {heard_at}"


def _by_delivery(history: History) -> dict[int, list[Rung]]:
    found: dict[int, list[Rung]] = {}
    for one in history.rung:
        if one.claimed is not None:
            found.setdefault(one.claimed.delivery, []).append(one)
    return found


def _stranger(history: History) -> Iterator[str]:
    for one in history.rung:
        if one.claimed is None:
            yield f"{one.call.number} at {one.call.started_at}"


def _twice(history: History) -> Iterator[str]:
    sent = [event.attempt for event in history.originated]
    rang = [one.claimed.attempt for one in history.rung if one.claimed is not None]
    ended = [event.attempt for event in history.ended]
    for attempts in (sent, rang, ended):
        yield from sorted({attempt for attempt in attempts if attempts.count(attempt) > 1})


def _unclaimed(history: History) -> Iterator[str]:
    for event in history.originated:
        claimed = history.claimed.get(event.attempt)
        if claimed is None or event.at < claimed.at:
            yield event.attempt


def _untrue(history: History) -> Iterator[str]:
    """A call that was cut may be told otherwise; so may one of which no outcome is known."""
    for one in history.rung:
        outcome = history.outcomes.get(one.claimed.attempt) if one.claimed else None
        if outcome is None or history.cut(one.call):
            continue
        if (outcome.disposition in SPOKEN) != (one.call.answered_at is not None):
            yield f"{outcome.attempt}: {outcome.disposition}, answered at {one.call.answered_at}"


def _lines(history: History) -> Iterator[str]:
    for trunk, calls in _by_trunk(history).items():
        # A line that is freed at the same moment is free.
        moments = sorted([(_until(history, c), -1) for c in calls] + [(c.call.started_at, 1) for c in calls])
        up = 0
        for moment, change in moments:
            up += change
            if up > history.caps[trunk].lines:
                yield f"{trunk}: {up} calls at {moment}"


def _until(history: History, one: Rung) -> datetime:
    """When its line was free again; a phone does not notice at once that Asterisk has died."""
    died = [death for death in history.deaths if one.call.started_at <= death]
    return min([*died, one.call.ended_at])


def _by_trunk(history: History) -> dict[str, list[Rung]]:
    found: dict[str, list[Rung]] = {}
    for one in history.rung:
        if one.claimed is not None:
            found.setdefault(one.claimed.trunk, []).append(one)
    return found


def _pace(history: History) -> Iterator[str]:
    """One call more than the rate fits into a second: they stand at both its ends."""
    for trunk, cap in history.caps.items():
        sent = sorted(e.at for e in history.originated if _trunk_of(history, e.attempt) == trunk)
        most = int(cap.calls_per_second) + 1
        for first, beyond in zip(sent, sent[most:], strict=False):
            if (beyond - first).total_seconds() < 1:
                yield f"{trunk}: more than {most} calls in the second from {first}"


def _trunk_of(history: History, attempt: str) -> str | None:
    claimed = history.claimed.get(attempt)
    return claimed.trunk if claimed else None


def _window(history: History) -> Iterator[str]:
    for claimed in history.claimed.values():
        accepted = history.accepted[claimed.delivery]
        late = accepted.not_after is not None and claimed.at >= accepted.not_after
        closed = not history.calendar.open(accepted.priority, claimed.at)
        if claimed.at < accepted.due_at or late or closed:
            yield f"{claimed.attempt} at {claimed.at}"


def _priority(history: History) -> Iterator[str]:
    """Judged by first attempts: when a retry was due, the store no longer tells."""
    for claimed in history.claimed.values():
        mine = history.accepted[claimed.delivery].priority
        for delivery, accepted in history.accepted.items():
            if accepted.priority < mine and _could_go(history, delivery, claimed):
                yield f"{claimed.attempt} before delivery {delivery} at {claimed.at}"


def _could_go(history: History, delivery: int, instead: Claimed) -> bool:
    """The delivery had long been due, was untouched, and its phone free, when another one was claimed."""
    accepted, now = history.accepted[delivery], instead.at
    if accepted.due_at + SLACK >= now or (accepted.not_after is not None and accepted.not_after <= now):
        return False
    stands = history.stands.get(delivery)
    began = [one.at for one in history.claimed.values() if one.delivery == delivery]
    if not began and (stands is None or stands.state in FINAL_DELIVERY_STATES):
        return False  # stopped or expired, and the history does not say when
    return all(now < at for at in began) and not _in_use(history, accepted.phone, instead)


def _in_use(history: History, phone: str, instead: Claimed) -> bool:
    now = instead.at
    return any(
        one.phone == phone
        and one.at <= now
        and (one.attempt not in history.outcomes or now <= history.outcomes[one.attempt].at + SLACK)
        for one in history.claimed.values()
    )


PROMISES: dict[Broken, Callable[[History], Iterator[str]]] = {
    Broken.LOST: _lost,
    Broken.UNENDED: _unended,
    Broken.OVERLAP: _overlap,
    Broken.AFTER_HEARD: _after_heard,
    Broken.STRANGER: _stranger,
    Broken.TWICE: _twice,
    Broken.UNCLAIMED: _unclaimed,
    Broken.UNTRUE: _untrue,
    Broken.LINES: _lines,
    Broken.PACE: _pace,
    Broken.WINDOW: _window,
    Broken.PRIORITY: _priority,
}
