"""How a trunk's state is read from Asterisk's answers, and which ends of calls speak of the trunk."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from announcements.outcome import Ending
from dialer.health import excused, suspect, trouble_of
from dialer.trunk import Trunk
from store.states import Disposition

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
PLAIN = Trunk(name="o2", host="192.0.2.1")
WITH_ACCOUNT = Trunk(name="o2", host="192.0.2.1", username="700100")
UP = {"trunk-o2": "NOT_INUSE", "trunk-other": "UNAVAILABLE"}
HELD = {"trunk-o2-account": "Registered"}


@pytest.mark.parametrize("state", ["NOT_INUSE", "INUSE", "BUSY", "RINGING", "ONHOLD"])
def test_a_peer_that_answers_can_carry_calls_however_busy_it_is(state: str) -> None:
    assert trouble_of(PLAIN, {"trunk-o2": state}, {}) == ""


@pytest.mark.parametrize("state", ["UNAVAILABLE", "INVALID"])
def test_a_silent_peer_cannot(state: str) -> None:
    assert trouble_of(PLAIN, {"trunk-o2": state}, HELD) == "192.0.2.1:5060 does not answer"


def test_an_endpoint_that_asterisk_does_not_know_cannot() -> None:
    assert trouble_of(PLAIN, {"trunk-other": "NOT_INUSE"}, {}) == "unknown to Asterisk"


@pytest.mark.parametrize("status", ["Rejected", "Unregistered", "Stopped"])
def test_an_account_whose_registration_does_not_hold_cannot(status: str) -> None:
    assert status in trouble_of(WITH_ACCOUNT, UP, {"trunk-o2-account": status})
    assert trouble_of(PLAIN, UP, {"trunk-o2-account": status}) == ""


def test_a_registration_that_holds_or_that_has_another_name_is_well() -> None:
    assert trouble_of(WITH_ACCOUNT, UP, HELD) == ""
    assert trouble_of(WITH_ACCOUNT, UP, {"of the operator": "Registered"}) == ""


@pytest.mark.parametrize(
    ("disposition", "cause", "is_suspect"),
    [
        (Disposition.FAILED, None, True),
        (Disposition.FAILED, 0, True),
        (Disposition.FAILED, 3, True),
        (Disposition.CONGESTION, 38, True),
        (Disposition.CONGESTION, 34, False),
        (Disposition.FAILED, 27, False),
        (Disposition.INVALID_NUMBER, 1, False),
        (Disposition.BUSY, 17, False),
        (Disposition.NO_ANSWER, 19, False),
        (Disposition.UNKNOWN, None, False),
        (Disposition.ANSWERED, 0, False),
    ],
)
def test_only_ends_without_a_way_speak_of_the_trunk(
    disposition: Disposition, cause: int | None, *, is_suspect: bool
) -> None:
    assert suspect(Ending(disposition, NOW, cause)) is is_suspect


@pytest.mark.parametrize("disposition", [Disposition.FAILED, Disposition.CONGESTION, Disposition.NO_ANSWER])
def test_a_call_that_fell_with_its_trunk_is_withdrawn(disposition: Disposition) -> None:
    ending = Ending(disposition, NOW, 0)
    assert excused(ending, usable=False) == replace(ending, disposition=Disposition.WITHDRAWN)
    assert excused(ending, usable=True) == ending


@pytest.mark.parametrize(
    "disposition",
    [Disposition.ANSWERED, Disposition.MACHINE, Disposition.BUSY, Disposition.INVALID_NUMBER, Disposition.UNKNOWN],
)
def test_what_the_phone_itself_told_or_nobody_knows_stays_as_it_is(disposition: Disposition) -> None:
    ending = Ending(disposition, NOW, 16)
    assert excused(ending, usable=False) == ending


def test_a_call_that_was_answered_stays_as_it_is() -> None:
    ending = Ending(Disposition.FAILED, NOW, 0, answered_at=NOW)
    assert excused(ending, usable=False) == ending
    assert not suspect(ending)
