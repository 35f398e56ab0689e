"""Pacing of calls per second. Pure; takes ``now``, any clock that only goes forward, in seconds."""

from dataclasses import dataclass

# A start that comes late (the timer, the claim) is made up for within this time, so that the rate holds.
LATE_SECONDS = 0.05
# Less than one interval: whatever was late, no second has more than the rate and one starts.
LATE_INTERVALS = 0.9


@dataclass
class Pace:
    """Lets ``per_second`` calls go, evenly: the generic cell rate algorithm (ITU-T I.371)."""

    per_second: float
    _next_at: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next call may start; 0 when it may start now."""
        tolerance = min(LATE_SECONDS, LATE_INTERVALS / self.per_second)
        return max(0.0, self._next_at - tolerance - now)

    def take(self, now: float) -> None:
        """A call starts."""
        self._next_at = max(self._next_at, now) + 1 / self.per_second
