"""The retry policy: the table of what follows what, and what must hold whatever happened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from announcements import retry
from announcements.clock import part_of_day
from announcements.retry import Again, Finished, PastAttempt, RetryPolicy
from announcements.windows import ANY_HOUR, Calendar, WindowSettings
from store.states import DELIVERY_MOVES, DeliveryState, Disposition, Priority

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
A, B, C = "+420556400001", "+420556400002", "+420602000003"
POLICY = RetryPolicy()


PRAGUE = ZoneInfo("Europe/Prague")
CALENDAR = Calendar(WindowSettings(), PRAGUE, frozenset())
ROUND_THE_CLOCK = Calendar(ANY_HOUR, PRAGUE, frozenset())


def past(disposition: Disposition, address: str = A, *, heard: bool = False, minute: int = 0) -> PastAttempt:
    return PastAttempt(address, disposition, NOW + timedelta(minutes=minute), heard_enough=heard)


def decide(
    history: Sequence[PastAttempt],
    lines: Sequence[str],
    policy: RetryPolicy,
    not_after: datetime | None,
    *,
    due_at: datetime = NOW,
    priority: Priority = Priority.NORMAL,
    calendar: Calendar = ROUND_THE_CLOCK,
) -> Again | Finished:
    return retry.decide(history, lines, policy, not_after, due_at=due_at, priority=priority, calendar=calendar)


@pytest.mark.parametrize(
    ("disposition", "seconds"),
    [
        (Disposition.BUSY, 120),
        (Disposition.NO_ANSWER, 1800),
        (Disposition.CONGESTION, 60),
        (Disposition.ANSWERED, 600),
        (Disposition.FAILED, 300),
        (Disposition.UNKNOWN, 300),
    ],
)
def test_each_disposition_is_retried_after_its_own_delay(disposition: Disposition, seconds: int) -> None:
    assert decide([past(disposition)], [A], POLICY, None) == Again(NOW + timedelta(seconds=seconds), A)


@pytest.mark.parametrize(
    ("history", "lines", "state"),
    [
        ([past(Disposition.ANSWERED, heard=True)], [A], DeliveryState.DELIVERED),
        ([past(Disposition.MACHINE)], [A], DeliveryState.FAILED),
        ([past(Disposition.MACHINE)], [A, B], DeliveryState.FAILED),
        ([past(Disposition.INVALID_NUMBER)], [A], DeliveryState.FAILED),
        ([past(Disposition.INVALID_NUMBER), past(Disposition.INVALID_NUMBER, B)], [A, B], DeliveryState.FAILED),
        ([past(Disposition.BUSY)] * 4, [A], DeliveryState.FAILED),
        ([past(Disposition.BUSY)] * 4, [A, B], DeliveryState.FAILED),
        ([past(Disposition.ANSWERED)] * 2, [A], DeliveryState.FAILED),
        ([past(Disposition.BUSY)] * 3 + [past(Disposition.ANSWERED)] * 2, [A], DeliveryState.FAILED),
        ([past(Disposition.ANSWERED)] + [past(Disposition.UNKNOWN)] * 4, [A], DeliveryState.FAILED),
    ],
)
def test_a_delivery_is_finished(history: list[PastAttempt], lines: list[str], state: DeliveryState) -> None:
    assert decide(history, lines, POLICY, None) == Finished(state)


def test_one_try_of_budget_is_left_until_the_last() -> None:
    assert isinstance(decide([past(Disposition.BUSY)] * 3, [A], POLICY, None), Again)
    assert isinstance(decide([past(Disposition.ANSWERED)], [A], POLICY, None), Again)


def test_the_second_phone_is_rung_at_once_and_then_the_two_alternate() -> None:
    first = decide([past(Disposition.NO_ANSWER)], [A, B], POLICY, None)
    second = decide([past(Disposition.NO_ANSWER), past(Disposition.NO_ANSWER, B)], [A, B], POLICY, None)
    third = decide([past(Disposition.NO_ANSWER, line) for line in (A, B, A)], [A, B], POLICY, None)
    later = NOW + timedelta(seconds=1800)
    assert (first, second, third) == (Again(NOW, B), Again(later, A), Again(later, B))


def test_an_invalid_number_gives_way_to_the_other_phone() -> None:
    history = [past(Disposition.INVALID_NUMBER), past(Disposition.BUSY, B)]
    assert decide(history, [A, B], POLICY, None) == Again(NOW + timedelta(seconds=120), B)


def test_who_answered_and_hung_up_early_is_called_again_on_that_line() -> None:
    history = [past(Disposition.BUSY), past(Disposition.ANSWERED, B)]
    assert decide(history, [A, B], POLICY, None) == Again(NOW + timedelta(seconds=600), B)


@pytest.mark.parametrize(("margin", "finished"), [(0, True), (-1, True), (1, False)])
def test_a_retry_at_or_after_the_end_of_the_window_expires(margin: int, finished: bool) -> None:
    not_after = NOW + timedelta(seconds=120 + margin)
    decision = decide([past(Disposition.BUSY)], [A], POLICY, not_after)
    assert (decision == Finished(DeliveryState.EXPIRED)) is finished


def local(hour: int, minute: int = 0, day: int = 24) -> datetime:
    """A moment of November 2026 in the town; the 24th is a Tuesday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=PRAGUE).astimezone(UTC)


