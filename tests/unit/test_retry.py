"""The retry policy: the table of what follows what, and what must hold whatever happened."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.retry import Again, Finished, PastAttempt, RetryPolicy, decide
from store.states import DELIVERY_MOVES, DeliveryState, Disposition

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
A, B, C = "+420556400001", "+420556400002", "+420602000003"
POLICY = RetryPolicy()


def past(disposition: Disposition, address: str = A, *, heard: bool = False, minute: int = 0) -> PastAttempt:
    return PastAttempt(address, disposition, NOW + timedelta(minutes=minute), heard_enough=heard)


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
    later = NOW + timedelta(seconds=POLICY.no_answer_seconds)
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


policies = st.builds(
    RetryPolicy,
    not_reached_tries=st.integers(1, 6),
    not_heard_tries=st.integers(1, 4),
    **{
        name: st.floats(0, 7200)
        for name in ("busy_seconds", "no_answer_seconds", "congestion_seconds", "failed_seconds", "not_heard_seconds")
    },
)
line_lists = st.lists(st.sampled_from([A, B, C]), min_size=1, max_size=3, unique=True)
endings = st.lists(st.tuples(st.sampled_from(Disposition), st.booleans(), st.integers(1, 900)), min_size=1, max_size=30)
windows = st.none() | st.integers(0, 5 * 86400).map(lambda seconds: NOW + timedelta(seconds=seconds))


def lived(
    happened: list[tuple[Disposition, bool, int]], lines: list[str], policy: RetryPolicy, not_after: datetime | None
) -> tuple[list[PastAttempt], Again | Finished]:
    """The whole life of a delivery whose calls end one after another as ``happened`` says."""
    decision: Again | Finished = Again(NOW, lines[0])
    history: list[PastAttempt] = []
    for disposition, heard, seconds in happened:
        assert isinstance(decision, Again)
        assert not history or decision.at >= history[-1].ended_at
        ended_at = decision.at + timedelta(seconds=seconds)
        heard_enough = heard and disposition is Disposition.ANSWERED
        history.append(PastAttempt(decision.address, disposition, ended_at, heard_enough))
        decision = decide(history, lines, policy, not_after)
        if isinstance(decision, Finished):
            break
    return history, decision


@given(endings, line_lists, policies, windows)
def test_no_delivery_outlives_its_budgets(
    happened: list[tuple[Disposition, bool, int]], lines: list[str], policy: RetryPolicy, not_after: datetime | None
) -> None:
    history, decision = lived(happened, lines, policy, not_after)
    answered = sum(attempt.disposition is Disposition.ANSWERED for attempt in history)
    assert answered <= policy.not_heard_tries
    assert len(history) - answered <= policy.not_reached_tries
    assert len(history) == len(happened) or isinstance(decision, Finished)


@given(endings, line_lists, policies, windows)
def test_every_decision_is_one_that_the_state_table_allows(
    happened: list[tuple[Disposition, bool, int]], lines: list[str], policy: RetryPolicy, not_after: datetime | None
) -> None:
    _, decision = lived(happened, lines, policy, not_after)
    state = decision.state if isinstance(decision, Finished) else DeliveryState.QUEUED
    assert state in DELIVERY_MOVES[DeliveryState.SENDING]


@given(endings, line_lists, policies)
def test_a_number_that_does_not_exist_is_never_rung_again(
    happened: list[tuple[Disposition, bool, int]], lines: list[str], policy: RetryPolicy
) -> None:
    history, decision = lived(happened, lines, policy, None)
    rung = [attempt.address for attempt in history] + ([decision.address] if isinstance(decision, Again) else [])
    for place, attempt in enumerate(history):
        if attempt.disposition is Disposition.INVALID_NUMBER:
            assert attempt.address not in rung[place + 1 :]


@given(endings, line_lists, policies, windows)
def test_what_was_heard_is_delivered_and_a_machine_is_the_end(
    happened: list[tuple[Disposition, bool, int]], lines: list[str], policy: RetryPolicy, not_after: datetime | None
) -> None:
    history, decision = lived(happened, lines, policy, not_after)
    if history[-1].heard_enough:
        assert decision == Finished(DeliveryState.DELIVERED)
    elif history[-1].disposition is Disposition.MACHINE:
        assert decision == Finished(DeliveryState.FAILED)
    assert not any(attempt.heard_enough for attempt in history[:-1])
    assert all(attempt.disposition is not Disposition.MACHINE for attempt in history[:-1])


@given(endings, line_lists, policies, st.integers(0, 5 * 86400).map(lambda s: NOW + timedelta(seconds=s)))
def test_no_retry_is_due_when_the_window_has_closed(
    happened: list[tuple[Disposition, bool, int]], lines: list[str], policy: RetryPolicy, not_after: datetime
) -> None:
    _, decision = lived(happened, lines, policy, not_after)
    assert isinstance(decision, Finished) or decision.at < not_after
