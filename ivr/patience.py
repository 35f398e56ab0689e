"""How long a question waits for somebody who does not find the key."""

from dataclasses import dataclass

from ivr.steps import Stuck
from store.states import Pace

# Silence counts for three wrong keys: so many misses, and it is said slowly; twice so many, and somebody has to help.
MOST_MISSES = 3


@dataclass
class Patience:
    """How often one question was missed so far."""

    misses: int = 0

    def pace(self, usual: Pace) -> Pace:
        return Pace.SLOW if self.misses >= MOST_MISSES else usual

    def miss(self, key: str) -> None:
        """``key`` was wrong, or empty: nothing was pressed. Raises Stuck where slow words did not help either."""
        self.misses += 1 if key else MOST_MISSES - self.misses % MOST_MISSES
        if self.misses >= 2 * MOST_MISSES:
            raise Stuck
