"""Each message once, whatever the gateway repeats; long ones put together; and what a crash leaves behind."""

import asyncio

import pytest
from sqlalchemy import select

from channels.incoming.arrived import Part, number_of, read_header
from store.database import Store
from store.messages import MessageState
from store.people import Consent
from tests.integration.incoming import MOBILE, OTHER, Town, make_town

PIECES = ("REGISTRUJ Jan No", "vák Tyršova ", "214 T1")


@pytest.fixture
async def town(store: Store) -> Town:
    return await make_town(store)


def parts(pieces: tuple[str, ...] = PIECES) -> list[Part]:
    return [Part(42, number, len(pieces)) for number in range(1, len(pieces) + 1)]


async def test_what_comes_again_is_taken_once(town: Town) -> None:
    message = town.arrived("REGISTRUJ Jan Novák Tyršova 214 T1", key="again")
    assert [await town.inbox.take(message) for _ in range(3)] == [True, False, False]
    assert await town.clerk.work() == 1
    assert not await town.inbox.take(message)
    assert await town.clerk.work() == 0
    assert len(await town.messages()) == 1


async def test_many_at_once_and_each_twice_are_taken_once(town: Town) -> None:
    messages = [town.arrived("STAV", sender=f"+42060200{at:04}", key=f"k{at}") for at in range(150)]
    news = await asyncio.gather(*map(town.inbox.take, [*messages, *reversed(messages)]))
    assert sum(news) == 150
    assert len(await town.messages()) == 150


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_parts_in_any_order_are_one_message(town: Town, order: tuple[int, ...]) -> None:
    for at in order:
        assert not await town.clerk.work()
        await town.inbox.take(town.arrived(PIECES[at], part=parts()[at]))
    assert await town.clerk.work() == 1
    (jan,) = await town.people()
    assert (jan.entry.name, jan.entry.house_number) == ("Jan Novák", "214/1")
    states = sorted(message.state for message in await town.messages())
    assert states == [MessageState.DONE, MessageState.JOINED, MessageState.JOINED]


async def test_parts_of_two_people_with_one_reference_do_not_mix(town: Town) -> None:
    for at, piece in enumerate(PIECES):
        for sender in (MOBILE, OTHER):
            await town.inbox.take(town.arrived(piece, sender=sender, part=parts()[at]))
    assert await town.clerk.work() == 2
    assert sorted(person.entry.phones[0].number for person in await town.people()) == [MOBILE, OTHER]


async def test_a_part_that_comes_twice_counts_once(town: Town) -> None:
    for at in (0, 0, 1, 1, 2):
        await town.inbox.take(town.arrived(PIECES[at], part=parts()[at]))
    assert await town.clerk.work() == 1
    town.later(hours=3)
    assert await town.clerk.work() == 0
    assert len(await town.people()) == 1


async def test_ten_parts_are_read_as_one(town: Town) -> None:
    pieces = ("P ", *("U školy nesvítí lampa. " * 6 for _ in range(9)))
    for part, piece in zip(parts(pieces), pieces, strict=True):
        await town.inbox.take(town.arrived(piece, part=part))
    assert await town.clerk.work() == 1
    assert (await town.messages())[0].text == "".join(pieces)


async def test_a_message_whose_part_never_comes_is_told_so_and_does_nothing(town: Town) -> None:
    for at in (0, 1):
        await town.inbox.take(town.arrived(PIECES[at], part=parts()[at], key=f"p{at}"))
    town.later(minutes=59)
    assert await town.clerk.work() == 0
    town.later(minutes=2)
    assert await town.clerk.work() == 1
    assert "nepřišla celá" in str(await town.answer_to("p0"))
    assert await town.people() == []


async def test_a_letter_without_its_end_is_kept_all_the_same(town: Town) -> None:
    await town.inbox.take(town.arrived("P U školy nesvítí", part=Part(1, 1, 2), key="p"))
    town.later(minutes=61)
    await town.clerk.work()
    assert "váš vzkaz jsme přijali" in str(await town.answer_to("p"))


