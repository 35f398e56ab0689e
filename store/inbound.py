"""Tables of calls to the town's number, and of what callers left for the office."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Float, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Word


class CallEnding(StrEnum):
    """How a call to the town's number ended."""

    GOODBYE = "goodbye"
    HUNG_UP = "hung_up"
    TRANSFERRED = "transferred"
    # More calls than the limits allow: told so, and no more.
    REFUSED = "refused"
    FAILED = "failed"


class InboundCall(Base):
    """One call. Its id is the evidence of what was agreed to in it."""

    __tablename__ = "inbound_calls"
    __table_args__ = (Index("ix_inbound_calls_number", "number", "started_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    # E.164, as the network showed it; empty where it was withheld.
    number: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime]
    # None: in progress, or the service died meanwhile.
    ended_at: Mapped[datetime | None]
    ending: Mapped[CallEnding | None] = mapped_column(Word(CallEnding))
    # What was being said when it ended: where callers get lost.
    last_prompt: Mapped[str] = mapped_column(String(80), default="")


class VoiceMessage(Base):
    """What a caller said to the office after the tone."""

    __tablename__ = "voice_messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    # Of the call, one that came in or a call back (its attempt).
    call_id: Mapped[str] = mapped_column(String(32), index=True)
    recorded_at: Mapped[datetime] = mapped_column(index=True)
    seconds: Mapped[float] = mapped_column(Float)
    # Name of the WAV file in the folder of recordings.
    file: Mapped[str] = mapped_column(String(80))
    # A clerk has dealt with it.
    done_at: Mapped[datetime | None]
