"""State tables of rows: allowed moves beside each enum, and the one ``move()`` that refuses the rest."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Protocol, TypeVar

from store.errors import IllegalMove


class Priority(IntEnum):
    """Lower is sooner."""

    CRISIS = 0
    URGENT = 1
    NORMAL = 2


class Channel(StrEnum):
    """A way to a person. Asterisk's own "channel" is a *call leg* in this code."""

    VOICE = "voice"
    SMS = "sms"
    EMAIL = "email"


class Pace(StrEnum):
    """How quickly somebody is spoken to."""

    NORMAL = "normal"
    SLOW = "slow"


class AnnouncementState(StrEnum):
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    STOPPED = "stopped"


class DraftState(StrEnum):
    """Of an announcement before it is launched; one that was approved goes on as an announcement."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    REJECTED = "rejected"


class DeliveryState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class CallbackState(StrEnum):
    """Of a number to be called back."""

    QUEUED = "queued"
    CALLING = "calling"
    DONE = "done"
    FAILED = "failed"


class ProposalState(StrEnum):
    """Of what a caller asked for in the name of a number."""

    WAITING = "waiting"
    DONE = "done"
    # Whoever answered there had not asked for it.
    REFUSED = "refused"
    # The number did not prove it in time.
    LAPSED = "lapsed"


class RequestState(StrEnum):
    """Of a registration that a clerk has to finish."""

    OPEN = "open"
    COMPLETED = "completed"
    REJECTED = "rejected"


class Disposition(StrEnum):
    """How an attempt ended, in our words; the raw cause is stored beside it."""

    # A call.
    ANSWERED = "answered"
    MACHINE = "machine"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    # A text. On the person's phone, as a report says.
    DELIVERED = "delivered"
    # Handed over; nothing more will be told of it.
    SENT = "sent"
    # This address will not take it, ever: blocked, refused, bounced.
    REJECTED = "rejected"
    # Any of them. No such number or mailbox.
    INVALID_NUMBER = "invalid_number"
    CONGESTION = "congestion"
    FAILED = "failed"
    UNKNOWN = "unknown"
    # We took it back before anybody answered (a crisis needed the line, the trunk was lost), or never sent the text:
    # burns no try.
    WITHDRAWN = "withdrawn"


ANNOUNCEMENT_MOVES: Mapping[AnnouncementState, frozenset[AnnouncementState]] = {
    AnnouncementState.SCHEDULED: frozenset(
        {
            AnnouncementState.RUNNING,
            AnnouncementState.PAUSED,
            AnnouncementState.COMPLETED,
            AnnouncementState.STOPPED,
        }
    ),
    AnnouncementState.RUNNING: frozenset(
        {AnnouncementState.PAUSED, AnnouncementState.COMPLETED, AnnouncementState.STOPPED}
    ),
    AnnouncementState.PAUSED: frozenset(
        {
            AnnouncementState.SCHEDULED,
            AnnouncementState.RUNNING,
            AnnouncementState.COMPLETED,
            AnnouncementState.STOPPED,
        }
    ),
    AnnouncementState.COMPLETED: frozenset(),
    AnnouncementState.STOPPED: frozenset(),
}

DRAFT_MOVES: Mapping[DraftState, frozenset[DraftState]] = {
    DraftState.DRAFTED: frozenset({DraftState.APPROVED, DraftState.REJECTED}),
    DraftState.APPROVED: frozenset(),
    DraftState.REJECTED: frozenset(),
}

DELIVERY_MOVES: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.QUEUED: frozenset({DeliveryState.SENDING, DeliveryState.EXPIRED, DeliveryState.CANCELLED}),
    DeliveryState.SENDING: frozenset(
        {
            DeliveryState.QUEUED,
            DeliveryState.DELIVERED,
            DeliveryState.FAILED,
            DeliveryState.EXPIRED,
            DeliveryState.CANCELLED,
        }
    ),
    DeliveryState.DELIVERED: frozenset(),
    # Whoever was called in vain may ring back and hear it.
    DeliveryState.FAILED: frozenset({DeliveryState.DELIVERED}),
    DeliveryState.EXPIRED: frozenset(),
    DeliveryState.CANCELLED: frozenset(),
}

# What a report may still change that comes after its attempt has ended: late, or of a message that bounced.
LATE_MOVES: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.QUEUED: frozenset({DeliveryState.DELIVERED}),
    DeliveryState.SENDING: frozenset(),
    DeliveryState.DELIVERED: frozenset({DeliveryState.FAILED}),
    DeliveryState.FAILED: frozenset({DeliveryState.DELIVERED}),
    DeliveryState.EXPIRED: frozenset({DeliveryState.DELIVERED}),
    DeliveryState.CANCELLED: frozenset({DeliveryState.DELIVERED}),
}

# What came back after the end may still start a next channel (announcements.escalation).
LATE_ANNOUNCEMENT_MOVES: Mapping[AnnouncementState, frozenset[AnnouncementState]] = {
    state: frozenset({AnnouncementState.RUNNING} if state is AnnouncementState.COMPLETED else ())
    for state in AnnouncementState
}

CALLBACK_MOVES: Mapping[CallbackState, frozenset[CallbackState]] = {
    CallbackState.QUEUED: frozenset({CallbackState.CALLING, CallbackState.DONE, CallbackState.FAILED}),
    CallbackState.CALLING: frozenset({CallbackState.QUEUED, CallbackState.DONE, CallbackState.FAILED}),
    CallbackState.DONE: frozenset(),
    CallbackState.FAILED: frozenset(),
}

PROPOSAL_MOVES: Mapping[ProposalState, frozenset[ProposalState]] = {
    ProposalState.WAITING: frozenset({ProposalState.DONE, ProposalState.REFUSED, ProposalState.LAPSED}),
    ProposalState.DONE: frozenset(),
    ProposalState.REFUSED: frozenset(),
    ProposalState.LAPSED: frozenset(),
}

REQUEST_MOVES: Mapping[RequestState, frozenset[RequestState]] = {
    RequestState.OPEN: frozenset({RequestState.COMPLETED, RequestState.REJECTED}),
    RequestState.COMPLETED: frozenset(),
    RequestState.REJECTED: frozenset(),
}

# A delivery in one of these will see no further attempt.
FINAL_DELIVERY_STATES = frozenset(
    {DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.CANCELLED}
)
# Named, not "none of the final ones", which would make the database walk past all that are over.
OPEN_DELIVERY_STATES = frozenset(DeliveryState) - FINAL_DELIVERY_STATES
# New calls are started only in these.
CALLING_STATES = frozenset({AnnouncementState.SCHEDULED, AnnouncementState.RUNNING})
LIVE_ANNOUNCEMENT_STATES = frozenset(state for state, moves in ANNOUNCEMENT_MOVES.items() if moves)

State = TypeVar("State", bound=StrEnum)


class Stateful(Protocol[State]):
    state: State


def move(row: Stateful[State], to: State, moves: Mapping[State, frozenset[State]]) -> None:
    """Put ``row`` into state ``to``.

    Raises IllegalMove where the table forbids the step.
    """
    row.state = next_state(row.state, to, moves, type(row).__name__)


def next_state(state: State, to: State, moves: Mapping[State, frozenset[State]], of: str = "row") -> State:
    """``to``, for statements that move many rows at once; all of them have to be in ``state``.

    Raises IllegalMove where the table forbids the step.
    """
    if to not in moves[state]:
        raise IllegalMove(f"{of}: {state} may not become {to}")
    return to
