"""Tables of the office: its people (staff), announcements that wait for approval, and who did what."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Float, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Rank, Word
from store.states import DraftState, Priority


class Staff(Base):
    """A person of the office."""

    __tablename__ = "staff"
    # An id is never given twice: who has left stays whom the audit trail and drafts mean.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    # Without case and diacritics: what they are found by.
    folded_name: Mapped[str] = mapped_column(String(200), unique=True)
    # E.164: where the service calls them back. Two may share the office's line: the PIN tells who it is.
    phone: Mapped[str | None] = mapped_column(String(16), index=True)
    pin_hash: Mapped[str | None] = mapped_column(String(200))
    # What they may do (announcements.staff.Rights).
    rights: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]


class SavedDraft(Base):
    """An announcement that waits for approval, which makes an announcement of it. Nothing of the dialer looks here."""

    __tablename__ = "drafts"
    __table_args__ = (Index("ix_drafts_state", "state"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[DraftState] = mapped_column(Word(DraftState))
    title: Mapped[str] = mapped_column(String(200))
    priority: Mapped[Priority] = mapped_column(Rank(Priority))
    # The whole of what was written (announcements.launch.Draft).
    written: Mapped[dict[str, Any]] = mapped_column(JSON)
    # What whoever approves it has heard, and what the phones will hear.
    rendering: Mapped[str] = mapped_column(String(200))
    message_seconds: Mapped[float] = mapped_column(Float)
    # No foreign key: it outlives the person's row. None: the operator at the command line.
    author_id: Mapped[int | None]
    author: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(200))
    # Why it was rejected, for its author.
    reason: Mapped[str] = mapped_column(Text, default="")
    # What became of it when it was approved.
    announcement_id: Mapped[int | None]


class Way(StrEnum):
    """How somebody reached us."""

    CLI = "cli"
    PHONE = "phone"
    WEB = "web"
    SMS = "sms"


class Audit(Base):
    """Who did what, when, by which way.

    Append-only: the database itself refuses to change or delete a row, as of consents.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_at", "at"), Index("ix_audit_subject", "subject"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    # The person's name; at the command line without one, the login.
    who: Mapped[str] = mapped_column(String(200))
    # No foreign key: the trail outlives the person's row. None: not one of the staff.
    staff_id: Mapped[int | None]
    way: Mapped[Way] = mapped_column(Word(Way))
    # One word, such as "launched".
    act: Mapped[str] = mapped_column(String(40))
    # What it was done to, such as "announcement 12".
    subject: Mapped[str] = mapped_column(String(80))
    # Of a call: its attempt id, or Asterisk's unique id of one that came in.
    call_id: Mapped[str] = mapped_column(String(80), default="")
    details: Mapped[str] = mapped_column(Text, default="")
