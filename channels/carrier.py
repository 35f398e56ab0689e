"""The one protocol of those who carry texts: an SMS gateway, a modem, a mail server."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from channels.encoding import Encoded
from store.states import Disposition, Priority


@dataclass(frozen=True)
class Mail:
    """What an e-mail has besides its text. ``rendering``: key of the announcement's recording in the library."""

    subject: str
    language: str
    delivery_id: int
    rendering: str = ""


@dataclass(frozen=True)
class Message:
    """One text to one address."""

    # Our own id of the attempt; a report that names it needs no other proof.
    reference: str
    # Common to the messages claimed together, and known to the carrier alone: with it and the address a report finds
    # the reference (``announcements.text_claim.attempt_id``). Empty: no report is wanted.
    batch: str
    address: str
    content: Encoded
    priority: Priority = Priority.NORMAL
    # None: it is an SMS.
    mail: Mail | None = None


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
    reference: str = ""
    message_id: str = ""
    # The carrier's raw code, if it is a number.
    cause: int | None = None


TakeReport = Callable[[Report], Awaitable[None]]


class Carrier(Protocol):
    """A way out for texts."""

    @property
    def name(self) -> str: ...

    @property
    def ends_as(self) -> Disposition | None:
        """How an accepted message ends where no report will come; None: a report tells."""
        ...

    async def submit(self, messages: Sequence[Message]) -> Sequence[Answer]:
        """An answer for each message, in order; never raises for what a gateway or a network can do."""
        ...

    async def check(self) -> str:
        """Says in a few words what is there. Raises CarrierError where it could carry nothing now."""
        ...

    def routes(self) -> Iterable[web.RouteDef]:
        """Where it brings its reports, if it comes to our door with them."""
        ...

    async def run(self) -> None:
        """Looks for reports, for ever, where they have to be fetched; else returns at once."""
        ...

    async def close(self) -> None: ...
