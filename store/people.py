"""Tables of people and places: who asked for announcements, about what, where they live, their consents."""

from datetime import datetime, time
from enum import StrEnum

from sqlalchemy import Boolean, ForeignKey, ForeignKeyConstraint, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.base import Base, Word
from store.states import Channel, Pace


class Topic(Base):
    """What an announcement is about. ``code`` is the stable key used in files and commands."""

    __tablename__ = "topics"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    # What leaflets print ("T3"), so a number once given stays with its topic. None until topics are stored next.
    number: Mapped[int | None]


class Package(Base):
    """A named set of topics; ``number`` is the key a citizen presses or writes (1 to 5)."""

    __tablename__ = "packages"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200))
    topics: Mapped[list[Topic]] = relationship(secondary="package_topics", order_by=Topic.code)


class PackageTopic(Base):
    __tablename__ = "package_topics"

    package: Mapped[int] = mapped_column(ForeignKey("packages.number", ondelete="CASCADE"), primary_key=True)
    topic: Mapped[str] = mapped_column(ForeignKey("topics.code", ondelete="CASCADE"), primary_key=True)


class TownPart(Base):
    """Část obce. ``folded`` is the name without case and diacritics, for look-ups."""

    __tablename__ = "town_parts"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    folded: Mapped[str] = mapped_column(String(200), unique=True)


class Street(Base):
    """A street of the town; one row even where it runs through several parts."""

    __tablename__ = "streets"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    folded: Mapped[str] = mapped_column(String(200), unique=True)


class Address(Base):
    """One address place of the register (RÚIAN: adresní místo); ``code`` is its register key."""

    __tablename__ = "addresses"

    code: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    town_part_id: Mapped[int] = mapped_column(ForeignKey("town_parts.id"), index=True)
    street_id: Mapped[int | None] = mapped_column(ForeignKey("streets.id"), index=True)
    # As people write it: "123", "123/4a", "ev. 7".
    house_number: Mapped[str] = mapped_column(String(20))


