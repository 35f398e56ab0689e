"""How long a wrong PIN makes the next try wait."""

from datetime import UTC, datetime, timedelta

from store.callers import PinFailure
from store.database import Store
from subscribers.pin_tries import MEMORY, MOST_IN_TOTAL, WAITS, next_try, pin_failed, pin_right, pin_wait

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
OWNER = "line:+420556400001"


def test_without_a_failure_nobody_waits() -> None:
    assert next_try([], NOW) == NOW


def test_each_failure_makes_the_next_try_wait_longer_up_to_a_lock_of_a_day() -> None:
    failures = [NOW + timedelta(seconds=number) for number in range(8)]
    waits = [next_try(failures[:count], NOW) - failures[count - 1] for count in range(1, 9)]
    assert waits == [*WAITS[1:], WAITS[-1], WAITS[-1], WAITS[-1]]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=24)


def test_old_failures_are_forgotten() -> None:
    failures = [NOW - MEMORY - timedelta(minutes=number) for number in range(6, 0, -1)]
    assert next_try(failures, NOW) == NOW
    assert next_try([*failures, NOW - timedelta(seconds=1)], NOW) < NOW


async def test_a_wrong_pin_counts_for_its_owner_and_the_right_one_forgives(store: Store) -> None:
    for number in range(3):
        async with store.writing() as session:
            await pin_failed(session, OWNER, NOW + timedelta(seconds=number))
    async with store.writing() as session:
        assert await pin_wait(session, OWNER, NOW) == NOW + timedelta(seconds=2) + WAITS[3]
        assert await pin_wait(session, "staff:3", NOW) is None
        await pin_right(session, OWNER)
        assert await pin_wait(session, OWNER, NOW) is None


async def test_many_wrong_ones_in_all_lock_everybody_for_a_while(store: Store) -> None:
    async with store.writing() as session:
        session.add_all(PinFailure(owner=f"line:+4205564{number:05}", at=NOW) for number in range(MOST_IN_TOTAL))
    async with store.reading() as session:
        assert await pin_wait(session, OWNER, NOW + timedelta(minutes=1)) is not None
        assert await pin_wait(session, OWNER, NOW + timedelta(hours=1)) is None
