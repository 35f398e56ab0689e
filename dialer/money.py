"""What one call of a trunk cost."""

from decimal import Decimal

from announcements.outcome import Ending
from dialer.trunk import Trunk


def price(seconds: float, trunk: Trunk) -> Decimal:
    """``seconds``: from the answer to the hang-up. In the town's currency."""
    return trunk.tariff.price(seconds)


def price_of(ending: Ending, trunk: Trunk) -> Decimal | None:
    """For the attempt's row; None on a trunk without a price, so that free trunks cost the store nothing."""
    if trunk.tariff.free:
        return None
    up = (ending.ended_at - ending.answered_at).total_seconds() if ending.answered_at else 0.0
    return price(up, trunk)
