"""What a launch would take: people, lines, minutes of speech, and when the configured trunks would be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from announcements.money import NOTHING, SHOWN, Tariff
from announcements.parts import NO_SMS, SmsParts
from announcements.progress import Figures, expected_end
from announcements.reach import ChannelReach, Reach
from announcements.windows import Calendar
from store.states import Channel, Priority

# What one call takes besides the message: ringing until it is lifted, telling man from machine, greeting, menu.
CALL_OVERHEAD_SECONDS = 35.0
# The part of it after the answer, which is paid for.
ANSWERED_OVERHEAD_SECONDS = 20.0


@dataclass(frozen=True)
class Capacity:
    """What one trunk can do, its share of the calls, and what they cost."""

    trunk: str
    calls_per_second: float
    lines: int
    weight: int
    tariff: Tariff


@dataclass(frozen=True)
class TrunkForecast:
    trunk: str
    calls: int
    # Minutes that are paid for: greeting and menu too.
    minutes: float
    price: Decimal


@dataclass(frozen=True)
class ChannelForecast:
    """People whom it goes to at first by this channel, and at how many addresses; ``parts`` are SMS parts."""

    channel: Channel
    people: int
    addresses: int
    parts: int
    price: Decimal


@dataclass(frozen=True)
class Forecast:
    people: int
    lines: int
    without_line: int
    # Distinct ones, of a text with personal parts.
    renderings: int
    message_seconds: float
    minutes: float
    starts_at: datetime
    ends_at: datetime
    price: Decimal
    trunks: tuple[TrunkForecast, ...]
    channels: tuple[ChannelForecast, ...] = ()
    # Parts of the longest SMS that may go; 0 where none does.
    sms_parts: int = 0
    # How many SMS of so many parts go at first; personal parts make a difference.
    sms_messages: Mapping[int, int] = field(default_factory=dict)


def forecast(
    reach: Reach,
    message_seconds: float,
    trunks: Sequence[Capacity],
    starts_at: datetime,
    *,
    priority: Priority,
    calendar: Calendar,
    renderings: int = 1,
    sms: SmsParts = NO_SMS,
    price_per_part: Decimal = NOTHING,
) -> Forecast:
    """One answered call a line, one SMS a mobile; ``minutes`` is the speech played. Retries come on top.

    For the finish the trunks share the calls as their capacity allows, which is bound by their lines or by their
    pace; for the price they share them by weight, as they do while none of them is full.
    """
    call_seconds = message_seconds + CALL_OVERHEAD_SECONDS
    rate = sum(min(trunk.calls_per_second, trunk.lines / call_seconds) for trunk in trunks)
    paid = _paid(reach.lines, message_seconds + ANSWERED_OVERHEAD_SECONDS, trunks)
    opens = calendar.opens(priority, starts_at) or starts_at
    texts = [_channel(one, sms.total, price_per_part) for one in reach.channels]
    last_call = expected_end(_smooth(reach.lines, rate, call_seconds, priority), calendar, opens) or opens
    return Forecast(
        people=reach.people,
        lines=reach.lines,
        without_line=reach.without_line,
        renderings=renderings,
        message_seconds=round(message_seconds, 1),
        minutes=round(reach.lines * message_seconds / 60, 1),
        starts_at=opens,
        ends_at=last_call + timedelta(seconds=call_seconds),
        price=sum([*(one.price for one in paid), *(one.price for one in texts)], NOTHING).quantize(SHOWN),
        trunks=paid,
        channels=tuple(texts),
        sms_parts=sms.most,
        sms_messages=sms.at_first,
    )


def _channel(reach: ChannelReach, sms_parts: int, price_per_part: Decimal) -> ChannelForecast:
    parts = sms_parts if reach.channel is Channel.SMS else 0
    return ChannelForecast(
        reach.channel, reach.people, reach.addresses, parts, (parts * price_per_part).quantize(SHOWN)
    )


def _smooth(lines: int, rate: float, call_seconds: float, priority: Priority) -> Figures:
    """As if every call up to now had ended its delivery, at this rate."""
    return Figures(
        calls=lines,
        finished=lines,
        untried=lines,
        up=0,
        retries=0,
        last_retry_at=None,
        calls_per_second=rate,
        call_seconds=call_seconds,
        priority=priority,
        not_after=None,
    )


def _paid(calls: int, seconds: float, trunks: Sequence[Capacity]) -> tuple[TrunkForecast, ...]:
    shares = split(calls, [trunk.weight for trunk in trunks])
    return tuple(
        TrunkForecast(
            trunk=trunk.trunk,
            calls=share,
            minutes=round(share * seconds / 60, 1),
            price=(share * trunk.tariff.price(seconds)).quantize(SHOWN),
        )
        for trunk, share in zip(trunks, shares, strict=True)
    )


def split(calls: int, weights: Sequence[int]) -> list[int]:
    """By weight, to whole calls, none lost: what rounding leaves over goes along the line of trunks."""
    total, given, passed = sum(weights), 0, 0
    shares = []
    for weight in weights:
        passed += weight
        shares.append(calls * passed // total - given)
        given += shares[-1]
    return shares
