"""Figures of the text channels, as Prometheus wants them: no personal data, and cheap enough to be always on."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge

from store.states import Channel, Disposition, Priority


class TextMetrics:
    """``registry``: that of the service, which has the figures of calls too."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        mine = registry or CollectorRegistry()
        self._messages = Counter(
            "hlasatel_messages", "Texts that have ended.", ["carrier", "disposition"], registry=mine
        )
        self._submitted = Counter(
            "hlasatel_submitted", "Texts handed over, by the carrier's answer.", ["carrier", "answer"], registry=mine
        )
        self._usable = Gauge("hlasatel_carrier_usable", "1: it can carry texts.", ["carrier"], registry=mine)
        self._queue = Gauge(
            "hlasatel_text_queue", "Deliveries that wait for a text.", ["channel", "priority"], registry=mine
        )

    def ended(self, carrier: str, disposition: Disposition, many: int) -> None:
        self._messages.labels(carrier, disposition.value).inc(many)

    def answered(self, carrier: str, answer: str, many: int) -> None:
        self._submitted.labels(carrier, answer).inc(many)

    def carrier_usable(self, carrier: str, *, usable: bool) -> None:
        self._usable.labels(carrier).set(usable)

    def queued(self, counts: Mapping[tuple[Channel, Priority], int]) -> None:
        """Of those that are missing there are none."""
        for channel in (Channel.SMS, Channel.EMAIL):
            for priority in Priority:
                waiting = counts.get((channel, priority), 0)
                self._queue.labels(channel.value, priority.name.lower()).set(waiting)
