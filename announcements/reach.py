"""By which channels and at which addresses an announcement reaches its people, in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    SQLColumnExpression,
    Subquery,
    and_,
    exists,
    false,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.audience import AudienceRule, concerned, dialable, had_by
from announcements.plan import Mode, Plan
from announcements.ways import Ways
from store.people import (
    PackageTopic,
    Phone,
    PhoneKind,
    Subscriber,
    SubscriberChannel,
    SubscriberPackageChannel,
    SubscriberTopic,
)
from store.states import Channel
from store.work import Delivery

# Subscriber's id, channel, address, and how early it comes for this person.
Candidates = CompoundSelect[int, Channel, str, int]


@dataclass(frozen=True)
class ChannelReach:
    """People whom a channel reaches at the first go, and at how many addresses: people may share one."""

    channel: Channel
    people: int
    addresses: int


@dataclass(frozen=True)
class Reach:
    """Whom a plan reaches. ``without_line``: concerned, but no channel of theirs leads to them."""

    people: int
    lines: int
    without_line: int
    channels: tuple[ChannelReach, ...] = ()


async def count_reach(session: AsyncSession, rule: AudienceRule, plan: Plan, ways: Ways, now: datetime) -> Reach:
    found = reached(rule, plan, ways, now).subquery()
    by_channel = select(found.c.channel, func.count(), func.count(found.c.address.distinct())).group_by(found.c.channel)
    rows = {row.channel: ChannelReach(*row) for row in await session.execute(by_channel)}
    people = await session.scalar(select(func.count(found.c.subscriber_id.distinct()))) or 0
    all_people = await session.scalar(select(func.count()).select_from(concerned(rule, now).subquery())) or 0
    return Reach(
        people=people,
        lines=rows[Channel.VOICE].addresses if Channel.VOICE in rows else 0,
        without_line=all_people - people,
        channels=tuple(rows[channel] for channel in Channel if channel in rows),
    )


def reached(rule: AudienceRule, plan: Plan, ways: Ways, now: datetime) -> Select[int, Channel, str]:
    """(subscriber, channel, address) where the announcement goes at first.

    A correction goes to who got the original where they got it, and by the plan to the rest.
    """
    people = concerned(rule, now)
    by_plan = _by_plan(rule, plan, ways, people)
    if not rule.corrects:
        return by_plan
    again = union_all(*(_where_it_was_had(channel, rule, ways, people) for channel in Channel)).cte("again")
    chosen = by_plan.subquery()
    rest = select(*chosen.c).where(chosen.c.subscriber_id.not_in(select(again.c.subscriber_id)))
    both = union_all(select(*again.c), rest).subquery()
    return select(both.c.subscriber_id, both.c.channel, both.c.address)


def addresses_of(
    rule: AudienceRule, plan: Plan, ways: Ways, ids: Sequence[int], now: datetime
) -> Select[int, Channel, str]:
    """(subscriber, channel, address): all that the plan may use for these people, if it concerns them yet."""
    people = concerned(rule, now).where(Subscriber.id.in_(ids))
    return _by_plan(rule, plan.model_copy(update={"mode": Mode.ALL}), ways, people)


def callable_people(rule: AudienceRule, plan: Plan, ways: Ways, now: datetime) -> Select[int, str]:
    """(subscriber, address) of those who are called at first, or may be later."""
    if plan.mode is not Mode.ESCALATE:
        found = reached(rule, plan, ways, now).subquery()
        return select(found.c.subscriber_id, found.c.address).where(found.c.channel == Channel.VOICE)
    at = address_of(Channel.VOICE, ways).subquery()
    return select(*at.c).where(at.c.subscriber_id.in_(concerned(rule, now)))


def texted_people(rule: AudienceRule, plan: Plan, ways: Ways, now: datetime) -> Select[int, str]:
    """(subscriber, address) of those who get an SMS at first."""
    return _by_sms(reached(rule, plan, ways, now))


def ever_texted_people(rule: AudienceRule, plan: Plan, ways: Ways, now: datetime) -> Select[int, str]:
    """(subscriber, address) of those to whom the plan may come by SMS, at first or later."""
    return _by_sms(_by_plan(rule, plan.model_copy(update={"mode": Mode.ALL}), ways, concerned(rule, now)))


def _by_sms(whom: Select[int, Channel, str]) -> Select[int, str]:
    found = whom.subquery()
    return select(found.c.subscriber_id, found.c.address).where(found.c.channel == Channel.SMS)


def _by_plan(rule: AudienceRule, plan: Plan, ways: Ways, people: Select[int]) -> Select[int, Channel, str]:
    channels = [channel for channel in plan.channels if channel in ways.channels]
    of_each = [_candidates(channel, rule, plan, ways, people) for channel in channels or plan.channels]
    candidates = union_all(*chain.from_iterable(of_each)).subquery()
    if plan.mode is Mode.ALL or len(channels) == 1:
        return select(candidates.c.subscriber_id, candidates.c.channel, candidates.c.address)
    return _first_of_each(candidates)


def _candidates(
    channel: Channel, rule: AudienceRule, plan: Plan, ways: Ways, people: Select[int]
) -> list[Select[int, Channel, str, int]]:
    """One channel of those people's own; or of everybody, where the plan overrides their wishes."""
    at = address_of(channel, ways).subquery()
    row = select(at.c.subscriber_id, _as_column(channel), at.c.address).where(at.c.subscriber_id.in_(people))
    if plan.overrides:
        return [row.add_columns(literal(plan.channels.index(channel)).label("place"))]
    special = _own_lists(rule.topics)
    usual = SubscriberChannel
    of_package = SubscriberPackageChannel
    by_plan = literal(plan.channels.index(channel))

    def place(position: SQLColumnExpression[int]) -> ColumnElement[int]:
        return (by_plan if plan.mode is Mode.ESCALATE else position).label("place")

    return [
        row.add_columns(place(usual.position))
        .join(usual, and_(usual.subscriber_id == at.c.subscriber_id, usual.channel == channel))
        .where(usual.subscriber_id.not_in(select(special.c.subscriber_id))),
        row.add_columns(place(of_package.position))
        .join(of_package, and_(of_package.subscriber_id == at.c.subscriber_id, of_package.channel == channel))
        .join(
            special,
            and_(special.c.subscriber_id == of_package.subscriber_id, special.c.package == of_package.package),
        ),
    ]