def missed(*ends: datetime, by: Disposition = Disposition.NO_ANSWER) -> list[PastAttempt]:
    return [PastAttempt(A, by, end) for end in ends]


PATIENT = RetryPolicy(not_reached_tries=50, no_answer_seconds=(1800, 10800))


@pytest.mark.parametrize("by", [Disposition.NO_ANSWER, Disposition.MACHINE])
def test_no_answer_is_retried_by_the_delays_of_the_list_and_then_at_another_part_of_the_day(by: Disposition) -> None:
    policy = PATIENT.model_copy(update={"machine_satisfies": False})
    ends = [local(8, 10)]
    dues = []
    for _ in range(4):
        decision = decide(missed(*ends, by=by), [A], policy, None, calendar=CALENDAR)
        assert isinstance(decision, Again)
        dues.append(decision.at)
        ends.append(decision.at + timedelta(minutes=1))
    assert dues == [local(8, 40), local(11, 41), local(14, 42), local(17, 43)]


def test_after_the_evening_the_next_morning_comes() -> None:
    history = missed(local(14), local(15), local(18, 30))
    assert decide(history, [A], PATIENT, None, calendar=CALENDAR) == Again(local(8, day=25), A)


def test_a_part_of_the_day_that_has_begun_meanwhile_is_not_waited_for() -> None:
    history = missed(local(8), local(9), local(11, 30))
    assert decide(history, [A], PATIENT, None, calendar=CALENDAR) == Again(local(14, 30), A)


def test_one_delay_for_every_try_asks_for_no_other_part_of_the_day() -> None:
    policy = RetryPolicy(not_reached_tries=50, no_answer_seconds=60)
    history = missed(*[local(8, minute) for minute in range(20)])
    assert decide(history, [A], policy, None, calendar=CALENDAR) == Again(local(8, 20), A)


def test_where_the_window_opens_in_one_part_of_the_day_only_the_delay_counts() -> None:
    evenings = Calendar(
        WindowSettings.model_validate({"normal": {"weekdays": "18:00-20:00", "weekend": "closed"}}), PRAGUE, frozenset()
    )
    history = missed(local(18, day=23), local(18), local(18, day=25))
    assert decide(history, [A], PATIENT, None, calendar=evenings) == Again(local(18, day=26), A)


def test_another_part_of_the_day_is_not_worth_missing_the_end_of_the_announcement() -> None:
    history = missed(local(12), local(12, 40), local(13))
    assert decide(history, [A], PATIENT, local(17), calendar=CALENDAR) == Again(local(16), A)
    assert decide(history, [A], PATIENT, local(18), calendar=CALENDAR) == Again(local(17), A)


def test_a_crisis_waits_neither_for_a_window_nor_for_another_part_of_the_day() -> None:
    history = missed(local(22), local(23), local(1, day=25))
    decision = decide(history, [A], PATIENT, None, calendar=CALENDAR, priority=Priority.CRISIS)
    assert decision == Again(local(4, day=25), A)


def test_a_retry_that_falls_into_the_night_is_due_when_the_window_opens_or_has_expired() -> None:
    history = [PastAttempt(A, Disposition.BUSY, local(19, 59))]
    assert decide(history, [A], POLICY, None, calendar=CALENDAR) == Again(local(8, day=25), A)
    assert decide(history, [A], POLICY, local(8, day=25), calendar=CALENDAR) == Finished(DeliveryState.EXPIRED)


