"""Asterisk's codes and our dispositions."""

import pytest

from dialer.causes import CAUSES, REASONS, Reason, disposition_of_cause, disposition_of_reason
from store.states import Disposition


@pytest.mark.parametrize(
    ("cause", "disposition"),
    [
        (1, Disposition.INVALID_NUMBER),
        (3, Disposition.FAILED),
        (16, Disposition.NO_ANSWER),
        (17, Disposition.BUSY),
        (18, Disposition.NO_ANSWER),
        (19, Disposition.NO_ANSWER),
        (20, Disposition.NO_ANSWER),
        (21, Disposition.BUSY),
        (22, Disposition.INVALID_NUMBER),
        (28, Disposition.INVALID_NUMBER),
        (34, Disposition.CONGESTION),
        (41, Disposition.CONGESTION),
        (102, Disposition.NO_ANSWER),
    ],
)
def test_the_cause_of_a_call_that_never_came_up(cause: int, disposition: Disposition) -> None:
    assert disposition_of_cause(cause) is disposition


@pytest.mark.parametrize("cause", [0, -1, 4, 127, 99_999])
def test_a_cause_nobody_knows_is_our_failure_and_blames_no_number(cause: int) -> None:
    assert disposition_of_cause(cause) is Disposition.FAILED


@pytest.mark.parametrize(
    ("reason", "disposition"),
    [
        (Reason.FAILED, Disposition.FAILED),
        (Reason.NO_ANSWER, Disposition.NO_ANSWER),
        (Reason.TIMEOUT, Disposition.NO_ANSWER),
        (Reason.BUSY, Disposition.BUSY),
        (Reason.CONGESTION, Disposition.CONGESTION),
        (77, Disposition.FAILED),
    ],
)
def test_the_reason_of_an_originate_that_failed(reason: int, disposition: Disposition) -> None:
    assert disposition_of_reason(reason) is disposition


def test_only_a_call_that_came_up_was_answered_or_reached_a_machine() -> None:
    spoken = {Disposition.ANSWERED, Disposition.MACHINE, Disposition.UNKNOWN}
    assert not spoken & {*CAUSES.values(), *REASONS.values()}
