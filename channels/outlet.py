"""A carrier at work: its pace, its window, and whether it is usable now."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from announcements.pacing import Pace
from announcements.text_claim import Way
from announcements.windows import Calendar
from channels.carrier import Answer, Carrier, Message, Refused, Unsure
from channels.encoding import Encoded
from channels.metrics import TextMetrics
from store.errors import CarrierError
from store.states import Channel, Disposition
from subscribers.phones import expensive

log = structlog.get_logger(__name__)

# After a refusal a carrier is asked again so soon, and each time after twice as long, up to the most.
FIRST_PAUSE_SECONDS = 5.0
MOST_PAUSE_SECONDS = 300.0


@dataclass(frozen=True)
class Terms:
    """What a carrier may carry, and when."""

    channel: Channel
    calendar: Calendar
    per_second: float
    # Beginnings of the addresses that it may serve; none: all.
    prefixes: tuple[str, ...] = ()
    # How long a report, and a sign of a message whose submit nobody answered, are waited for.
    report_seconds: float = 172_800.0
    unsure_seconds: float = 600.0
    # The sender that people see; answers from there are not messages.
    sender: str = ""

    def may_carry(self, address: str) -> bool:
        return not self.prefixes or (address.startswith(self.prefixes) and not expensive(address))


class Outlet:
    def __init__(self, carrier: Carrier, terms: Terms, metrics: TextMetrics) -> None:
        self.carrier = carrier
        self.terms = terms
        self._metrics = metrics
        self._pace = Pace(terms.per_second)
        self._refusals = 0
        self._usable = asyncio.Event()
        self._usable.set()
        metrics.carrier_usable(self.name, usable=True)

    @property
    def name(self) -> str:
        return self.carrier.name

    @property
    def way(self) -> Way:
        return Way(self.name, self.terms.calendar, self.terms.prefixes)

    @property
    def usable(self) -> bool:
        return self._usable.is_set()

    async def wait_usable(self) -> None:
        await self._usable.wait()

    async def turn(self) -> None:
        """Wait until the pace allows a message."""
        await asyncio.sleep(self._pace.wait(time.monotonic()))

    async def submit(self, messages: Sequence[Message]) -> list[Answer]:
        """Hand over, within the pace for the next; a carrier that refuses whatever comes is not used for a while.

        It may have gone down while these were being claimed.
        """
        if not self.usable:
            return [Refused(Disposition.WITHDRAWN, "it went down meanwhile", by_carrier=True)] * len(messages)
        for _ in messages:
            self._pace.take(time.monotonic())
        answers = list(await self.carrier.submit(messages))
        down = next((one for one in answers if isinstance(one, Refused) and one.by_carrier), None)
        if down is not None:
            self._went_down(down.why)
        elif any(not isinstance(one, Unsure) for one in answers):
            self._refusals = 0
        for kind, many in Counter(map(type, answers)).items():
            self._metrics.answered(self.name, kind.__name__.lower(), many)
        return answers

    async def watch(self) -> None:
        """For ever: look whether a carrier that went down is back."""
        while True:
            if self.usable:
                await asyncio.sleep(FIRST_PAUSE_SECONDS / 10)
                continue
            await asyncio.sleep(min(MOST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (self._refusals - 1)))
            try:
                found = await self.carrier.check()
            except CarrierError as error:
                self._refusals += 1
                log.warning("a carrier is still down", carrier=self.name, error=str(error))
            else:
                log.info("a carrier is back", carrier=self.name, found=found)
                self._usable.set()
                self._metrics.carrier_usable(self.name, usable=True)

    def _went_down(self, why: str) -> None:
        if self.usable:
            self._refusals += 1
            log.error("a carrier is down", carrier=self.name, reason=why)
        self._usable.clear()
        self._metrics.carrier_usable(self.name, usable=False)


class Outlets:
    """All carriers of one channel, the preferred one first: the next takes over what one that is down may not carry."""

    def __init__(self, outlets: Sequence[Outlet], encode: Callable[[str], Encoded]) -> None:
        self.all = tuple(outlets)
        self._encode = encode

    def before(self, outlet: Outlet) -> list[Outlet]:
        """Usable ones that are preferred to it."""
        return [one for one in self.all[: self.all.index(outlet)] if one.usable]

    def hours_of(self, outlet: Outlet) -> tuple[Calendar, ...]:
        """Those of all, usable now or not, that may carry to some of its addresses."""
        return tuple(one.terms.calendar for one in self.all if one is outlet or _share(one.terms, outlet.terms))

    def own_numbers(self) -> frozenset[str]:
        return frozenset(one.terms.sender for one in self.all if one.terms.sender)

    async def send(self, address: str, text: str) -> Answer:
        """One text outside any announcement, by the first usable carrier that may; nothing of it is recorded here."""
        outlet = next((one for one in self.all if one.usable and one.terms.may_carry(address)), None)
        if outlet is None:
            return Refused(Disposition.WITHDRAWN, "no carrier may carry it now", by_carrier=True)
        await outlet.turn()
        message = Message(reference="", batch="", address=address, content=self._encode(text))
        [answer] = await outlet.submit([message])
        return answer


def _share(one: Terms, other: Terms) -> bool:
    """Whether there are addresses that both may serve."""
    return any(a.startswith(b) or b.startswith(a) for a in one.prefixes for b in other.prefixes)