def test_a_withdrawn_call_takes_its_old_place_at_once_and_burns_no_try() -> None:
    due_at = NOW - timedelta(hours=1)
    withdrawn = [past(Disposition.WITHDRAWN, B)] * 60
    assert decide(withdrawn, [A, B], POLICY, None, due_at=due_at) == Again(due_at, B)
    history = [past(Disposition.BUSY)] * 3 + withdrawn
    assert decide(history, [A, B], POLICY, None, due_at=due_at) == Again(due_at, B)
    last_try = [*history, past(Disposition.BUSY)]
    assert decide(history[:2] + withdrawn + last_try[-1:], [A], POLICY, None) == Again(NOW + timedelta(seconds=120), A)
    assert decide(last_try, [A], POLICY, None) == Finished(DeliveryState.FAILED)


def test_a_call_withdrawn_after_the_end_of_the_announcement_has_expired() -> None:
    decision = decide([past(Disposition.WITHDRAWN)], [A], POLICY, NOW, due_at=NOW - timedelta(hours=1))
    assert decision == Finished(DeliveryState.EXPIRED)


@pytest.mark.parametrize(
    ("priority", "satisfies", "again"),
    [
        (Priority.CRISIS, True, True),
        (Priority.URGENT, True, False),
        (Priority.NORMAL, True, False),
        (Priority.CRISIS, False, True),
        (Priority.URGENT, False, True),
        (Priority.NORMAL, False, True),
    ],
)
def test_a_machine_ends_the_delivery_where_it_may_and_never_in_a_crisis(
    priority: Priority, satisfies: bool, again: bool
) -> None:
    policy = RetryPolicy(machine_satisfies=satisfies)
    decision = decide([past(Disposition.MACHINE)], [A], policy, None, priority=priority)
    assert decision == (Again(NOW + timedelta(seconds=1800), A) if again else Finished(DeliveryState.FAILED))


seconds = st.floats(0, 7200)
policies = st.builds(
    RetryPolicy,
    not_reached_tries=st.integers(1, 6),
    not_heard_tries=st.integers(1, 4),
    busy_seconds=seconds,
    no_answer_seconds=seconds | st.lists(seconds, min_size=1, max_size=4).map(tuple),
    congestion_seconds=seconds,
    failed_seconds=seconds,
    not_heard_seconds=seconds,
    machine_satisfies=st.booleans(),
)
endings = st.lists(st.tuples(st.sampled_from(Disposition), st.booleans(), st.integers(1, 900)), min_size=1, max_size=30)


@dataclass(frozen=True)
class Rules:
    """What stays the same all the life of a delivery."""

    lines: Sequence[str]
    policy: RetryPolicy
    not_after: datetime | None
    priority: Priority
    calendar: Calendar

    def decide(self, history: Sequence[PastAttempt], due_at: datetime) -> Again | Finished:
        return decide(
            history,
            self.lines,
            self.policy,
            self.not_after,
            due_at=due_at,
            priority=self.priority,
            calendar=self.calendar,
        )

    def opens(self, at: datetime) -> datetime:
        opens = self.calendar.opens(self.priority, at)
        assert opens is not None
        return opens


rules = st.builds(
    Rules,
    lines=st.lists(st.sampled_from([A, B, C]), min_size=1, max_size=3, unique=True),
    policy=policies,
    not_after=st.none() | st.integers(0, 5 * 86400).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    priority=st.sampled_from(Priority),
    calendar=st.sampled_from([CALENDAR, ROUND_THE_CLOCK]),
)


@dataclass(frozen=True)
class Life:
    history: list[PastAttempt]
    # By attempt, the decision that follows it.
    decisions: list[Again | Finished]

    @property
    def counted(self) -> list[PastAttempt]:
        return [attempt for attempt in self.history if attempt.disposition is not Disposition.WITHDRAWN]

    @property
    def last(self) -> Again | Finished:
        return self.decisions[-1]


def live(happened: list[tuple[Disposition, bool, int]], rules: Rules) -> Life:
    """A delivery whose calls, each made when it is due, end one after another as ``happened`` says."""
    decision: Again | Finished = Again(NOW, rules.lines[0])
    now, life = NOW, Life([], [])
    for disposition, heard, seconds in happened:
        assert isinstance(decision, Again)
        due_at, now = decision.at, max(now, decision.at) + timedelta(seconds=seconds)
        heard_enough = heard and disposition is Disposition.ANSWERED
        life.history.append(PastAttempt(decision.address, disposition, now, heard_enough))
        decision = rules.decide(life.history, due_at)
        life.decisions.append(decision)
        if isinstance(decision, Finished):
            break
    return life


