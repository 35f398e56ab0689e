"""The one protocol of those who carry texts: an SMS gateway, a modem, a mail server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from channels.encoding import Encoded
from store.states import Disposition, Priority


@dataclass(frozen=True)
class Message:
    """One text to one address."""

    # Our own id of the attempt; a report that names it needs no other proof.
    reference: str
    # Common to the messages of one submit, and known to the carrier alone: with it and the address a report finds the
    # reference (``announcements.text_claim.attempt_id``). Empty: no report is wanted.
    batch: str
    address: str
    content: Encoded
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True)
class Accepted:
    """The carrier has it. ``message_id``: the carrier's own name for it, empty where it gives none."""

    message_id: str = ""


@dataclass(frozen=True)
class Refused:
    """The carrier does not have it.

    ``by_carrier``: it would refuse any message now (down, wrong password, no credit), so another carrier may try; else
    this one message, and ``disposition`` says why.
    """

    disposition: Disposition
    why: str
    by_carrier: bool = False
    cause: int | None = None


@dataclass(frozen=True)
class Unsure:
    """It was sent, and no answer came: the carrier may have it, so it must not be sent again blindly."""

    why: str


Answer = Accepted | Refused | Unsure


@dataclass(frozen=True)
class Report:
    """What a carrier tells later of a message: by our ``reference``, or by its own ``message_id``."""

    carrier: str
    disposition: Disposition
    at: datetime
    reference: str = ""
    message_id: str = ""
    # The carrier's raw code, if it is a number.
    cause: int | None = None


class Carrier(Protocol):
    """A way out for texts."""

    @property
    def name(self) -> str: ...

    @property
    def reports(self) -> bool:
        """Whether it tells later what became of a message."""
        ...

    async def submit(self, messages: Sequence[Message]) -> Sequence[Answer]:
        """An answer for each message, in order; never raises for what a gateway or a network can do."""
        ...

    async def check(self) -> str:
        """Says in a few words what is there. Raises CarrierError where it could carry nothing now."""
        ...

    async def close(self) -> None: ...
