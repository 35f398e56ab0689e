"""The retry policy, windows and quiet hours together, over a virtual clock: whatever happens, the promises hold."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from announcements.retry import Again, Finished, PastAttempt, RetryPolicy, decide
from announcements.windows import Calendar, Quiet, WindowSettings, earliest
from store.states import DeliveryState, Disposition, Priority

LINES = ("+420556400001", "+420602000003")
PRAGUE = ZoneInfo("Europe/Prague")
CALENDAR = Calendar(WindowSettings(), PRAGUE, {date(2026, 10, 28)})
POLICY = RetryPolicy(machine_satisfies=False)
START = datetime(2026, 10, 23, 12, tzinfo=UTC)  # a Friday; clocks are put back on Sunday
SIESTA = Quiet((time(12), time(14)))
HOSPITAL = Quiet(paused_until=datetime(2026, 10, 24, 22, tzinfo=UTC))


class Delivery(RuleBasedStateMachine):
    """One delivery, and the dispatcher that claims it as soon as it may go."""

    @initialize(
        priority=st.sampled_from(Priority),
        line=st.lists(st.sampled_from([SIESTA, HOSPITAL, Quiet()]), max_size=3),
        hours=st.none() | st.integers(1, 240),
    )
    def launch(self, priority: Priority, line: list[Quiet], hours: int | None) -> None:
        self.now = START
        self.priority, self.line = priority, line
        self.not_after = None if hours is None else START + timedelta(hours=hours)
        self.due_at = START
        self.address = LINES[0]
        self.started: list[datetime] = []
        self.history: list[PastAttempt] = []
        self.state = DeliveryState.QUEUED

    @rule(minutes=st.integers(1, 600))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.state is DeliveryState.QUEUED)
    @rule(late=st.integers(0, 3600))
    def claim(self, late: int) -> None:
        """As a dispatcher does that looks some seconds after the delivery is due."""
        self.now = max(self.now, self.due_at) + timedelta(seconds=late)
        at = earliest(self.priority, self.line, self.now, CALENDAR)
        assert at is not None
        if self.not_after is not None and max(at, self.now) >= self.not_after:
            self.state = DeliveryState.EXPIRED
        elif at > self.now:
            self.due_at = at
        else:
            self.state = DeliveryState.SENDING
            self.started.append(self.now)

    @precondition(lambda self: self.state is DeliveryState.SENDING)
    @rule(disposition=st.sampled_from(Disposition), seconds=st.integers(0, 900), heard=st.booleans())
    def end(self, disposition: Disposition, seconds: int, heard: bool) -> None:
        self.now += timedelta(seconds=seconds)
        heard_enough = heard and disposition is Disposition.ANSWERED
        self.history.append(PastAttempt(self.address, disposition, self.now, heard_enough))
        decision = decide(
            self.history,
            LINES,
            POLICY,
            self.not_after,
            due_at=self.due_at,
            priority=self.priority,
            calendar=CALENDAR,
        )
        if isinstance(decision, Again):
            self.withdrawn_keeps_its_place(decision)
            self.state, self.due_at, self.address = DeliveryState.QUEUED, decision.at, decision.address
        else:
            assert isinstance(decision, Finished)
            self.state = decision.state

    def withdrawn_keeps_its_place(self, decision: Again) -> None:
        if self.history[-1].disposition is Disposition.WITHDRAWN:
            assert (decision.at, decision.address) == (self.due_at, self.address)

    @invariant()
    def no_call_started_at_a_wrong_hour(self) -> None:
        if not self.started or self.priority is Priority.CRISIS:
            return
        wall = self.started[-1].astimezone(PRAGUE)
        week = CALENDAR.windows.urgent if self.priority is Priority.URGENT else CALENDAR.windows.normal
        hours = week.on(wall.date(), CALENDAR.holidays)
        assert hours is not None
        assert hours[0] <= wall.time() < hours[1]
        assert SIESTA not in self.line or not time(12) <= wall.time() < time(14)
        assert HOSPITAL not in self.line or wall >= datetime(2026, 10, 25, tzinfo=PRAGUE)

    @invariant()
    def no_call_started_after_the_announcement(self) -> None:
        assert self.not_after is None or all(start < self.not_after for start in self.started)

    @invariant()
    def the_budgets_are_kept(self) -> None:
        counted = [past for past in self.history if past.disposition is not Disposition.WITHDRAWN]
        answered = sum(past.disposition is Disposition.ANSWERED for past in counted)
        assert answered <= POLICY.not_heard_tries
        assert len(counted) - answered <= POLICY.not_reached_tries

    @invariant()
    def who_heard_it_is_done(self) -> None:
        heard = any(past.heard_enough for past in self.history)
        assert heard is (self.state is DeliveryState.DELIVERED)


TestLifeOfADelivery = Delivery.TestCase
TestLifeOfADelivery.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
