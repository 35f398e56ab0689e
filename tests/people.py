"""People, topics, places and announcements for tests, put into a store by the doors that everybody uses."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from announcements.audience import AudienceRule, build_rule
from announcements.claim import Claimed, Terms, claim
from announcements.decision import OutcomeRules
from announcements.due import Wish
from announcements.launch import Draft, Prepared, bodies_of, launch
from announcements.money import Budget, Tariff
from announcements.outcome import Ending, end_attempts
from announcements.reach import count_reach
from announcements.retry import RetryPolicy
from announcements.ways import Ways
from announcements.windows import ANY_HOUR, Calendar
from store.database import Store
from store.people import ConsentWay
from store.states import Disposition
from store.work import Announcement, Attempt, Delivery
from subscribers.consent import Proof
from subscribers.person import Person
from subscribers.registration import refuse_topics, register, unsubscribe
from subscribers.ruian import import_places
from subscribers.topics import default_topics, store_topics
from tts.library import Rendering

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
PREFIXES = ("+420",)
WAYS = Ways(voice=PREFIXES)
ZONE = ZoneInfo("Europe/Prague")
CALENDAR = Calendar(ANY_HOUR, ZONE, frozenset())
TERMS = Terms(CALENDAR, Budget(Tariff(), Decimal(0), ZoneInfo("Europe/Prague")))
RULES = OutcomeRules(RetryPolicy(), heard_share=0.8, ways=WAYS, calendar=CALENDAR)
MESSAGE_SECONDS = 20.0
RENDERING = "0123456789abcdef" * 2
PROOF = Proof(ConsentWay.IN_PERSON, "form-1", "test")
PLACES = """\
Kód ADM;Název části obce;Název ulice;Typ SO;Číslo domovní;Číslo orientační;Znak čísla orientačního
1;Studénka;Tyršova;č.p.;1;;
2;Studénka;Tyršova;č.p.;2;;
3;Butovice;Nádražní;č.p.;10;;
4;Butovice;Poštovní;č.p.;20;;
5;Nová Horka;;č.p.;5;;
"""


def line(number: int) -> str:
    """A Czech fixed line of the test town, 1 to 9999."""
    return f"+42055640{number:04}"


async def prepare_town(store: Store) -> None:
    """Topics and places, nobody yet."""
    async with store.writing() as session:
        await store_topics(session, default_topics())
        await import_places(session, PLACES.encode("cp1250"), "places.csv")


async def add(store: Store, name: str, *phones: str, **fields: Any) -> int:
    """Register somebody, who wants to know about water unless told otherwise. Returns their id."""
    wishes: dict[str, Any] = {} if fields.keys() & {"topics", "packages"} else {"topics": ("voda",)}
    person = Person(name=name, phones=phones, **{**wishes, **fields})
    async with store.writing() as session:
        return await register(session, person, PROOF, country="CZ", now=NOW)


async def leave(store: Store, *ids: int) -> None:
    async with store.writing() as session:
        await unsubscribe(session, ids, PROOF, now=NOW)


async def refuse(store: Store, subscriber_id: int, *topics: str) -> None:
    async with store.writing() as session:
        await refuse_topics(session, [subscriber_id], topics, PROOF, now=NOW)


async def rule(store: Store, *topics: str, **parts: Any) -> AudienceRule:
    async with store.reading() as session:
        return await build_rule(session, topics=topics, **parts)


async def prepared(store: Store, audience: AudienceRule | None = None, *, ways: Ways = WAYS, **draft: Any) -> Prepared:
    """A draft about water whose message takes 20 s, as if it had been rendered."""
    audience = audience or await rule(store, "voda")
    written = Draft(rule=audience, **{"text": "Voda neteče.", **draft})
    async with store.reading() as session:
        reach = await count_reach(session, audience, written.plan, ways, NOW)
    rendering = Rendering(RENDERING, Path("/tmp") / RENDERING, MESSAGE_SECONDS, "voda neteče")  # noqa: S108  (never opened)
    return Prepared(written, rendering, reach, ways, bodies_of(written, ways, reach))


async def announce(store: Store, audience: AudienceRule | None = None, *, now: datetime = NOW, **draft: Any) -> int:
    return await launch(store, await prepared(store, audience, **draft), now)


async def start(store: Store, *, seconds: float = 0, trunk: str = "o2") -> Claimed:
    """The next claim, ``seconds`` after NOW; there must be one."""
    claimed = await claim_one(store, NOW + timedelta(seconds=seconds), trunk=trunk)
    assert claimed is not None
    return claimed


async def claim_one(
    store: Store,
    now: datetime = NOW,
    *,
    trunk: str = "o2",
    prefixes: tuple[str, ...] = PREFIXES,
    spare: bool = False,
    terms: Terms = TERMS,
) -> Claimed | None:
    claimed = await claim(store, Wish(trunk, prefixes, spare=spare), terms, now)
    return claimed[0] if claimed else None


async def end(
    store: Store,
    claimed: Claimed,
    disposition: Disposition,
    *,
    seconds: float = 30,
    rules: OutcomeRules = RULES,
    **ending: Any,
) -> bool:
    """End an attempt ``seconds`` after NOW; answered means 10 s before that."""
    at = NOW + timedelta(seconds=seconds)
    if disposition in (Disposition.ANSWERED, Disposition.MACHINE):
        ending.setdefault("answered_at", at - timedelta(seconds=10))
    async with store.writing() as session:
        ended = await end_attempts(session, {claimed.attempt_id: Ending(disposition, at, **ending)}, rules)
    return claimed.attempt_id in ended


async def announcement(store: Store, announcement_id: int) -> Announcement:
    async with store.reading() as session:
        return (await session.scalars(select(Announcement).where(Announcement.id == announcement_id))).one()


async def deliveries(store: Store) -> Sequence[Delivery]:
    """All as of one moment, in the order they were written, with attempts and recipients."""
    async with store.reading() as session:
        await session.connection(execution_options={"isolation_level": "SERIALIZABLE"})
        query = select(Delivery).order_by(Delivery.id)
        return (
            await session.scalars(query.options(selectinload(Delivery.attempts), selectinload(Delivery.recipients)))
        ).all()


async def attempt(store: Store, attempt_id: str) -> Attempt:
    async with store.reading() as session:
        return (await session.scalars(select(Attempt).where(Attempt.id == attempt_id))).one()
