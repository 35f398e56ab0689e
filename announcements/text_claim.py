"""Claim due texts for a carrier: check that they may go, and commit their attempts before anything leaves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from hashlib import blake2b
from uuid import uuid4

from sqlalchemy import ColumnElement, Integer, Select, bindparam, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.addressees import addressees
from announcements.audience import dialable
from announcements.claim import BEGIN, begin, sift
from announcements.due import Due, Wish, calling
from announcements.personal import PLACEHOLDERS, Addressee, personal_text
from announcements.switches import is_off, switched_off
from announcements.windows import AnyOf, Calendar
from store.database import Store
from store.rows import add, read
from store.states import Channel, DeliveryState, Priority
from store.work import Announcement, Delivery
from tts.template import placeholders


@dataclass(frozen=True)
class Way:
    """A carrier: when it may carry, and which addresses, by their beginnings; none: all."""

    carrier: str
    calendar: Calendar
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TextWish:
    """What a carrier could take now."""

    channel: Channel
    way: Way
    most: int
    # Carriers that work and go first, where they may at this hour.
    preferred: tuple[Way, ...] = ()
    # The hours of all that may serve these addresses, its own among them.
    hours: tuple[Calendar, ...] = ()


@dataclass(frozen=True)
class ClaimedText:
    """A committed attempt that has to be handed over now."""

    attempt_id: str
    batch: str
    delivery_id: int
    address: str
    announcement: Announcement
    # What the people there are written; the subject is of an e-mail.
    text: str
    subject: str
    due_at: datetime


def attempt_id(batch: str, address: str) -> str:
    """Of the attempt that was claimed in ``batch`` for this address; a batch has one text at most for each.

    So a report has to bring only what every gateway gives back, and who does not know the batch cannot make one up.
    """
    return blake2b(address.encode(), key=bytes.fromhex(batch), digest_size=16).hexdigest()


async def claim_texts(
    store: Store, wish: TextWish, now: datetime, *, parts_of: Callable[[str], int | None]
) -> list[ClaimedText]:
    """Due texts of the wish's channel, crisis first, then by age; empty when nothing is due.

    As with calls, what may no longer go is ended on the way, what may not go at this hour is put off, and the
    announcements' rows are held (``completion``). ``parts_of``: in how many parts a text goes.
    """
    if wish.preferred and not await _anything_left(store, wish, now):
        return []
    while True:
        async with store.writing() as session:
            others = left_to(wish, await switched_off(session), now)
            running = await calling(
                session, Wish(wish.way.carrier, (), closed=frozenset(Priority) - others.keys()), held=True
            )
            due = await _find_due(session, wish, now, running, others)
            held = {row.announcement_id: running[row.announcement_id] for row in due}
            going, _ = await sift(session, due, held, AnyOf(wish.hours or (wish.way.calendar,)), now)
            if going or not due:
                return await _start(session, wish, going, held, now, parts_of)


def left_to(wish: TextWish, off: frozenset[str], now: datetime) -> dict[Priority, tuple[str, ...]]:
    """Pure. The priorities of which something is left to the wish's carrier at this hour, and, of each, the beginnings
    of addresses that those who go first serve. ``off``: what is switched off.
    """
    if is_off(wish.way.carrier, off):
        return {}
    first = [one for one in wish.preferred if not is_off(one.carrier, off)]
    served = {
        priority: tuple(
            sorted({prefix for one in first if one.calendar.open(priority, now) for prefix in one.prefixes})
        )
        for priority in Priority
        if wish.way.calendar.open(priority, now)
    }
    mine = wish.way.prefixes
    return {
        priority: others
        for priority, others in served.items()
        if not mine or not all(prefix.startswith(others) for prefix in mine)
    }


async def _anything_left(store: Store, wish: TextWish, now: datetime) -> bool:
    """Who only stands by holds no rows up."""
    async with store.reading() as session:
        return bool(left_to(wish, await switched_off(session), now))


async def _find_due(
    session: AsyncSession,
    wish: TextWish,
    now: datetime,
    among: Mapping[int, Announcement],
    others: Mapping[Priority, tuple[str, ...]],
) -> Sequence[Due]:
    """One an address, so that the attempts of a batch have different ids."""
    by_address: dict[str, Due] = {}
    for priority in sorted({one.priority for one in among.values()}):
        query = _due_query(wish.channel, wish.way.prefixes, others[priority])
        ids = [one.id for one in among.values() if one.priority is priority]
        terms = {"priority": priority, "among": ids, "now": now, "most": wish.most - len(by_address)}
        for row in await read(session, query, terms):
            by_address.setdefault(row.address, row)
        if len(by_address) >= wish.most:
            break
    return list(by_address.values())


@lru_cache(maxsize=64)
def _due_query(channel: Channel, prefixes: tuple[str, ...], others: tuple[str, ...]) -> Select[int, int, str, datetime]:
    return (
        select(Delivery.id, Delivery.announcement_id, Delivery.address, Delivery.due_at)
        .where(
            Delivery.channel == channel,
            Delivery.state == DeliveryState.QUEUED,
            Delivery.priority == bindparam("priority"),
            Delivery.due_at <= bindparam("now"),
            Delivery.announcement_id.in_(bindparam("among", expanding=True)),
            _served(prefixes, others),
        )
        .order_by(Delivery.due_at, Delivery.id)
        .limit(bindparam("most", type_=Integer))
    )


def _served(prefixes: tuple[str, ...], others: tuple[str, ...]) -> ColumnElement[bool]:
    mine = dialable(Delivery.address, prefixes) if prefixes else true()
    return mine & ~dialable(Delivery.address, others) if others else mine


async def _start(
    session: AsyncSession,
    wish: TextWish,
    going: Sequence[Due],
    held: Mapping[int, Announcement],
    now: datetime,
    parts_of: Callable[[str], int | None],
) -> list[ClaimedText]:
    if not going:
        return []
    claimed = await _claimed(session, wish.channel, going, held)
    rows = [
        {
            "id": one.attempt_id,
            "delivery_id": one.delivery_id,
            "address": one.address,
            "channel": wish.channel,
            "trunk": wish.way.carrier,
            "token_hash": "",
            "started_at": now,
            "parts": parts_of(one.text),
        }
        for one in claimed
    ]
    await add(session, BEGIN, rows)
    await begin(session, going, held)
    return claimed


async def _claimed(
    session: AsyncSession, channel: Channel, going: Sequence[Due], held: Mapping[int, Announcement]
) -> list[ClaimedText]:
    batch = uuid4().hex
    texts = {key: wordings(announcement, channel) for key, announcement in held.items()}
    personal = {key for key, both in texts.items() if any(map(_is_personal, both))}
    people = await addressees(session, [row.id for row in going if row.announcement_id in personal]) if personal else {}
    claimed = []
    for row in going:
        announcement, (text, subject) = held[row.announcement_id], texts[row.announcement_id]
        if row.announcement_id in personal:
            told = partial(_told, people=people.get(row.id, ()), language=announcement.language)
            text, subject = told(text), told(subject)
        its = attempt_id(batch, row.address)
        claimed.append(ClaimedText(its, batch, row.id, row.address, announcement, text, subject, row.due_at))
    return claimed


def _told(wording: str, people: Sequence[Addressee], language: str) -> str:
    return personal_text(wording, people, language) if _is_personal(wording) else wording


def wordings(announcement: Announcement, channel: Channel) -> tuple[str, str]:
    """Text and subject on that channel, with a person's placeholders still in them."""
    if channel is Channel.SMS:
        return announcement.sms_text or "", ""
    return announcement.email_text or "", announcement.email_subject or ""


def _is_personal(wording: str) -> bool:
    """Braces around anything else are the text's own."""
    return bool(named := placeholders(wording)) and set(named) <= PLACEHOLDERS
