"""The audience: the rule that says whom an announcement concerns, and the people it resolves to, in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, exists, false, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from store.errors import InputError
from store.people import (
    PackageTopic,
    Subscriber,
    SubscriberGroup,
    SubscriberPackage,
    SubscriberTopic,
)
from store.states import Channel, DeliveryState, Disposition
from store.work import Attempt, Delivery, Recipient
from subscribers.fields import language_code
from subscribers.folding import fold
from subscribers.names import NameBook
from subscribers.places import find_street, find_town_part, parse_street_range
from subscribers.topics import find_packages, find_topics

OLDEST = 130
Age = Annotated[int, Field(ge=0, le=OLDEST)]


class StreetSpan(BaseModel):
    """A street, or a run of its house numbers; an end left open is None."""

    model_config = ConfigDict(frozen=True)

    street_id: int
    name: str
    first: int | None = None
    last: int | None = None


class AudienceRule(BaseModel):
    """Whom it concerns. Stored with the announcement as it was resolved at launch.

    Topics are required; places are joined by *or* (a person in any of the parts or streets), all else by *and*.
    """

    model_config = ConfigDict(frozen=True)

    topics: tuple[str, ...]
    town_parts: tuple[int, ...] = ()
    streets: tuple[StreetSpan, ...] = ()
    age_from: Age | None = None
    age_to: Age | None = None
    language: str | None = None
    groups: tuple[str, ...] = ()
    # Of a correction: only who got one of these announcements, or still waits for it; the one corrected first.
    corrects: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _ages_in_order(self) -> Self:
        if self.age_from is not None and self.age_to is not None and self.age_from > self.age_to:
            raise ValueError(f"age from {self.age_from} is above age to {self.age_to}")
        return self


async def build_rule(
    session: AsyncSession,
    *,
    topics: Sequence[str],
    packages: Sequence[str] = (),
    town_parts: Sequence[str] = (),
    streets: Sequence[str] = (),
    age_from: int | None = None,
    age_to: int | None = None,
    language: str | None = None,
    groups: Sequence[str] = (),
) -> AudienceRule:
    """The rule for what a person typed.

    Raises UnknownName for a topic, package, town part, street or group that the store does not know, and
    InputError where neither topic nor package was given, for a language that is none and for impossible ages.
    """
    if not topics and not packages:
        raise InputError("an announcement needs a topic or a package", mend="add --topic or --package")
    codes = {topic.code for topic in await find_topics(session, topics)}
    for package in await find_packages(session, packages):
        codes |= {topic.code for topic in package.topics}
    _check_ages(age_from, age_to)
    return AudienceRule(
        topics=tuple(sorted(codes)),
        town_parts=tuple([(await find_town_part(session, name)).id for name in town_parts]),
        streets=tuple([await _span(session, text) for text in streets]),
        age_from=age_from,
        age_to=age_to,
        language=None if language is None else language_code(language),
        groups=await _spellings(session, groups),
    )


def _check_ages(age_from: int | None, age_to: int | None) -> None:
    for age in (age_from, age_to):
        if age is not None and not 0 <= age <= OLDEST:
            raise InputError(f"age {age} is not between 0 and {OLDEST}")
    if age_from is not None and age_to is not None and age_from > age_to:
        raise InputError(f"no one is from {age_from} to {age_to} years old", mend="swap the two ages")


async def _span(session: AsyncSession, text: str) -> StreetSpan:
    name, first, last = parse_street_range(text)
    street = await find_street(session, name)
    return StreetSpan(street_id=street.id, name=street.name, first=first, last=last)


async def _spellings(session: AsyncSession, groups: Sequence[str]) -> tuple[str, ...]:
    """The groups as their members wrote them: “Hasiči” and “hasiči” are one group."""
    known = (await session.scalars(select(SubscriberGroup.name).distinct().order_by(SubscriberGroup.name))).all()
    book = NameBook("group", ((name, fold(name)) for name in known), mend="nobody is in a group yet")
    wanted = {book.find(name) for name in groups}
    return tuple(name for name in known if fold(name) in wanted)


def concerned(rule: AudienceRule, now: datetime) -> Select[int]:
    """Ids of the subscribers whom the rule concerns, whatever channels they have."""
    return select(Subscriber.id).where(
        wants(rule.topics), _lives_in(rule), _has_age(rule, now.year), _speaks(rule), _in_groups(rule), _has_heard(rule)
    )


def dialable(number: SQLColumnExpression[str], prefixes: Sequence[str]) -> ColumnElement[bool]:
    """True where some trunk may dial the number."""
    return or_(false(), *(number.startswith(prefix, autoescape=True) for prefix in prefixes))


def wants(topics: Sequence[str]) -> ColumnElement[bool]:
    """The subscriber is still with us and wants one of the topics, itself or by a package, and did not refuse it."""
    own = exists().where(
        SubscriberTopic.subscriber_id == Subscriber.id,
        SubscriberTopic.topic.in_(topics),
        SubscriberTopic.refused.is_(False),
    )
    refused = exists().where(
        # Not Subscriber.id: SQLAlchemy ties an inner query only to the one right around it, so this would be anybody.
        SubscriberTopic.subscriber_id == SubscriberPackage.subscriber_id,
        SubscriberTopic.topic == PackageTopic.topic,
        SubscriberTopic.refused.is_(True),
    )
    by_package = exists().where(
        SubscriberPackage.subscriber_id == Subscriber.id,
        SubscriberPackage.package == PackageTopic.package,
        PackageTopic.topic.in_(topics),
        ~refused,
    )
    return and_(Subscriber.left_at.is_(None), or_(own, by_package))


def _lives_in(rule: AudienceRule) -> ColumnElement[bool]:
    if not rule.town_parts and not rule.streets:
        return true()
    return or_(Subscriber.town_part_id.in_(rule.town_parts), *(_in_span(span) for span in rule.streets))


def _in_span(span: StreetSpan) -> ColumnElement[bool]:
    """Somebody of that street whose house number we do not know is told too: better once too often."""
    bounds = [
        bound
        for bound in (
            None if span.first is None else Subscriber.street_number >= span.first,
            None if span.last is None else Subscriber.street_number <= span.last,
        )
        if bound is not None
    ]
    return and_(Subscriber.street_id == span.street_id, or_(Subscriber.street_number.is_(None), and_(true(), *bounds)))


def _has_age(rule: AudienceRule, year: int) -> ColumnElement[bool]:
    """Only the year of birth is known, so an age counts as reached in the whole year."""
    bounds: list[ColumnElement[bool]] = [true()]
    if rule.age_from is not None:
        bounds.append(Subscriber.birth_year <= year - rule.age_from)
    if rule.age_to is not None:
        bounds.append(Subscriber.birth_year >= year - rule.age_to - 1)
    return and_(*bounds)


def _speaks(rule: AudienceRule) -> ColumnElement[bool]:
    return true() if rule.language is None else Subscriber.language == rule.language


def _in_groups(rule: AudienceRule) -> ColumnElement[bool]:
    if not rule.groups:
        return true()
    return exists().where(SubscriberGroup.subscriber_id == Subscriber.id, SubscriberGroup.name.in_(rule.groups))


def _has_heard(rule: AudienceRule) -> ColumnElement[bool]:
    """Also who still waits for it."""
    if not rule.corrects:
        return true()
    waits = (
        select(Recipient.subscriber_id)
        .join(Delivery, Recipient.delivery_id == Delivery.id)
        .where(Delivery.announcement_id.in_(rule.corrects), Delivery.state == DeliveryState.QUEUED)
    )
    had = had_by(rule.corrects).subquery()
    return or_(Subscriber.id.in_(waits), Subscriber.id.in_(select(had.c.subscriber_id)))


def had_by(announcement_ids: Sequence[int]) -> Select[int, Channel]:
    """(subscriber, channel) of those whom one of these announcements reached there.

    Also who heard only a part of it, or whose machine did; who is being called, for that call may tell it; and whose
    text was taken by a gateway, or may have been.
    """
    delivered = Delivery.state.in_((DeliveryState.DELIVERED, DeliveryState.SENDING))
    heard_something = exists().where(Attempt.delivery_id == Delivery.id, Attempt.heard_seconds > 0)
    maybe_sent = exists().where(
        Attempt.delivery_id == Delivery.id,
        Attempt.channel != Channel.VOICE,
        or_(Attempt.accepted_at.is_not(None), Attempt.disposition == Disposition.UNKNOWN),
        Attempt.disposition.not_in((Disposition.REJECTED, Disposition.INVALID_NUMBER)),
    )
    return (
        select(Recipient.subscriber_id, Delivery.channel)
        .join(Delivery, Recipient.delivery_id == Delivery.id)
        .where(Delivery.announcement_id.in_(announcement_ids), or_(delivered, heard_something, maybe_sent))
    )
