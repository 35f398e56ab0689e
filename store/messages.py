"""Tables of what people write to us by SMS: messages as they came, what was asked back, answers, letters."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Word


class MessageState(StrEnum):
    # To be read and acted upon.
    NEW = "new"
    # A part whose others have not come yet.
    WAITING = "waiting"
    # A part that its first part's row holds, too.
    JOINED = "joined"
    DONE = "done"
    # Our own defect kept us from acting; see the log.
    FAILED = "failed"


class IncomingMessage(Base):
    """One message, or one part of a long one, as a gateway brought it. Committed before the gateway is told so.

    ``key`` is the gateway's own name for it: what comes again under the same one is not taken again.
    """

    __tablename__ = "incoming_messages"
    __table_args__ = (
        UniqueConstraint("adapter", "key"),
        Index(
            "ix_incoming_messages_open",
            "id",
            sqlite_where=text("state IN ('new', 'waiting')"),
            postgresql_where=text("state IN ('new', 'waiting')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    adapter: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(120))
    # As the gateway told it: a number, a short code, or letters.
    sender: Mapped[str] = mapped_column(String(40))
    # The sender as E.164; None: not a number that could be registered or answered.
    number: Mapped[str | None] = mapped_column(String(16), index=True)
    recipient: Mapped[str] = mapped_column(String(40))
    # Empty where it is no text.
    text: Mapped[str] = mapped_column(Text)
    # What is no text: a ring tone, a picture, settings of a phone.
    data: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    state: Mapped[MessageState] = mapped_column(Word(MessageState))
    # Of a long message: its number at the phone, which part this is, and of how many.
    reference: Mapped[int | None]
    part: Mapped[int | None]
    parts: Mapped[int | None]
    # Parts of it never came.
    incomplete: Mapped[bool] = mapped_column(default=False)
    # What became of it, in a word, and whom it concerned.
    result: Mapped[str | None] = mapped_column(String(40))
    subscriber_id: Mapped[int | None]
    done_at: Mapped[datetime | None]


class Conversation(Base):
    """The question that a number was asked last, till it is answered or expires."""

    __tablename__ = "conversations"

    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    question: Mapped[dict[str, Any]] = mapped_column(JSON)
    expires_at: Mapped[datetime]


class AnswerState(StrEnum):
    QUEUED = "queued"
    # Being handed to a gateway; after a crash nobody knows, and it is not sent again.
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Answer(Base):
    """What one message was answered with: at most one answer for each."""

    __tablename__ = "answers"
    __table_args__ = (
        Index("ix_answers_number", "number", "created_at"),
        Index(
            "ix_answers_open",
            "message_id",
            sqlite_where=text("state IN ('queued', 'sending')"),
            postgresql_where=text("state IN ('queued', 'sending')"),
        ),
    )

    message_id: Mapped[int] = mapped_column(
        ForeignKey("incoming_messages.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[AnswerState] = mapped_column(Word(AnswerState))
    created_at: Mapped[datetime]
    # When it may be tried next; moved on where a gateway was down.
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    # Why it was not sent.
    why: Mapped[str | None] = mapped_column(String(200))


class Letter(Base):
    """What somebody wrote to the office; forwarded by e-mail."""

    __tablename__ = "letters"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("incoming_messages.id", ondelete="CASCADE"), unique=True)
    number: Mapped[str | None] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]
    # When the e-mail may be tried next.
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    forwarded_at: Mapped[datetime | None]