class Subscriber(Base):
    """A person or office who asked for announcements. ``left_at`` set: they unsubscribed from everything."""

    __tablename__ = "subscribers"
    __table_args__ = (Index("ix_subscribers_place", "street_id", "street_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    # Name without case and diacritics: with the first contact it is the identity an import goes by.
    folded_name: Mapped[str] = mapped_column(String(200), index=True)
    email: Mapped[str | None] = mapped_column(String(254))
    birth_year: Mapped[int | None] = mapped_column(Integer)
    language: Mapped[str] = mapped_column(String(8))
    town_part_id: Mapped[int | None] = mapped_column(ForeignKey("town_parts.id"), index=True)
    street_id: Mapped[int | None] = mapped_column(ForeignKey("streets.id"))
    house_number: Mapped[str | None] = mapped_column(String(20))
    # What "Tyršova:1-20" speaks of: the orientation number of "123/4a" (4), else the house number.
    street_number: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    # Not rung from … to …, in the town's time; past midnight where "from" is the later one. Crisis rings all the same.
    quiet_from: Mapped[time | None]
    quiet_to: Mapped[time | None]
    # Nothing but crisis until then, such as a stay in hospital.
    paused_until: Mapped[datetime | None]
    # How fast they want to be spoken to on the phone.
    pace: Mapped[Pace] = mapped_column(Word(Pace), default=Pace.NORMAL, server_default=Pace.NORMAL)

    town_part: Mapped[TownPart | None] = relationship()
    street: Mapped[Street | None] = relationship()
    phones: Mapped[list["Phone"]] = relationship(
        back_populates="subscriber", order_by="Phone.position", cascade="all, delete-orphan"
    )
    channels: Mapped[list["SubscriberChannel"]] = relationship(
        order_by="SubscriberChannel.position", cascade="all, delete-orphan"
    )
    topics: Mapped[list["SubscriberTopic"]] = relationship(
        order_by="SubscriberTopic.topic", cascade="all, delete-orphan"
    )
    packages: Mapped[list["SubscriberPackage"]] = relationship(
        order_by="SubscriberPackage.package", cascade="all, delete-orphan"
    )
    groups: Mapped[list["SubscriberGroup"]] = relationship(
        order_by="SubscriberGroup.name", cascade="all, delete-orphan"
    )


class PhoneKind(StrEnum):
    FIXED = "fixed"
    MOBILE = "mobile"
    OTHER = "other"


class Phone(Base):
    """A subscriber's number, E.164; the one with the lowest ``position`` is called first."""

    __tablename__ = "phones"
    __table_args__ = (UniqueConstraint("subscriber_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"))
    number: Mapped[str] = mapped_column(String(16), index=True)
    kind: Mapped[PhoneKind] = mapped_column(Word(PhoneKind))
    position: Mapped[int]
    # Keys to send after the answer, which open a loudspeaker system (public address); None: a person's phone.
    code: Mapped[str | None] = mapped_column(String(32))

    subscriber: Mapped[Subscriber] = relationship(back_populates="phones")


class SubscriberChannel(Base):
    """A way this person wants to be told, in their order of preference, unless a package of theirs has its own."""

    __tablename__ = "subscriber_channels"

    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True)
    channel: Mapped[Channel] = mapped_column(Word(Channel), primary_key=True)
    position: Mapped[int]


class SubscriberTopic(Base):
    """One topic of a person: wanted on its own, or (``refused``) left out though a package would bring it."""

    __tablename__ = "subscriber_topics"
    __table_args__ = (Index("ix_subscriber_topics_topic", "topic", "refused", "subscriber_id"),)

    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True)
    topic: Mapped[str] = mapped_column(ForeignKey("topics.code"), primary_key=True)
    refused: Mapped[bool] = mapped_column(Boolean, default=False)


class SubscriberPackage(Base):
    __tablename__ = "subscriber_packages"

    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True)
    package: Mapped[int] = mapped_column(ForeignKey("packages.number"), primary_key=True, index=True)


class SubscriberPackageChannel(Base):
    """A way this person wants to be told of what one of their packages is about, in their order of preference."""

    __tablename__ = "subscriber_package_channels"
    __table_args__ = (
        ForeignKeyConstraint(
            ["subscriber_id", "package"],
            ["subscriber_packages.subscriber_id", "subscriber_packages.package"],
            ondelete="CASCADE",
        ),
    )

    subscriber_id: Mapped[int] = mapped_column(primary_key=True)
    package: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(Word(Channel), primary_key=True)
    position: Mapped[int]


class SubscriberGroup(Base):
    """A free group of people, such as volunteer firemen."""

    __tablename__ = "subscriber_groups"

    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True, index=True)


class ConsentAct(StrEnum):
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class ConsentWay(StrEnum):
    WEB = "web"
    SMS = "sms"
    PHONE = "phone"
    IN_PERSON = "in_person"
    IMPORT = "import"


class Consent(Base):
    """Who agreed to what, when, by which way, under which wording.

    Append-only: the database itself refuses to change or delete a row (triggers in the first migration).
    """

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    # No foreign key: the record outlives the person's row.
    subscriber_id: Mapped[int] = mapped_column(index=True)
    at: Mapped[datetime]
    act: Mapped[ConsentAct] = mapped_column(Word(ConsentAct))
    way: Mapped[ConsentWay] = mapped_column(Word(ConsentWay))
    # What it covers: topic codes and package numbers, such as "voda, package 2"; "all" when everything.
    subject: Mapped[str] = mapped_column(Text)
    # Version of the wording the person agreed to, such as "import-1".
    wording: Mapped[str] = mapped_column(String(40))
    # What shows it: a call's attempt id, an import's file name.
    evidence: Mapped[str] = mapped_column(String(200))
