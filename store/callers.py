"""Tables of those who call in: what they asked for, calls back to them, PINs, and what a clerk finishes."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Word
from store.states import CallbackState, ProposalState, RequestState


class RequestReason(StrEnum):
    """Why a clerk has to finish a registration."""

    # The caller did not get on by keys, and said name and street after the tone.
    STUCK = "stuck"
    HUNG_UP = "hung_up"
    # All was told, but nobody pressed the key when the number was called back.
    NOT_PROVED = "not_proved"
    # Registered; only the name, said after the tone, has to be written down.
    NAME = "name"


class RegistrationRequest(Base):
    """A registration by phone that waits for a clerk."""

    __tablename__ = "registration_requests"
    __table_args__ = (Index("ix_registration_requests_state", "state", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[RequestState] = mapped_column(Word(RequestState))
    reason: Mapped[RequestReason] = mapped_column(Word(RequestReason))
    # E.164, as told or by caller ID; None: withheld, and not told.
    number: Mapped[str | None] = mapped_column(String(16))
    # Asterisk's unique id of the call.
    call_id: Mapped[str] = mapped_column(String(64))
    # File of what was said after the tone, in the folder of recordings.
    recording: Mapped[str | None] = mapped_column(String(200))
    # What had been told by keys: fields of subscribers.person.Person.
    told: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(80))
    # Whom it became, or whose name is missing. No foreign key: the request outlives the person's row.
    subscriber_id: Mapped[int | None]
    # Why it was rejected.
    note: Mapped[str | None] = mapped_column(Text)


class ProposalKind(StrEnum):
    REGISTER = "register"
    CHANGE = "change"
    LEAVE = "leave"


class Proposal(Base):
    """What a caller asked for in the name of a number; it takes effect when the number has proved that it is theirs.

    Rows stay as the trail of what was asked by which call, and what came of it.
    """

    __tablename__ = "proposals"
    __table_args__ = (Index("ix_proposals_number", "number", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ProposalKind] = mapped_column(Word(ProposalKind))
    state: Mapped[ProposalState] = mapped_column(Word(ProposalState))
    number: Mapped[str] = mapped_column(String(16))
    # See subscribers.proposals, which writes and reads it.
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Version of the wording that was heard and accepted.
    wording: Mapped[str] = mapped_column(String(40))
    call_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    # What proved the number: the id of the call back, or "PIN".
    evidence: Mapped[str | None] = mapped_column(String(64))


class Purpose(StrEnum):
    """Why a number is called back."""

    # To have its proposals confirmed.
    PROVE = "prove"
    # It rang and hung up: the town pays for the menu.
    MENU = "menu"
    # Somebody of the office speaks with their own number.
    STAFF = "staff"


class Callback(Base):
    """A number to be called back; its tries are attempts beside those of deliveries."""

    __tablename__ = "callbacks"
    __table_args__ = (
        Index("ix_callbacks_claim", "state", "due_at"),
        Index("ix_callbacks_number", "number", "created_at"),
        Index("ix_callbacks_created_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(16))
    purpose: Mapped[Purpose] = mapped_column(Word(Purpose))
    state: Mapped[CallbackState] = mapped_column(Word(CallbackState))
    # The call that asked for it.
    call_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    # Nobody remembers having asked after that.
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Pin(Base):
    """A subscriber's PIN; only a slow hash of it (subscribers.pins)."""

    __tablename__ = "pins"

    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True)
    hash: Mapped[str] = mapped_column(String(200))
    set_at: Mapped[datetime]


class PinFailure(Base):
    """A wrong PIN; the right one takes its owner's rows away."""

    __tablename__ = "pin_failures"
    __table_args__ = (Index("ix_pin_failures_owner", "owner", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # Whose PIN was tried, such as "line:+420556400001" or "staff:3".
    owner: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
