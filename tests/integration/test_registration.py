"""The one door for people, and the consent record of each step."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from store.database import Store
from store.errors import InputError, UnknownName
from store.people import Consent, ConsentAct, ConsentWay, PhoneKind, Subscriber
from store.states import Channel
from subscribers.consent import Proof
from subscribers.entries import Stored, read_entries
from subscribers.person import Person
from subscribers.phones import PhoneNumber
from subscribers.registration import amend, change, refuse_topics, register, unsubscribe
from tests.integration.sample_town import NOW, choice, prepare_town

WEB = Proof(ConsentWay.WEB, "web-1", "form 17")
CALL = Proof(ConsentWay.PHONE, "call-1", "a1b2c3")
LATER = NOW + timedelta(days=1)
JAN = Person(
    name=" Jan  Novák ",
    phones=("602 123 456", "556 400 001", "+420602123456"),
    email="jan@Example.cz",
    birth_year=1950,
    town_part="vzorov",
    street="tyrsova",
    house_number="215/2",
    topics=("voda", "Sport"),
    refused=("odpad",),
    packages=("1", "B2"),
    groups=("hasiči",),
    channels=(Channel.SMS, Channel.VOICE, Channel.EMAIL),
    language="cs-CZ",
)


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    return store


async def take(store: Store, person: Person) -> int:
    async with store.writing() as session:
        return await register(session, person, WEB, country="CZ", now=NOW)


async def become(store: Store, subscriber_id: int, person: Person) -> None:
    async with store.writing() as session:
        await change(session, subscriber_id, person, WEB, country="CZ", now=LATER)


async def leave(store: Store, *ids: int) -> int:
    async with store.writing() as session:
        return await unsubscribe(session, ids, CALL, now=LATER)


async def refuse(store: Store, ids: list[int], *topics: str) -> int:
    async with store.writing() as session:
        return await refuse_topics(session, ids, topics, CALL, now=LATER)


async def stored(store: Store) -> dict[int, Stored]:
    async with store.reading() as session:
        return await read_entries(session)


async def consents(store: Store) -> list[tuple[int, ConsentAct, ConsentWay, str]]:
    async with store.reading() as session:
        rows = await session.scalars(select(Consent).order_by(Consent.id))
        return [(row.subscriber_id, row.act, row.way, row.subject) for row in rows]


async def test_a_person_is_registered_with_all_they_told(town: Store) -> None:
    jan = await take(town, JAN)
    entry = (await stored(town))[jan].entry
    assert entry.name == "Jan Novák"
    assert entry.phones == (
        PhoneNumber("+420602123456", PhoneKind.MOBILE),
        PhoneNumber("+420556400001", PhoneKind.FIXED),
    )
    assert (entry.email, entry.language, entry.house_number) == ("jan@example.cz", "cs", "215/2")
    assert choice(entry) == ({"voda", "sport"}, {"odpad"}, {1, 2})
    assert entry.channels == (Channel.SMS, Channel.VOICE, Channel.EMAIL)
    async with town.reading() as session:
        row = await session.get_one(Subscriber, jan)
    assert (row.folded_name, row.street_number, row.created_at, row.left_at) == ("jan novak", 2, NOW, None)


async def test_the_consent_says_what_was_agreed_how_and_when(town: Store) -> None:
    jan = await take(town, JAN)
    async with town.reading() as session:
        consent = (await session.scalars(select(Consent))).one()
    assert (consent.subscriber_id, consent.at, consent.act) == (jan, NOW, ConsentAct.GIVEN)
    assert (consent.way, consent.wording, consent.evidence) == (ConsentWay.WEB, "web-1", "form 17")
    assert consent.subject == "sport, voda, package 1, package 2, without odpad"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"name": "Jan\r\nNovák"}, "invisible"),
        ({"phones": ("556 400 001 ext 3",)}, "extension"),
        ({"email": "jan"}, "not an e-mail"),
        ({"birth_year": 2027}, "birth year 2027"),
        ({"town_part": "Vzorow"}, "did you mean Vzorov"),
        ({"street": "Tyršovo"}, "did you mean Tyršova"),
        ({"house_number": "vedle"}, "house number"),
        ({"topics": ("vodaa",)}, "did you mean voda"),
        ({"refused": ("vodaa",)}, "did you mean voda"),
        ({"refused": ("voda",)}, "both wanted and refused: voda"),
        ({"packages": ("7",)}, "unknown package"),
        ({"groups": ("a|b",)}, "group"),
        ({"language": "cz"}, "not a language"),
        ({"phones": (), "email": None}, "no phone and no e-mail"),
        ({"phones": ()}, "voice is chosen"),
        ({"phones": ("556400001",)}, "no mobile"),
        ({"email": None}, "email is chosen"),
        ({"topics": (), "refused": (), "packages": ()}, "no topic and no package"),
    ],
)
async def test_a_wrong_value_is_refused_and_nothing_is_written(
    town: Store, wrong: dict[str, object], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        await take(town, replace(JAN, **wrong))  # type: ignore[arg-type]
    assert await stored(town) == {}
    assert await consents(town) == []


async def test_no_chosen_channel_means_voice_or_else_email(town: Store) -> None:
    voice = await take(town, Person("Eva Malá", phones=("556400001",), topics=("voda",)))
    email = await take(town, Person("Ota Malý", email="ota@example.cz", topics=("voda",)))
    people = await stored(town)
    assert people[voice].entry.channels == (Channel.VOICE,)
    assert people[email].entry.channels == (Channel.EMAIL,)


async def test_two_people_on_one_phone_are_two_subscribers(town: Store) -> None:
    await take(town, Person("Eva Malá", phones=("556400001",), topics=("voda",)))
    await take(town, Person("Ota Malý", phones=("556400001",), topics=("voda",)))
    assert [person.entry.name for person in (await stored(town)).values()] == ["Eva Malá", "Ota Malý"]


async def test_nobody_is_registered_twice_even_at_once(town: Store) -> None:
    results = await asyncio.gather(take(town, JAN), take(town, JAN), return_exceptions=True)
    assert [type(result) for result in results].count(InputError) == 1
    assert len(await stored(town)) == len(await consents(town)) == 1


async def test_a_change_replaces_everything_and_records_the_new_agreement(town: Store) -> None:
    jan = await take(town, JAN)
    await become(town, jan, Person("Jan Novák st.", phones=("556400009",), packages=("5",)))
    entry = (await stored(town))[jan].entry
    assert (entry.name, entry.email, entry.street_id, entry.topics) == ("Jan Novák st.", None, None, frozenset())
    assert entry.phones == (PhoneNumber("+420556400009", PhoneKind.FIXED),)
    assert (await consents(town))[1:] == [(jan, ConsentAct.GIVEN, ConsentWay.WEB, "package 5")]


async def test_a_change_to_the_same_is_no_new_consent(town: Store) -> None:
    jan = await take(town, JAN)
    await become(town, jan, JAN)
    assert len(await consents(town)) == 1


async def test_a_change_may_not_make_one_person_of_two(town: Store) -> None:
    await take(town, JAN)
    eva = await take(town, Person("Eva Malá", phones=("556400001",), topics=("voda",)))
    with pytest.raises(InputError, match="registered already"):
        await become(town, eva, JAN)


async def test_only_who_is_registered_can_change(town: Store) -> None:
    with pytest.raises(InputError, match="subscriber 99 is not registered"):
        await become(town, 99, JAN)
    jan = await take(town, JAN)
    await leave(town, jan)
    with pytest.raises(InputError, match="is not registered"):
        await become(town, jan, JAN)


async def test_leaving_is_recorded_once_and_for_everything(town: Store) -> None:
    jan = await take(town, JAN)
    eva = await take(town, Person("Eva Malá", phones=("556400001",), topics=("voda",)))
    assert await leave(town, jan, eva) == 2
    assert await leave(town, jan) == 0
    async with town.reading() as session:
        assert set(await session.scalars(select(Subscriber.left_at))) == {LATER}
    withdrawn = [(who, ConsentAct.WITHDRAWN, ConsentWay.PHONE, "all") for who in (jan, eva)]
    assert (await consents(town))[2:] == withdrawn


async def test_who_left_may_come_back_as_the_same_subscriber(town: Store) -> None:
    jan = await take(town, JAN)
    await leave(town, jan)
    assert await take(town, replace(JAN, topics=("kultura",))) == jan
    person = (await stored(town))[jan]
    assert not person.left
    assert choice(person.entry)[0] == {"kultura"}
    acts = [act for _, act, _, _ in await consents(town)]
    assert acts == [ConsentAct.GIVEN, ConsentAct.WITHDRAWN, ConsentAct.GIVEN]


async def test_refused_topics_are_marked_and_recorded_only_where_they_are_news(town: Store) -> None:
    jan = await take(town, JAN)
    eva = await take(town, Person("Eva Malá", phones=("556400001",), packages=("5",)))
    assert await refuse(town, [jan, eva], "odpad", "voda") == 2
    assert await refuse(town, [jan, eva], "voda") == 0
    people = await stored(town)
    assert choice(people[jan].entry) == ({"sport"}, {"odpad", "voda"}, {1, 2})
    assert choice(people[eva].entry) == (set(), {"odpad", "voda"}, {5})
    assert (await consents(town))[2:] == [
        (jan, ConsentAct.WITHDRAWN, ConsentWay.PHONE, "voda"),
        (eva, ConsentAct.WITHDRAWN, ConsentWay.PHONE, "odpad, voda"),
    ]


async def test_two_calls_may_refuse_the_same_topic_at_once(town: Store) -> None:
    jan = await take(town, JAN)
    counts = await asyncio.gather(refuse(town, [jan], "sport", "urad"), refuse(town, [jan], "sport", "urad"))
    assert sorted(counts) == [0, 1]


async def test_refusing_for_nobody_or_an_unknown_topic_is_an_error(town: Store) -> None:
    with pytest.raises(InputError, match="no subscriber has id 98, 99"):
        await refuse(town, [98, 99], "voda")
    with pytest.raises(UnknownName, match="vodaa"):
        await refuse(town, [], "vodaa")


@pytest.mark.parametrize(("wording", "evidence"), [("", "x"), ("x" * 41, "x"), ("x", "x\r\ny"), ("x", "x" * 201)])
def test_a_proof_that_would_not_fit_the_record_is_refused(wording: str, evidence: str) -> None:
    with pytest.raises(InputError):
        Proof(ConsentWay.WEB, wording, evidence)


async def test_an_amendment_changes_what_is_told_and_nothing_else(town: Store) -> None:
    jan = await take(town, replace(JAN, quiet="21:00-7:00"))
    before = (await stored(town))[jan].entry
    async with town.writing() as session:
        await amend(session, jan, {"street": "Komenského", "house_number": "5"}, CALL, country="CZ", now=LATER)
    after = (await stored(town))[jan].entry
    assert after.street_id != before.street_id
    assert replace(after, street_id=before.street_id, house_number=before.house_number) == before
    assert (await consents(town))[-1][1:3] == (ConsentAct.GIVEN, ConsentWay.PHONE)


async def test_an_amendment_is_checked_like_everything_else(town: Store) -> None:
    jan = await take(town, JAN)
    eva = await take(town, replace(JAN, name="Eva Malá"))
    with pytest.raises(UnknownName, match="Tiršova"):
        async with town.writing() as session:
            await amend(session, jan, {"street": "Tiršova"}, CALL, country="CZ", now=LATER)
    with pytest.raises(InputError, match="registered already"):
        async with town.writing() as session:
            await amend(session, eva, {"name": "jan novak"}, CALL, country="CZ", now=LATER)
    await leave(town, jan)
    with pytest.raises(InputError, match="not registered"):
        async with town.writing() as session:
            await amend(session, jan, {"name": "Jan Starý"}, CALL, country="CZ", now=LATER)
