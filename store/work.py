"""Tables of the work: announcements, their deliveries, and every attempt of a delivery."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    and_,
    false,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.base import Base, Rank, Word
from store.callers import Callback
from store.people import Subscriber
from store.states import AnnouncementState, Channel, DeliveryState, Disposition, Priority


class Announcement(Base):
    __tablename__ = "announcements"
    __table_args__ = (Index("ix_announcements_state", "state", "not_after"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    # The written text; None where a recording was given instead.
    text: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    priority: Mapped[Priority] = mapped_column(Rank(Priority))
    state: Mapped[AnnouncementState] = mapped_column(Word(AnnouncementState))
    # The audience rule as it was given (announcements.audience.AudienceRule).
    audience: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Path of the telephone audio inside the renderings library, without suffix, and its length.
    rendering: Mapped[str] = mapped_column(String(200))
    message_seconds: Mapped[float] = mapped_column(Float)
    # Some lines hear a rendering of their own (LineRendering).
    personal: Mapped[bool] = mapped_column(default=False, server_default=false())
    # How it goes to people: which channels, in which order (announcements.plan.Plan).
    plan: Mapped[dict[str, Any]] = mapped_column(JSON, server_default="{}")
    # The wordings of the text channels; None: it does not go there. A person's placeholders are still in them.
    sms_text: Mapped[str | None] = mapped_column(Text)
    email_subject: Mapped[str | None] = mapped_column(String(200))
    email_text: Mapped[str | None] = mapped_column(Text)
    # The announcement that this one corrects or ends (all-clear).
    corrects_id: Mapped[int | None]
    not_before: Mapped[datetime | None]
    not_after: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    # Staff wish its calls in progress to be hung up.
    cut_at: Mapped[datetime | None]

    topics: Mapped[list["AnnouncementTopic"]] = relationship(
        order_by="AnnouncementTopic.topic", cascade="all, delete-orphan"
    )


class AnnouncementTopic(Base):
    """A topic this announcement is about: what "no more of this topic" refuses."""

    __tablename__ = "announcement_topics"

    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id", ondelete="CASCADE"), primary_key=True)
    topic: Mapped[str] = mapped_column(ForeignKey("topics.code"), primary_key=True)


class LineRendering(Base):
    """What one line hears of an announcement, where that is not what all hear: a name, a street, a slower voice.

    By line, not by delivery: a delivery may ring another line of the same person, or be made later.
    """

    __tablename__ = "line_renderings"

    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id", ondelete="CASCADE"), primary_key=True)
    # E.164.
    address: Mapped[str] = mapped_column(String(254), primary_key=True)
    # As in Announcement.
    rendering: Mapped[str] = mapped_column(String(200))
    message_seconds: Mapped[float] = mapped_column(Float)


class Delivery(Base):
    """One announcement to one address on one channel, for one or more recipients.

    Two people on one line are two recipients of one delivery, so that the line rings once.
    ``priority`` repeats the announcement's, so that one index serves the claim.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("announcement_id", "channel", "address"),
        Index("ix_deliveries_claim", "channel", "state", "priority", "due_at", "id"),
        Index("ix_deliveries_open", "announcement_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(Word(Channel))
    # E.164 number for voice, the line that the next attempt will try, and for SMS; an e-mail address in small letters.
    address: Mapped[str] = mapped_column(String(254))
    priority: Mapped[Priority] = mapped_column(Rank(Priority))
    state: Mapped[DeliveryState] = mapped_column(Word(DeliveryState))
    due_at: Mapped[datetime]
    # The most that one attempt heard of the message.
    heard_seconds: Mapped[float] = mapped_column(Float, default=0.0)
    confirmed: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None]

    announcement: Mapped[Announcement] = relationship()
    recipients: Mapped[list["Recipient"]] = relationship(
        order_by="Recipient.subscriber_id", cascade="all, delete-orphan"
    )
    attempts: Mapped[list["Attempt"]] = relationship(
        back_populates="delivery", order_by="Attempt.started_at", cascade="all, delete-orphan"
    )


