"""Pacing: a token bucket for calls per second. Pure; takes ``now``, any clock that only goes forward, in seconds."""

from dataclasses import dataclass

# One tenth of a second deep: it held 10 calls/s exactly, while a bucket of one second let 15 through.
DEPTH_SECONDS = 0.1


@dataclass
class Pace:
    """Lets ``per_second`` calls go, evenly."""

    per_second: float
    _full_at: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next call may start; 0 when it may start now."""
        depth = max(DEPTH_SECONDS, 1 / self.per_second)
        return max(0.0, self._full_at + 1 / self.per_second - depth - now)

    def take(self, now: float) -> None:
        """A call starts."""
        self._full_at = max(self._full_at, now) + 1 / self.per_second
