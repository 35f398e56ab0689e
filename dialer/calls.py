"""Calls in flight: AMI events of our call legs, brought together into how each call ended."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from announcements.outcome import Ending
from dialer.causes import disposition_of_answerer, disposition_of_cause, disposition_of_reason
from dialer.link import Event
from dialplans import names
from store.states import Disposition, Priority

# A failed Originate and the Hangup with its cause come in either order; the cause says more, so wait this long for it.
GRACE_SECONDS = 2.0
# ChannelState of Hangup, as in Asterisk's ast_channel_state.
STATE_UP = "6"


@dataclass
class Call:
    """One call leg from its Originate to its hang-up."""

    priority: Priority
    ended: "asyncio.Future[Ending]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    answered_at: datetime | None = None
    # We are hanging it up before anybody has answered.
    withdrawn: bool = False

    def end(self, ending: Ending) -> None:
        if not self.ended.done():
            self.ended.set_result(ending)


class CallsInFlight:
    """Knows the calls that this process has to see to their end, by attempt id."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._calls: dict[str, Call] = {}

    def open(self, attempt_id: str, priority: Priority = Priority.CRISIS) -> Call:
        """``priority``: unknown for a call of an earlier run, which is then never given up for another."""
        call = self._calls[attempt_id] = Call(priority)
        return call

    def close(self, attempt_id: str) -> None:
        self._calls.pop(attempt_id, None)

    @property
    def in_flight(self) -> Mapping[str, Call]:
        """As of now, by attempt id."""
        return dict(self._calls)

    def on_event(self, event: Event) -> None:
        """Takes every AMI event; those of other call legs are none of ours."""
        kind = event.get("event")
        if kind == "OriginateResponse":
            self._on_originate_response(event)
        elif kind == "Hangup" and (call := self._call(event, "uniqueid")) is not None:
            ending = ending_of_hangup(event, call.answered_at, self._clock())
            taken_back = call.withdrawn and ending.answered_at is None
            call.end(replace(ending, disposition=Disposition.WITHDRAWN) if taken_back else ending)

    def withdraw(self, attempt_ids: Iterable[str], priority: Priority, most: int) -> set[str]:
        """Mark at most ``most`` of these calls, of this priority and not answered yet, as taken back; gives them."""
        ringing = [
            attempt_id
            for attempt_id in attempt_ids
            if (call := self._calls.get(attempt_id)) and call.priority is priority and call.answered_at is None
        ]
        for attempt_id in ringing[:most]:
            self._calls[attempt_id].withdrawn = True
        return set(ringing[:most])

    def _call(self, event: Event, header: str) -> Call | None:
        """A header that came twice is a list, and no id of ours."""
        return self._calls.get(str(event.get(header)))

    def _on_originate_response(self, event: Event) -> None:
        call = self._call(event, "actionid")
        if call is None:
            return
        if event.get("response") == "Success":
            call.answered_at = self._clock()
            return
        ending = Ending(disposition_of_reason(number(event.get("reason"))), self._clock())
        asyncio.get_running_loop().call_later(GRACE_SECONDS, call.end, ending)


def ending_of_hangup(event: Event, answered_at: datetime | None, now: datetime) -> Ending:
    """The ending that a Hangup event of ours tells: answered by the leg's last state, else by its cause."""
    cause = number(event.get("cause"))
    was_up = event.get("channelstate") == STATE_UP
    variables = reported_variables(event)
    if not was_up:
        return Ending(disposition_of_cause(cause), now, cause)
    return Ending(
        disposition_of_answerer(variables.get(names.ANSWERER, "")),
        now,
        cause,
        answered_at=answered_at or now,
        played_seconds=seconds(variables.get(names.HEARD, "")),
    )


def reported_variables(event: Event) -> dict[str, str]:
    """The ChanVariable headers (``channelvars`` of manager.conf), one or several."""
    raw = event.get("chanvariable", [])
    lines = raw if isinstance(raw, list) else [raw]
    return dict(line.split("=", 1) for line in lines if "=" in line)


def number(text: object) -> int:
    """A header's whole number; 0 (in Q.850: not defined) when it is none."""
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 6 else 0


def seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0.0 <= value < 86_400.0 else 0.0