def _own_lists(topics: Sequence[str]) -> Subquery:
    """(subscriber, package) of those who have channels of their own for what it is about; of two, the first."""
    refused = exists().where(
        SubscriberTopic.subscriber_id == SubscriberPackageChannel.subscriber_id,
        SubscriberTopic.topic == PackageTopic.topic,
        SubscriberTopic.refused.is_(True),
    )
    return (
        select(SubscriberPackageChannel.subscriber_id, func.min(SubscriberPackageChannel.package).label("package"))
        .join(PackageTopic, PackageTopic.package == SubscriberPackageChannel.package)
        .where(PackageTopic.topic.in_(topics), ~refused)
        .group_by(SubscriberPackageChannel.subscriber_id)
        .subquery()
    )


def _first_of_each(candidates: Subquery) -> Select[int, Channel, str]:
    turn = func.row_number().over(partition_by=candidates.c.subscriber_id, order_by=candidates.c.place).label("turn")
    ranked = select(candidates.c.subscriber_id, candidates.c.channel, candidates.c.address, turn).subquery()
    return select(ranked.c.subscriber_id, ranked.c.channel, ranked.c.address).where(ranked.c.turn == 1)


def _where_it_was_had(
    channel: Channel, rule: AudienceRule, ways: Ways, people: Select[int]
) -> Select[int, Channel, str]:
    at = address_of(channel, ways).subquery()
    had = had_by(rule.corrects).where(Delivery.channel == channel).subquery()
    return select(at.c.subscriber_id, _as_column(channel), at.c.address).where(
        at.c.subscriber_id.in_(people), at.c.subscriber_id.in_(select(had.c.subscriber_id))
    )


def address_of(channel: Channel, ways: Ways) -> Select[int, str]:
    """(subscriber, address) of everybody whom the channel reaches at all.

    That is the first number that may be dialled, the first mobile that may be texted, the e-mail address.
    """
    if channel is Channel.VOICE:
        return _first_number(dialable(Phone.number, ways.voice))
    if channel is Channel.SMS:
        own = and_(Phone.kind == PhoneKind.MOBILE, Phone.code.is_(None))
        return _first_number(and_(own, dialable(Phone.number, () if ways.sms is None else ways.sms.prefixes)))
    has = Subscriber.email.is_not(None) if ways.email else false()
    return select(Subscriber.id.label("subscriber_id"), func.lower(Subscriber.email).label("address")).where(has)


def _first_number(usable: ColumnElement[bool]) -> Select[int, str]:
    first = (
        select(Phone.subscriber_id, func.min(Phone.position).label("position"))
        .where(usable)
        .group_by(Phone.subscriber_id)
        .subquery()
    )
    return select(Phone.subscriber_id, Phone.number.label("address")).join(
        first, and_(first.c.subscriber_id == Phone.subscriber_id, first.c.position == Phone.position)
    )


def _as_column(channel: Channel) -> ColumnElement[Channel]:
    return literal(channel, Delivery.channel.type).label("channel")
