"""Figures of a running service, as Prometheus wants them: no personal data, and cheap enough to be always on."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from store.states import Disposition, Priority

# Seconds from due to Originate: a crisis aims at 0.3, a long queue takes hours.
WAITS = (0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 14_400)


class Metrics:
    """Each service has its own registry, so that several live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._calls = Counter(
            "hlasatel_calls", "Calls that have ended.", ["trunk", "disposition"], registry=self.registry
        )
        self._lines = Gauge("hlasatel_lines_up", "Calls in progress.", ["trunk"], registry=self.registry)
        self._waits = Histogram(
            "hlasatel_start_delay_seconds",
            "From due to Originate.",
            ["trunk"],
            buckets=WAITS,
            registry=self.registry,
        )
        self._usable = Gauge("hlasatel_trunk_usable", "1: it can carry calls.", ["trunk"], registry=self.registry)
        self._queue = Gauge("hlasatel_queue", "Deliveries that wait for a call.", ["priority"], registry=self.registry)
        self._ami = Gauge("hlasatel_ami_seconds", "Round trip of the last Ping to Asterisk.", registry=self.registry)

    def call_started(self, trunk: str, waited_seconds: float) -> None:
        """Originate goes out, so long after the call was due."""
        self._waits.labels(trunk).observe(max(0.0, waited_seconds))

    def call_ended(self, trunk: str, disposition: Disposition) -> None:
        self._calls.labels(trunk, disposition.value).inc()

    def lines_up(self, trunk: str, lines: int) -> None:
        self._lines.labels(trunk).set(lines)

    def trunk_usable(self, trunk: str, *, usable: bool) -> None:
        self._usable.labels(trunk).set(usable)

    def queued(self, counts: Mapping[Priority, int]) -> None:
        """Of priorities that are missing there are none."""
        for priority in Priority:
            self._queue.labels(priority.name.lower()).set(counts.get(priority, 0))

    def ami_answered(self, seconds: float) -> None:
        self._ami.set(seconds)
