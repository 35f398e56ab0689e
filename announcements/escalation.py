"""To escalate: who did not get an announcement on one channel gets it on the next; who got it is left alone.

Decided in the transaction that ends an attempt, so that a crash can lose no step and do none twice; the announcement's
row is held, see ``completion``.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from announcements.audience import AudienceRule
from announcements.decision import Case
from announcements.plan import Mode, Plan
from announcements.reach import addresses_of
from announcements.retry import Again, Finished
from announcements.ways import Ways
from store.states import (
    DELIVERY_MOVES,
    FINAL_DELIVERY_STATES,
    LIVE_ANNOUNCEMENT_STATES,
    Channel,
    DeliveryState,
    Disposition,
    next_state,
)
from store.work import Announcement, Delivery, Recipient

IN_VAIN = FINAL_DELIVERY_STATES - {DeliveryState.DELIVERED}
RECIPIENTS = select(Recipient.delivery_id, Recipient.subscriber_id).where(
    Recipient.delivery_id.in_(bindparam("ids", expanding=True))
)
# What the announcement has done for these people so far.
DONE = (
    select(Recipient.subscriber_id, Delivery.id, Delivery.channel, Delivery.state)
    .join(Delivery, Recipient.delivery_id == Delivery.id)
    .where(
        Delivery.announcement_id == bindparam("announcement_id"),
        Recipient.subscriber_id.in_(bindparam("people", expanding=True)),
    )
)
Address = tuple[Channel, str]


@dataclass(frozen=True)
class Person:
    """A recipient whom one channel did not reach, as the decision sees them."""

    addresses: Mapping[Channel, str]
    tried: frozenset[Channel] = frozenset()
    # They have it, or wait for it, by another way.
    served: bool = False


def next_channel(plan: Plan, person: Person) -> Channel | None:
    """Pure. No channel is taken twice."""
    if person.served:
        return None
    left = (channel for channel in plan.channels if channel in person.addresses and channel not in person.tried)
    return next(left, None)


def hands_over(
    plan: Plan, channel: Channel, decision: Again | Finished, tries: int, not_after: datetime | None, now: datetime
) -> bool:
    """Pure. Whether the next channel takes over after ``tries`` of this one, as its own policy has decided.

    Also where another call would come too late: a text may be in time.
    """
    if plan.mode is not Mode.ESCALATE or (not_after is not None and now >= not_after):
        return False
    if isinstance(decision, Finished):
        return decision.state in IN_VAIN
    return channel is Channel.VOICE and tries >= plan.unheard_attempts


async def hand_over(session: AsyncSession, cases: Sequence[Case], ways: Ways) -> set[int]:
    """Take the steps that are due after these attempts; gives the deliveries as ``escalate``."""
    due: dict[Announcement, list[Case]] = defaultdict(list)
    for case in cases:
        live = case.announcement.state in LIVE_ANNOUNCEMENT_STATES
        if live and escalates(case.announcement) and _hands_over(case):
            due[case.announcement].append(case)
    gone_on: set[int] = set()
    for announcement, its in due.items():
        gone_on |= await escalate(session, announcement, [one.delivery.id for one in its], ways, its[0].now)
    return gone_on


async def spare_the_rest(session: AsyncSession, cases: Sequence[Case]) -> None:
    """Whoever has it now gets nothing more of it."""
    delivered: dict[int, list[Case]] = defaultdict(list)
    for case in cases:
        if escalates(case.announcement) and case.decision == Finished(DeliveryState.DELIVERED):
            delivered[case.announcement.id].append(case)
    for announcement_id, its in delivered.items():
        await stop_rest(session, announcement_id, [one.delivery.id for one in its], its[0].now)


def escalates(announcement: Announcement) -> bool:
    """Cheap, for most do not."""
    return announcement.plan.get("mode") == Mode.ESCALATE


def _hands_over(case: Case) -> bool:
    plan = Plan.model_validate(case.announcement.plan)
    tries = sum(attempt.disposition is not Disposition.WITHDRAWN for attempt in case.attempts)
    return hands_over(plan, case.delivery.channel, case.decision, tries, case.announcement.not_after, case.now)


async def escalate(
    session: AsyncSession, announcement: Announcement, delivery_ids: Collection[int], ways: Ways, now: datetime
) -> set[int]:
    """Give the recipients of these deliveries, which did not reach them, their next channel, if they have one.

    Gives the deliveries all of whose people go on elsewhere now, so that they need not be tried here any more.
    """
    if not delivery_ids:
        return set()
    plan = Plan.model_validate(announcement.plan)
    people_of: dict[int, list[int]] = defaultdict(list)
    for delivery_id, subscriber_id in await session.execute(RECIPIENTS, {"ids": list(delivery_ids)}):
        people_of[delivery_id].append(subscriber_id)
    waiting = {person for people in people_of.values() for person in people}
    gone: set[int] = set()
    while waiting:
        people = await _people(session, announcement, plan, waiting, delivery_ids, ways, now)
        gone |= {one for one, person in people.items() if person.served}
        steps = {one: (c, person.addresses[c]) for one, person in people.items() if (c := next_channel(plan, person))}
        in_vain = await _take(session, announcement, steps, now)
        gone |= steps.keys() - in_vain
        waiting = in_vain  # go on at once
    return {delivery_id for delivery_id, people in people_of.items() if gone.issuperset(people)}


async def _people(
    session: AsyncSession,
    announcement: Announcement,
    plan: Plan,
    ids: Collection[int],
    failed: Collection[int],
    ways: Ways,
    now: datetime,
) -> dict[int, Person]:
    """By their ids; ``failed``: the deliveries that did not reach them."""
    rule = AudienceRule.model_validate(announcement.audience)
    addresses: dict[int, dict[Channel, str]] = defaultdict(dict)
    for subscriber_id, channel, address in await session.execute(addresses_of(rule, plan, ways, sorted(ids), now)):
        addresses[subscriber_id][channel] = address
    tried: dict[int, set[Channel]] = defaultdict(set)
    served = set()
    query = {"announcement_id": announcement.id, "people": sorted(ids)}
    for subscriber_id, delivery_id, channel, state in await session.execute(DONE, query):
        tried[subscriber_id].add(channel)
        if delivery_id not in failed and state not in IN_VAIN:
            served.add(subscriber_id)
    return {one: Person(addresses[one], frozenset(tried[one]), one in served) for one in sorted(ids)}


async def _take(
    session: AsyncSession, announcement: Announcement, steps: Mapping[int, Address], now: datetime
) -> set[int]:
    """Write the steps; gives those whose next address was tried in vain already, for somebody who shares it."""
    if not steps:
        return set()
    query = select(Delivery).where(
        Delivery.announcement_id == announcement.id, Delivery.address.in_({address for _, address in steps.values()})
    )
    found = await session.scalars(query.execution_options(populate_existing=True))
    deliveries = {(one.channel, one.address): one for one in found}
    new = {at: _delivery(announcement, *at, now) for at in dict.fromkeys(steps.values()) if at not in deliveries}
    session.add_all(new.values())
    await session.flush()
    deliveries |= new
    rows = [{"delivery_id": deliveries[at].id, "subscriber_id": one} for one, at in steps.items()]
    await session.execute(insert(Recipient), rows)
    return {one for one, at in steps.items() if deliveries[at].state in IN_VAIN}


def _delivery(announcement: Announcement, channel: Channel, address: str, now: datetime) -> Delivery:
    return Delivery(
        announcement_id=announcement.id,
        channel=channel,
        address=address,
        priority=announcement.priority,
        state=DeliveryState.QUEUED,
        due_at=now,
    )


async def stop_rest(session: AsyncSession, announcement_id: int, delivered: Collection[int], now: datetime) -> None:
    """The recipients of these deliveries have it now: what waits for them, and for nobody else, stops."""
    people = select(Recipient.subscriber_id).where(Recipient.delivery_id.in_(delivered))
    theirs = select(Recipient.delivery_id).where(Recipient.subscriber_id.in_(people))
    one, other = aliased(Recipient), aliased(Delivery)
    has_it = exists().where(
        one.subscriber_id == Recipient.subscriber_id,
        one.delivery_id == other.id,
        other.announcement_id == announcement_id,
        other.state == DeliveryState.DELIVERED,
    )
    somebody_waits = exists().where(Recipient.delivery_id == Delivery.id, ~has_it)
    cancelled = next_state(DeliveryState.QUEUED, DeliveryState.CANCELLED, DELIVERY_MOVES)
    await session.execute(
        update(Delivery)
        .where(
            Delivery.announcement_id == announcement_id,
            Delivery.state == DeliveryState.QUEUED,
            Delivery.id.in_(theirs),
            ~somebody_waits,
        )
        .values(state=cancelled, ended_at=now)
        .execution_options(synchronize_session=False)
    )