async def test_many_newcomers_are_registered_at_once_and_the_others_beside_them(town: Town) -> None:
    await town.say("REGISTRUJ Jan Novák Tyršova 214 T1")
    await town.say("STOP")
    numbers = [f"+42060300{at:04}" for at in range(20)]
    for number in numbers:
        await town.inbox.take(town.arrived("REGISTRUJ Petr Malý Polní 2 T2", sender=number, key=number))
    others = {
        "back": ("REGISTRUJ Jan Novák Tyršova 214 T3", MOBILE),
        "first": ("REGISTRUJ Eva Malá Tyršova 1 T1", OTHER),
        "second": ("REGISTRUJ Eva Malá Tyršova 2 T1", OTHER),
        "asked": ("REGISTRUJ Karel Starý Lipavá 21", "+420603001000"),
        "wrong": ("REGISTRUJ Karel Starý Tyršova 1 T99", "+420603001001"),
    }
    for key, (text, sender) in others.items():
        await town.inbox.take(town.arrived(text, sender=sender, key=key))
    assert await town.clerk.work() == 25
    assert [await town.answer_to(number) for number in numbers] == [
        "Registrace hotova: Petr Malý, Polní 2. Témata: T2. Změna: ZMENA, konec: STOP. Studénka"
    ] * 20
    people = {person.entry.phones[0].number: person for person in await town.people()}
    assert people.keys() == {*numbers, MOBILE, OTHER}
    assert not people[MOBILE].left
    assert people[OTHER].entry.house_number == "215/2"
    assert "Kterou ulici" in str(await town.answer_to("asked"))
    assert "T99" in str(await town.answer_to("wrong"))
    ids = [message.subscriber_id for message in await town.messages() if message.key in numbers]
    assert len(set(ids)) == 20
    async with town.store.reading() as session:
        evidence = set(await session.scalars(select(Consent.evidence).where(Consent.subscriber_id.in_(ids))))
    assert len(evidence) == 20


async def test_a_defect_with_one_message_does_not_keep_the_others(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    await town.inbox.take(town.arrived("STAV", key="bad"))
    await town.inbox.take(town.arrived("POMOC", key="good"))
    monkeypatch.setattr("channels.incoming.deeds.people_on", broken)
    assert await town.clerk.work() == 2
    assert [message.state for message in await town.messages()] == [MessageState.FAILED, MessageState.DONE]
    assert await town.answer_to("good")


async def test_a_defect_with_newcomers_registers_each_by_themselves(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("channels.incoming.clerk.register_newcomers", broken)
    assert "Registrace hotova" in str(await town.say("REGISTRUJ Jan Novák Tyršova 214 T1"))


async def test_what_was_taken_and_not_yet_read_survives_a_crash(town: Town) -> None:
    await town.inbox.take(town.arrived("REGISTRUJ Jan Novák Tyršova 214 T1", key="k"))
    reborn = Town(town.store)
    assert await reborn.clerk.work() == 1
    assert await reborn.clerk.work() == 0
    assert await town.answer_to("k")
    assert len(await town.people()) == 1


@pytest.mark.parametrize("text", ["REGISTRUJ\x00 Jan", "\ud83d half", "\x00\x00", "\u202e obráceně", "a" * 100_000])
async def test_strange_texts_are_stored(town: Town, text: str) -> None:
    assert await town.say(text)
    assert [message.state for message in await town.messages()] == [MessageState.DONE]


def test_headers_of_long_messages() -> None:
    assert read_header(bytes.fromhex("0500032A0201")) == Part(42, 1, 2)
    assert read_header(bytes.fromhex("060804012A0302")) == Part(298, 2, 3)
    assert read_header(bytes.fromhex("0B05040B8423F00003010201")) == Part(1, 1, 2)
    for nonsense in ("", "00", "0500032A0200", "0500032A0203", "0500032A0101", "FFFF", "0605041581"):
        assert read_header(bytes.fromhex(nonsense)) is None


def test_numbers_that_can_be_registered() -> None:
    assert number_of("420602123456", "CZ") == number_of("602 123 456", "CZ") == MOBILE
    assert number_of("421905123456", "CZ") == "+421905123456"
    for sender in ("Banka", "", "112", "1188", "90733", "+420900123456", "+4206021", "٦٠٢١٢٣٤٥٦"):
        assert number_of(sender, "CZ") is None
