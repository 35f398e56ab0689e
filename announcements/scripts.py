"""What calls say, kept at hand from the claim to the end of the call: whoever answers need not wait for the store."""

import hmac
from dataclasses import dataclass

from announcements.claim import Claimed


@dataclass(frozen=True)
class Script:
    """What the call of one attempt says."""

    attempt_id: str
    # Key of the message in the renderings library.
    rendering: str


class Scripts:
    """Of the calls that were claimed in this process. Those of an earlier run are not here, but in the store."""

    def __init__(self) -> None:
        self._claimed: dict[str, Claimed] = {}

    def expect(self, claimed: Claimed) -> None:
        self._claimed[claimed.attempt_id] = claimed

    def forget(self, attempt_id: str) -> None:
        self._claimed.pop(attempt_id, None)

    def of(self, attempt_id: str, token: str) -> Script | None:
        """None: unknown here, or the wrong token."""
        claimed = self._claimed.get(attempt_id)
        if (
            claimed is None
            or claimed.rendering is None
            or not hmac.compare_digest(claimed.token.encode(), token.encode())
        ):
            return None
        return Script(attempt_id, claimed.rendering)
