"""The state tables of announcements and deliveries."""

from dataclasses import dataclass

import pytest

from store.errors import IllegalMove
from store.states import (
    ANNOUNCEMENT_MOVES,
    DELIVERY_MOVES,
    FINAL_DELIVERY_STATES,
    LIVE_ANNOUNCEMENT_STATES,
    AnnouncementState,
    DeliveryState,
    Priority,
    move,
)


@dataclass
class Row:
    state: DeliveryState


@dataclass
class Notice:
    state: AnnouncementState


@pytest.mark.parametrize("start", DeliveryState)
@pytest.mark.parametrize("to", DeliveryState)
def test_a_delivery_moves_only_as_its_table_says(start: DeliveryState, to: DeliveryState) -> None:
    row = Row(start)
    if to in DELIVERY_MOVES[start]:
        move(row, to, DELIVERY_MOVES)
        assert row.state is to
    else:
        with pytest.raises(IllegalMove, match=f"{start} may not become {to}"):
            move(row, to, DELIVERY_MOVES)
        assert row.state is start


@pytest.mark.parametrize("end", [AnnouncementState.COMPLETED, AnnouncementState.STOPPED])
@pytest.mark.parametrize("to", AnnouncementState)
def test_an_announcement_that_is_over_stays_over(end: AnnouncementState, to: AnnouncementState) -> None:
    notice = Notice(end)
    with pytest.raises(IllegalMove, match=f"Notice: {end} may not become {to}"):
        move(notice, to, ANNOUNCEMENT_MOVES)
    assert notice.state is end


def test_each_state_has_its_row_in_the_table() -> None:
    assert DELIVERY_MOVES.keys() == set(DeliveryState)
    assert ANNOUNCEMENT_MOVES.keys() == set(AnnouncementState)


def test_only_queued_and_sending_deliveries_are_open() -> None:
    assert set(DeliveryState) - FINAL_DELIVERY_STATES == {DeliveryState.QUEUED, DeliveryState.SENDING}
    assert set(AnnouncementState) - LIVE_ANNOUNCEMENT_STATES == {AnnouncementState.COMPLETED, AnnouncementState.STOPPED}


def test_nobody_is_rung_without_an_attempt_first() -> None:
    """A delivery is delivered or failed only by way of *sending*, the state that has an attempt."""
    assert not DELIVERY_MOVES[DeliveryState.QUEUED] & {DeliveryState.DELIVERED, DeliveryState.FAILED}


def test_an_illegal_move_is_no_matter_of_retrying() -> None:
    assert not IllegalMove.retryable


def test_crisis_sorts_first() -> None:
    assert sorted(Priority) == [Priority.CRISIS, Priority.URGENT, Priority.NORMAL]
