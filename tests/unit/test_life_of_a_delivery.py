"""The retry policy, windows and quiet hours together, over a virtual clock: whatever happens, the promises hold."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from announcements.eligibility import Ends, Go, Later, Line, verdict
from announcements.retry import Again, Finished, PastAttempt, RetryPolicy, decide
from announcements.windows import Calendar, Quiet, WindowSettings
from store.states import DeliveryState, Disposition, Priority
from store.work import Announcement

LINES = ("+420556400001", "+420602000003")
PRAGUE = ZoneInfo("Europe/Prague")
HOLIDAY = date(2026, 10, 28)
CALENDAR = Calendar(WindowSettings(), PRAGUE, {HOLIDAY})
START = datetime(2026, 10, 23, 9, tzinfo=UTC)  # a Friday, 11:00 in Prague; clocks are put back on Sunday
SIESTA = Quiet((time(12), time(14)))
EARLY_TO_BED = Quiet((time(17), time(9, 30)))
HOSPITAL = Quiet(paused_until=datetime(2026, 10, 24, 22, tzinfo=UTC))
# Whatever the last call was, another one can start within a day of its end.
LONGEST_WAIT = timedelta(days=1)
LEAST_SECONDS = {
    Disposition.BUSY: 120,
    Disposition.CONGESTION: 60,
    Disposition.ANSWERED: 600,
    Disposition.NO_ANSWER: 1800,
    Disposition.MACHINE: 1800,
    Disposition.FAILED: 300,
}


class Delivery(RuleBasedStateMachine):
    """One delivery, and the dispatcher that claims it as soon as it may go."""

    @initialize(
        priority=st.sampled_from(Priority),
        people=st.lists(st.sampled_from([SIESTA, EARLY_TO_BED, HOSPITAL, Quiet()]), min_size=1, max_size=3),
        minutes=st.none() | st.integers(1, 480) | st.integers(1, 240 * 60),
        tries=st.tuples(st.integers(1, 4), st.integers(1, 3)),
        machine_satisfies=st.booleans(),
        lines=st.sampled_from([LINES, LINES[:1]]),
    )
    def launch(
        self,
        priority: Priority,
        people: list[Quiet],
        minutes: int | None,
        tries: tuple[int, int],
        machine_satisfies: bool,
        lines: tuple[str, ...],
    ) -> None:
        self.priority, self.people, self.lines = priority, people, lines
        self.policy = RetryPolicy(
            not_reached_tries=tries[0], not_heard_tries=tries[1], machine_satisfies=machine_satisfies
        )
        self.not_after = None if minutes is None else START + timedelta(minutes=minutes)
        self.now = self.due_at = START
        self.address = lines[0]
        self.started: list[datetime] = []
        self.history: list[PastAttempt] = []
        self.state = DeliveryState.QUEUED

    @rule(minutes=st.integers(1, 60) | st.integers(1, 600))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.state is DeliveryState.QUEUED)
    @rule(late=st.integers(0, 600))
    def claim(self, late: int) -> None:
        """As a dispatcher does that looks some seconds after the delivery is due."""
        self.now = max(self.now, self.due_at) + timedelta(seconds=late)
        announcement = Announcement(priority=self.priority, not_after=self.not_after, plan={})
        match verdict(announcement, Line(tuple(self.people)), CALENDAR, self.now):
            case Go():
                self.state = DeliveryState.SENDING
                self.started.append(self.now)
            case Later(at):
                assert self.not_after is None or at < self.not_after
                self._no_call_is_missed_before(at)
                self.due_at = at
            case Ends(state):
                assert self.not_after is not None
                self._no_call_is_missed_before(self.not_after)
                self.state = state

    def _no_call_is_missed_before(self, at: datetime) -> None:
        minutes = int((at - self.now) / timedelta(minutes=1))
        assert not any(self._may_ring(self.now + timedelta(minutes=minute)) for minute in range(minutes))

    def _may_ring(self, moment: datetime) -> bool:
        """By what the clocks show, and no more."""
        wall = moment.astimezone(PRAGUE)
        if self.priority is Priority.CRISIS:
            return True
        if SIESTA in self.people and time(12) <= wall.time() < time(14):
            return False
        if EARLY_TO_BED in self.people and not time(9, 30) <= wall.time() < time(17):
            return False
        if HOSPITAL in self.people and wall < datetime(2026, 10, 25, tzinfo=PRAGUE):
            return False
        weekend = wall.weekday() >= 5 or wall.date() == HOLIDAY
        if self.priority is Priority.URGENT:
            return (7 if weekend else 6) <= wall.hour < 22
        return (9 if weekend else 8) <= wall.hour < (19 if weekend else 20)

    @precondition(lambda self: self.state is DeliveryState.SENDING)
    @rule(disposition=st.sampled_from(Disposition), seconds=st.integers(0, 900), heard=st.booleans())
    def end(self, disposition: Disposition, seconds: int, heard: bool) -> None:
        self.now += timedelta(seconds=seconds)
        heard_enough = heard and disposition is Disposition.ANSWERED
        self.history.append(PastAttempt(self.address, disposition, self.now, heard_enough))
        match decide(
            self.history,
            self.lines,
            self.policy,
            self.not_after,
            due_at=self.due_at,
            priority=self.priority,
            calendar=CALENDAR,
        ):
            case Again(at, address):
                self._comes_again_in_time(at, address)
                self.state, self.due_at, self.address = DeliveryState.QUEUED, at, address
            case Finished(state):
                self._is_not_given_up_early(state)
                self.state = state

    def _comes_again_in_time(self, at: datetime, address: str) -> None:
        last = self.history[-1]
        assert self.not_after is None or max(at, self.now) < self.not_after
        if last.disposition is Disposition.WITHDRAWN:
            assert (at, address) == (self.due_at, self.address)
            return
        assert address in self.lines
        assert address not in self._dead_lines()
        rung_before = any(past.address == address for past in self._tries())
        least = LEAST_SECONDS.get(last.disposition, 0) if rung_before else 0
        assert timedelta(seconds=least) <= at - self.now <= LONGEST_WAIT

    def _is_not_given_up_early(self, state: DeliveryState) -> None:
        last = self.history[-1]
        match state:
            case DeliveryState.DELIVERED:
                assert last.heard_enough
            case DeliveryState.EXPIRED:
                assert self.not_after is not None
                assert self.not_after - self.now <= LONGEST_WAIT
            case _:
                assert state is DeliveryState.FAILED
                assert self._a_machine_was_enough() or self._budget_is_spent() or self._dead_lines() == set(self.lines)

    def _a_machine_was_enough(self) -> bool:
        by_machine = self.history[-1].disposition is Disposition.MACHINE
        return by_machine and self.policy.machine_satisfies and self.priority is not Priority.CRISIS

    def _budget_is_spent(self) -> bool:
        """An unknown end may count in either budget."""
        last, counts = self.history[-1].disposition, self._counts()
        answered, unknown = counts[Disposition.ANSWERED], counts[Disposition.UNKNOWN]
        not_heard = last in (Disposition.ANSWERED, Disposition.UNKNOWN)
        return (not_heard and answered + unknown >= self.policy.not_heard_tries) or (
            last is not Disposition.ANSWERED and counts.total() - answered >= self.policy.not_reached_tries
        )

    def _dead_lines(self) -> set[str]:
        return {past.address for past in self.history if past.disposition is Disposition.INVALID_NUMBER}

    def _tries(self) -> list[PastAttempt]:
        return [past for past in self.history if past.disposition is not Disposition.WITHDRAWN]

    def _counts(self) -> Counter[Disposition]:
        return Counter(past.disposition for past in self._tries())

    @invariant()
    def every_call_started_at_a_right_hour(self) -> None:
        assert not self.started or self._may_ring(self.started[-1])

    @invariant()
    def no_call_started_after_the_announcement(self) -> None:
        assert self.not_after is None or all(start < self.not_after for start in self.started)

    @invariant()
    def the_budgets_are_kept(self) -> None:
        counts = self._counts()
        answered, unknown = counts[Disposition.ANSWERED], counts[Disposition.UNKNOWN]
        assert answered <= self.policy.not_heard_tries
        assert counts.total() - answered - unknown <= self.policy.not_reached_tries
        assert counts.total() <= self.policy.not_heard_tries + self.policy.not_reached_tries

    @invariant()
    def who_heard_it_is_done(self) -> None:
        heard = any(past.heard_enough for past in self.history)
        assert heard is (self.state is DeliveryState.DELIVERED)


TestLifeOfADelivery = Delivery.TestCase
TestLifeOfADelivery.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
