"""The checker of histories: a good one passes, and each promise broken by itself is caught as that one alone."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from announcements.windows import Calendar, Week, WindowSettings
from lab.landlines import LandlineCall
from lab.landlines import Outcome as Saw
from store.database import Store
from store.states import DeliveryState, Disposition, Priority
from tests.history import (
    Accepted,
    AsteriskDied,
    Caps,
    Claimed,
    Event,
    History,
    Originated,
    Outcome,
    Stands,
    append,
    of_store,
    read,
)
from tests.people import CALENDAR, MESSAGE_SECONDS, NOW, add, announce, end, line, prepare_town, start
from tests.promises import PROMISES, Broken, broken

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CAPS = {"o2": Caps(lines=2, calls_per_second=2)}
NEEDED_SECONDS = 10.0
PHONES = {1: "+420556400001", 2: "+420556400002", 3: "+420556400003"}


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def closing(moment: datetime) -> Calendar:
    """Hours from morning till then, for all but a crisis."""
    hours = (time(8), moment.time())
    day = Week(weekdays=hours, weekend=hours)
    return Calendar(WindowSettings(urgent=day, normal=day), UTC, frozenset())


@dataclass
class Run:
    """A history being made up."""

    events: list[Event] = field(default_factory=list)
    calls: list[LandlineCall] = field(default_factory=list)
    calendar: Calendar = CALENDAR

    def accept(self, delivery: int, priority: Priority = Priority.NORMAL, *, due: float = 0) -> None:
        self.events.append(
            Accepted(
                at=at(0),
                delivery=delivery,
                priority=priority,
                phone=PHONES[delivery],
                due_at=at(due),
                not_after=at(600),
            )
        )

    def stand(self, delivery: int, state: DeliveryState = DeliveryState.DELIVERED, *, waits: bool = False) -> None:
        self.events.append(Stands(at=at(900), delivery=delivery, state=state, waits=waits))

    def claim(self, name: str, delivery: int, second: float) -> None:
        """Claimed and originated."""
        self.events.append(Claimed(at=at(second), attempt=name, delivery=delivery, phone=PHONES[delivery], trunk="o2"))
        self.events.append(Originated(at=at(second + 0.1), attempt=name))

    def ring(self, delivery: int, second: float, until: float, *, answered: bool = True, keys: str = "") -> None:
        self.calls.append(
            LandlineCall(
                number=PHONES[delivery],
                caller="+420556400000",
                started_at=at(second),
                answered_at=at(second + 1) if answered else None,
                ended_at=at(until),
                outcome=Saw.ANSWERED if answered else Saw.BUSY,
                keys=keys,
                recording=None,
            )
        )

    def end(
        self, name: str, second: float, disposition: Disposition = Disposition.ANSWERED, *, heard: bool = True
    ) -> None:
        self.events.append(Outcome(at=at(second), attempt=name, disposition=disposition, heard=heard))

    def call(self, name: str, delivery: int, second: float) -> None:
        """Half a minute that is heard."""
        self.claim(name, delivery, second)
        self.ring(delivery, second + 0.2, second + 30)
        self.end(name, second + 30.1)

    def die(self, name: str, second: float) -> None:
        """Asterisk does, amid that call: what was heard is not known."""
        self.without(Outcome, attempt=name)
        self.events.append(AsteriskDied(at=at(second)))
        self.end(name, second + 1, Disposition.UNKNOWN, heard=False)

    def breaks(self) -> list[Broken]:
        return [promise for promise, _ in broken(History(self.events, self.calls, CAPS, NEEDED_SECONDS, self.calendar))]

    def without(self, kind: type[Event], **values: object) -> None:
        self.events = [
            event
            for event in self.events
            if not (isinstance(event, kind) and all(getattr(event, k) == v for k, v in values.items()))
        ]


@pytest.fixture
def run() -> Run:
    """A crisis and two normal ones: heard, busy and then heard, waiting for its retry."""
    run = Run()
    run.accept(1, Priority.CRISIS)
    run.accept(2)
    run.accept(3)
    run.call("crisis", 1, 1)
    run.claim("busy", 2, 2)
    run.ring(2, 2.2, 2.4, answered=False)
    run.end("busy", 2.5, Disposition.BUSY, heard=False)
    run.call("again", 2, 40)
    run.claim("early", 3, 41)
    run.ring(3, 41.2, 45)
    run.end("early", 45.1, heard=False)
    run.stand(1)
    run.stand(2)
    run.stand(3, DeliveryState.QUEUED, waits=True)
    return run


def test_a_good_history_keeps_every_promise(run: Run) -> None:
    assert run.breaks() == []


def _lose(run: Run) -> None:
    run.without(Stands, delivery=3)
    run.stand(3, DeliveryState.SENDING)


def _forget(run: Run) -> None:
    run.without(Stands, delivery=1)


def _leave_open(run: Run) -> None:
    run.without(Outcome, attempt="early")


def _ring_a_busy_phone(run: Run) -> None:
    for name, second in (("first", 100), ("second", 102)):
        run.claim(name, 3, second)
        run.ring(3, second + 0.2, second + 4)
        run.end(name, second + 4.1, heard=False)


def _ring_after_heard(run: Run) -> None:
    run.call("once more", 1, 100)


def _ring_after_confirmed(run: Run) -> None:
    run.calls = [replace(c, keys="2") if c.number == PHONES[3] else c for c in run.calls]
    run.call("once more", 3, 100)


def _begin_after_told_heard(run: Run) -> None:
    """Our record says so, whatever the phone says; the new call does not even ring."""
    run.without(Outcome, attempt="early")
    run.end("early", 45.1)
    run.claim("once more", 3, 100)
    run.end("once more", 101, Disposition.FAILED, heard=False)


def _ring_without_attempt(run: Run) -> None:
    run.ring(3, 200, 204)


def _send_again(run: Run) -> None:
    run.events.append(Originated(at=at(44), attempt="early"))


def _ring_again(run: Run) -> None:
    run.ring(2, 2.45, 2.48, answered=False)


def _end_again(run: Run) -> None:
    run.end("early", 45.2, heard=False)


def _send_unclaimed(run: Run) -> None:
    run.events.append(Originated(at=at(300), attempt="nobody's"))


def _send_too_early(run: Run) -> None:
    run.without(Originated, attempt="early")
    run.events.append(Originated(at=at(40.9), attempt="early"))


def _hide_an_answer(run: Run) -> None:
    run.without(Outcome, attempt="early")
    run.end("early", 45.1, Disposition.FAILED, heard=False)


def _make_up_an_answer(run: Run) -> None:
    run.without(Outcome, attempt="busy")
    run.end("busy", 2.5, heard=False)


def _take_a_third_line(run: Run) -> None:
    run.accept(1)
    run.without(Outcome, attempt="crisis")
    run.calls = [replace(c, ended_at=at(60)) if c.number == PHONES[1] else c for c in run.calls]
    run.end("crisis", 60.1)


def _hurry(run: Run) -> None:
    for number in range(4):
        run.claim(f"quick {number}", 3, 50 + number / 5)
        run.end(f"quick {number}", 50.15 + number / 5, Disposition.NO_ANSWER, heard=False)


def _begin_late(run: Run) -> None:
    run.claim("late", 3, 600)
    run.end("late", 601, Disposition.NO_ANSWER, heard=False)


def _begin_at_night(run: Run) -> None:
    """The window closes between the two last calls."""
    run.calendar = closing(at(40.5))


def _begin_early(run: Run) -> None:
    run.without(Accepted, delivery=3)
    run.accept(3, due=41.5)


def _pass_a_crisis_over(run: Run) -> None:
    run.accept(1, Priority.CRISIS)
    run.without(Claimed, attempt="crisis")
    run.without(Originated, attempt="crisis")
    run.without(Outcome, attempt="crisis")
    run.calls = [c for c in run.calls if c.number != PHONES[1]]
    run.call("crisis", 1, 80)


BREACHES: list[tuple[Broken, Callable[[Run], None]]] = [
    (Broken.LOST, _lose),
    (Broken.LOST, _forget),
    (Broken.UNENDED, _leave_open),
    (Broken.OVERLAP, _ring_a_busy_phone),
    (Broken.AFTER_HEARD, _ring_after_heard),
    (Broken.AFTER_HEARD, _ring_after_confirmed),
    (Broken.AFTER_HEARD, _begin_after_told_heard),
    (Broken.STRANGER, _ring_without_attempt),
    (Broken.TWICE, _send_again),
    (Broken.TWICE, _ring_again),
    (Broken.TWICE, _end_again),
    (Broken.UNCLAIMED, _send_unclaimed),
    (Broken.UNCLAIMED, _send_too_early),
    (Broken.UNTRUE, _hide_an_answer),
    (Broken.UNTRUE, _make_up_an_answer),
    (Broken.LINES, _take_a_third_line),
    (Broken.PACE, _hurry),
    (Broken.WINDOW, _begin_late),
    (Broken.WINDOW, _begin_early),
    (Broken.WINDOW, _begin_at_night),
    (Broken.PRIORITY, _pass_a_crisis_over),
]


@pytest.mark.parametrize(("promise", "breach"), BREACHES, ids=lambda one: getattr(one, "__name__", None))
def test_a_broken_promise_is_caught_and_no_other_is_blamed(
    run: Run, promise: Broken, breach: Callable[[Run], None]
) -> None:
    breach(run)
    assert set(run.breaks()) == {promise}


def test_every_promise_has_a_history_that_breaks_it() -> None:
    assert {promise for promise, _ in BREACHES} == PROMISES.keys() == set(Broken)


def test_a_call_that_died_with_asterisk_may_be_made_once_more(run: Run) -> None:
    run.die("again", 69)
    run.call("once more", 2, 100)
    assert run.breaks() == []
    run.call("and again", 2, 200)
    assert set(run.breaks()) == {Broken.AFTER_HEARD}


def test_a_crisis_that_died_with_asterisk_is_made_as_often_as_it_takes(run: Run) -> None:
    run.die("crisis", 30)
    run.call("once more", 1, 100)
    run.die("once more", 129)
    run.call("and again", 1, 200)
    assert run.breaks() == []


def test_a_history_is_read_as_it_was_written(run: Run, tmp_path: Path) -> None:
    for event in run.events:
        append(tmp_path / "history", event)
    assert read(tmp_path / "history") == run.events


async def test_the_store_tells_its_part_of_the_history(store: Store) -> None:
    await prepare_town(store)
    for number in (1, 2, 3):
        await add(store, f"Person {number}", line(number))
    await announce(store)
    heard, busy, open_ = await start(store), await start(store), await start(store)
    await end(store, heard, Disposition.ANSWERED, played_seconds=MESSAGE_SECONDS)
    await end(store, busy, Disposition.BUSY)
    events = await of_store(store, 0.8, NOW)
    outcomes = {event.attempt: event for event in events if isinstance(event, Outcome)}
    assert {event.attempt for event in events if isinstance(event, Claimed)} == {
        one.attempt_id for one in (heard, busy, open_)
    }
    assert (outcomes[heard.attempt_id].heard, outcomes[busy.attempt_id].heard) == (True, False)
    assert [(event.state, event.waits) for event in events if isinstance(event, Stands)] == [
        (DeliveryState.DELIVERED, False),
        (DeliveryState.QUEUED, True),
        (DeliveryState.SENDING, False),
    ]
    assert [event.phone for event in events if isinstance(event, Accepted)] == [line(1), line(2), line(3)]
    assert [promise for promise, _ in broken(History(events, [], {}, 1))] == [Broken.LOST, Broken.UNENDED]
