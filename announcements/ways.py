"""The ways out that the town has, by channel, and what bounds them."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from store.states import Channel


@dataclass(frozen=True)
class SmsWay:
    """``prefixes``: beginnings of the numbers that some adapter may text."""

    prefixes: tuple[str, ...]
    # In how many parts a text goes, and with how many it is refused.
    parts_of: Callable[[str], int]
    most_parts: int
    # The dearest adapter's, in the town's currency.
    price_per_part: Decimal = Decimal(0)


@dataclass(frozen=True)
class Ways:
    """``voice``: beginnings of the numbers that some trunk may dial. A channel without a way is not used at all."""

    voice: tuple[str, ...] = ()
    sms: SmsWay | None = None
    email: bool = False

    @property
    def channels(self) -> frozenset[Channel]:
        has = {Channel.VOICE: bool(self.voice), Channel.SMS: self.sms is not None, Channel.EMAIL: self.email}
        return frozenset(channel for channel, there in has.items() if there)