@given(endings, rules)
def test_no_delivery_outlives_its_budgets(happened: list[tuple[Disposition, bool, int]], rules: Rules) -> None:
    life = live(happened, rules)
    answered = sum(attempt.disposition is Disposition.ANSWERED for attempt in life.counted)
    assert answered <= rules.policy.not_heard_tries
    assert len(life.counted) - answered <= rules.policy.not_reached_tries
    assert len(life.history) == len(happened) or isinstance(life.last, Finished)


@given(endings, rules)
def test_every_decision_is_one_that_the_state_table_allows(
    happened: list[tuple[Disposition, bool, int]], rules: Rules
) -> None:
    last = live(happened, rules).last
    state = last.state if isinstance(last, Finished) else DeliveryState.QUEUED
    assert state in DELIVERY_MOVES[DeliveryState.SENDING]


@given(endings, rules)
def test_a_number_that_does_not_exist_is_never_rung_again(
    happened: list[tuple[Disposition, bool, int]], rules: Rules
) -> None:
    life = live(happened, rules)
    rung = [attempt.address for attempt in life.history] + ([life.last.address] if isinstance(life.last, Again) else [])
    for place, attempt in enumerate(life.history):
        if attempt.disposition is Disposition.INVALID_NUMBER:
            assert attempt.address not in rung[place + 1 :]


@given(endings, rules)
def test_what_was_heard_is_delivered_and_a_machine_that_satisfies_is_the_end(
    happened: list[tuple[Disposition, bool, int]], rules: Rules
) -> None:
    life = live(happened, rules)
    enough = rules.policy.machine_satisfies and rules.priority is not Priority.CRISIS
    for attempt, decision in zip(life.history, life.decisions, strict=True):
        assert (decision == Finished(DeliveryState.DELIVERED)) is attempt.heard_enough
        if attempt.disposition is Disposition.MACHINE and enough:
            assert decision == Finished(DeliveryState.FAILED)


@given(endings, rules)
def test_no_retry_is_due_after_the_end_of_the_announcement_nor_before_its_delay_nor_in_a_closed_window(
    happened: list[tuple[Disposition, bool, int]], rules: Rules
) -> None:
    life = live(happened, rules)
    rung: set[str] = set()
    for attempt, decision in zip(life.history, life.decisions, strict=True):
        if attempt.disposition is not Disposition.WITHDRAWN:
            rung.add(attempt.address)
        if isinstance(decision, Finished) or attempt.disposition is Disposition.WITHDRAWN:
            continue
        shortest = min(rules.policy.delay(attempt.disposition, misses) for misses in range(1, 5))
        assert decision.at >= attempt.ended_at + (shortest if decision.address in rung else timedelta())
        assert rules.opens(decision.at) == decision.at
        assert rules.not_after is None or decision.at < rules.not_after


@given(endings, rules, st.integers(1, 86400))
def test_the_later_a_call_ended_the_later_comes_the_next(
    happened: list[tuple[Disposition, bool, int]], rules: Rules, later: int
) -> None:
    """But for the part of the day, which may well come round sooner."""
    rules = replace(rules, not_after=None, policy=rules.policy.model_copy(update={"no_answer_seconds": (60.0,) * 50}))
    life = live(happened, rules)
    due_at = NOW
    moved = replace(life.history[-1], ended_at=life.history[-1].ended_at + timedelta(seconds=later))
    decision = rules.decide([*life.history[:-1], moved], due_at)
    if isinstance(life.last, Finished) or moved.disposition is Disposition.WITHDRAWN:
        assert type(decision) is type(life.last)
    else:
        assert isinstance(decision, Again)
        assert (decision.at, decision.address) >= (life.last.at, life.last.address)


@given(st.lists(st.integers(0, 240), min_size=3, max_size=8), policies)
def test_a_line_missed_oftener_than_the_list_is_long_is_rung_at_another_part_of_the_day(
    hours: list[int], policy: RetryPolicy
) -> None:
    history = missed(*(NOW + timedelta(hours=hour) for hour in sorted(hours)))
    tries = {"not_reached_tries": 50, "no_answer_seconds": policy.no_answer_seconds[:2]}
    decision = decide(history, [A], policy.model_copy(update=tries), None, calendar=CALENDAR)
    assert isinstance(decision, Again)
    assert part_of_day(decision.at, PRAGUE) != part_of_day(history[-1].ended_at, PRAGUE)


@pytest.mark.parametrize("given_seconds", [[], [-1], -1, True, "soon", [1] * 51, 8 * 86400])
def test_delays_that_are_none_are_refused(given_seconds: object) -> None:
    with pytest.raises(ValidationError, match="1 validation error"):
        RetryPolicy.model_validate({"no_answer_seconds": given_seconds})
