"""The pace under a virtual clock, as a dispatcher uses it in any order: never too many calls, and none kept waiting."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from announcements.pacing import Pace

RATES = st.sampled_from([0.2, 0.5, 1, 2.95, 10, 20, 200, 500]) | st.floats(0.1, 500)
ROUNDING = 1e-6


class Dispatching(RuleBasedStateMachine):
    """One trunk: single calls and calls of one claim, on time or late, at times nothing to call."""

    @initialize(rate=RATES, begun=st.floats(0, 1e6))
    def begin(self, rate: float, begun: float) -> None:
        self.pace = Pace(rate)
        self.interval = 1 / rate
        # A start may come so much before its turn, where those before it were late.
        self.depth = min(0.05, 0.9 * self.interval)
        self.now = begun
        self.starts: list[float] = []
        # Those of them since when nobody has come late or had nothing to call.
        self.busy_since = 0

    @rule(count=st.integers(1, 40), lateness=st.floats(0, 1))
    def start_one_by_one(self, count: int, lateness: float) -> None:
        """Each when it may, or a little after that: the timer, the claim. ``lateness``: part of what is made up for."""
        for _ in range(count):
            self.now += self.pace.wait(self.now) + lateness * self.depth
            self._start(self.now)

    @rule(count=st.integers(1, 25))
    def start_what_one_claim_brought(self, count: int) -> None:
        """Each waits for its own turn; the dispatcher goes on meanwhile."""
        for _ in range(count):
            self._start(self.now + self.pace.wait(self.now))

    @rule(seconds=st.floats(0, 0.2) | st.floats(0, 30))
    def have_nothing_to_call(self, seconds: float) -> None:
        self.now += seconds
        self.busy_since = len(self.starts)

    def _start(self, at: float) -> None:
        assert self.pace.wait(at) <= ROUNDING
        self.pace.take(at)
        self.starts.append(at)
        self._no_stretch_of_time_holds_too_many()
        self._who_is_always_there_gets_the_whole_rate()

    def _no_stretch_of_time_holds_too_many(self) -> None:
        for between, first in enumerate(reversed(self.starts)):
            assert self.starts[-1] - first >= between * self.interval - self.depth - ROUNDING

    def _who_is_always_there_gets_the_whole_rate(self) -> None:
        busy = self.starts[self.busy_since :]
        assert busy[-1] - busy[0] <= (len(busy) - 1) * self.interval + self.depth + ROUNDING

    @invariant()
    def the_next_call_waits_for_one_interval_at_most(self) -> None:
        last = max(self.now, self.starts[-1]) if self.starts else self.now
        assert self.pace.wait(self.now) <= last - self.now + self.interval + ROUNDING


TestPacing = Dispatching.TestCase
TestPacing.settings = settings(max_examples=100, stateful_step_count=20, deadline=None)