class Recipient(Base):
    """A subscriber whom a delivery is for."""

    __tablename__ = "recipients"

    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True, index=True
    )

    subscriber: Mapped[Subscriber] = relationship()


class Attempt(Base):
    """One try of a delivery, or of a call-back: one call, SMS or e-mail. Committed before it is sent; ended once.

    The partial unique index keeps a second call off a line where one is in progress. A text that was handed over stays
    open till its report comes, and keeps nothing off.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        Index(
            "uq_attempts_open_address",
            "address",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND channel = 'voice'"),
            postgresql_where=text("ended_at IS NULL AND channel = 'voice'"),
        ),
        # The message that a report speaks of.
        Index(
            "ix_attempts_message",
            "message_id",
            "trunk",
            sqlite_where=text("message_id IS NOT NULL"),
            postgresql_where=text("message_id IS NOT NULL"),
        ),
        # The day's spend of a trunk; free trunks have no rows in it.
        Index(
            "ix_attempts_priced",
            "trunk",
            "started_at",
            sqlite_where=text("price IS NOT NULL"),
            postgresql_where=text("price IS NOT NULL"),
        ),
        CheckConstraint("(delivery_id IS NULL) <> (callback_id IS NULL)", name="ck_attempts_of_one"),
    )

    # Our own id; also Asterisk's ChannelId and ActionID.
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"), index=True)
    callback_id: Mapped[int | None] = mapped_column(ForeignKey("callbacks.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    channel: Mapped[Channel] = mapped_column(Word(Channel), default=Channel.VOICE, server_default="voice")
    # The way out it took: a trunk, or an adapter of a text channel.
    trunk: Mapped[str] = mapped_column(String(40))
    # SHA-256 of the token that the call must show to our FastAGI server; empty for a text.
    token_hash: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime]
    # When the gateway or mail server took the text, its own name for it, and in how many SMS parts it went.
    accepted_at: Mapped[datetime | None]
    message_id: Mapped[str | None] = mapped_column(String(120))
    parts: Mapped[int | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    disposition: Mapped[Disposition | None] = mapped_column(Word(Disposition))
    # Asterisk's raw Q.850 hangup cause.
    cause: Mapped[int | None]
    # How far into the message this attempt got, seconds.
    heard_seconds: Mapped[float] = mapped_column(Float, default=0.0)
    confirmed: Mapped[bool] = mapped_column(default=False)
    # What it cost by the price of the trunk or adapter when it ended, in the town's currency; None where there is none.
    price: Mapped[Decimal | None] = mapped_column(Numeric(10, 4))

    delivery: Mapped[Delivery | None] = relationship(back_populates="attempts")
    callback: Mapped[Callback | None] = relationship()


# A call is in progress. With the word in the statement itself: SQLite uses a partial index only where it can see it.
CALL_IN_PROGRESS = and_(Attempt.ended_at.is_(None), Attempt.channel == literal_column("'voice'"))


class ParkedReport(Base):
    """A delivery report by a carrier's own id that no attempt has yet: the answer to its submit is still on the way."""

    __tablename__ = "parked_reports"
    __table_args__ = (Index("ix_parked_reports_message", "message_id", "carrier"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    carrier: Mapped[str] = mapped_column(String(40))
    message_id: Mapped[str] = mapped_column(String(120))
    disposition: Mapped[Disposition] = mapped_column(Word(Disposition))
    cause: Mapped[int | None]
    at: Mapped[datetime]


class TrunkSwitch(Base):
    """A trunk or carrier of texts that staff have switched off; a row only while it is off. "*" stands for all."""

    __tablename__ = "trunk_switches"

    trunk: Mapped[str] = mapped_column(String(40), primary_key=True)
    off_since: Mapped[datetime]
