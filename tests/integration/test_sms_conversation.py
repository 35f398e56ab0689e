"""What happens to people and what they are answered, message by message."""

import pytest
from sqlalchemy import select

from channels.encoding import Diacritics, encode
from store.database import Store
from store.messages import Letter, MessageState
from store.people import Consent, ConsentAct, ConsentWay
from store.states import Channel
from tests.integration.incoming import MOBILE, OTHER, OURS, Town, make_town


@pytest.fixture
async def town(store: Store) -> Town:
    return await make_town(store)


async def consents(town: Town) -> list[tuple[ConsentAct, ConsentWay, str, str, str]]:
    async with town.store.reading() as session:
        rows = await session.scalars(select(Consent).order_by(Consent.id))
        return [(row.act, row.way, row.subject, row.wording, row.evidence) for row in rows]


async def test_a_registration_is_kept_with_its_consent_and_confirmed(town: Town) -> None:
    answer = await town.say("REGISTRUJ Jan Novák Tyršova 214 T1 B2")
    assert answer == ("Registrace hotova: Jan Novák, Tyršova 214/1. Témata: T1 B2. Změna: ZMENA, konec: STOP. Studénka")
    (jan,) = await town.people()
    assert (jan.entry.name, jan.entry.phones[0].number) == ("Jan Novák", MOBILE)
    assert (set(jan.entry.topics), set(jan.entry.packages)) == ({"nehody"}, {2})
    assert jan.entry.channels == (Channel.SMS,)
    assert jan.entry.house_number == "214/1"
    assert jan.entry.town_part_id is not None
    assert await consents(town) == [(ConsentAct.GIVEN, ConsentWay.SMS, "nehody, package 2", "sms-1", "sms 1")]


async def test_without_topics_somebody_gets_everything_and_is_told_so(town: Town) -> None:
    assert "Témata: B5." in str(await town.say("registruj jan novak tyrsova 1"))
    assert (await town.people())[0].entry.packages == {5}


async def test_who_tells_no_name_is_called_by_the_number(town: Town) -> None:
    assert "Odběratel 602 123 456, Nová Horka ev. 7" in str(await town.say("REGISTRUJ NOVA HORKA 7 EVID T1"))
    assert "Jan Novák" in str(await town.say("ZMENA Jan Novák"))
    assert [person.entry.name for person in await town.people()] == ["Jan Novák"]


async def test_a_street_in_doubt_is_asked_for_and_its_number_understood(town: Town) -> None:
    question = await town.say("REGISTRUJ Jan Novák Lipavá 21 T1")
    assert question == "Kterou ulici myslíte? 1 Lipavská, 2 Lipová. Odpovězte jen číslem. Studénka"
    assert await town.people() == []
    assert "jen číslem: 1 Lipavská, 2 Lipová" in str(await town.say("nevím"))
    assert "Lipavská 21" in str(await town.say("1"))
    assert "nerozumíme" in str(await town.say("1"))


async def test_a_question_is_open_for_a_day(town: Town) -> None:
    await town.say("REGISTRUJ Jan Novák Lipavá 21 T1")
    town.later(hours=25)
    assert "nerozumíme" in str(await town.say("1"))
    assert await town.people() == []


async def test_an_address_that_is_missing_is_asked_for(town: Town) -> None:
    assert "Kde bydlíte?" in str(await town.say("REGISTRUJ Jan Novák"))
    assert "Kde bydlíte?" in str(await town.say("to nevím"))
    assert "Jan Novák, Nádražní 10" in str(await town.say("na Nádražní 10"))


async def test_another_order_closes_the_question(town: Town) -> None:
    await town.say("REGISTRUJ Jan Novák")
    await town.say("REGISTRUJ Eva Malá Tyršova 2")
    assert "nerozumíme" in str(await town.say("Nádražní 10"))
    assert [person.entry.name for person in await town.people()] == ["Eva Malá"]


async def test_a_change_keeps_what_it_does_not_tell(town: Town) -> None:
    await town.say("REGISTRUJ Jan Novák Tyršova 214 T1 B2")
    assert "Jan Novák, Nádražní 10. Témata: T1 B2" in str(await town.say("ZMENA Nádražní 10"))
    assert "Jan Novák, Nádražní 10. Témata: T3" in str(await town.say("zmena 3"))
    assert "T3" in str(await town.say("STAV"))


async def test_registering_again_changes_the_same_person(town: Town) -> None:
    await town.say("REGISTRUJ Jan Novák Tyršova 214 T1")
    await town.say("REGISTRUJ JAN NOVAK NADRAZNI 10 T2")
    await town.say("REGISTRUJ Polní 2")
    (jan,) = await town.people()
    assert (jan.entry.house_number, set(jan.entry.topics)) == ("2", {"povodne"})


async def test_two_people_of_one_mobile_are_told_apart(town: Town) -> None:
    await town.say("REGISTRUJ Jan Novák Tyršova 214 T1")
    await town.say("REGISTRUJ Eva Nováková Tyršova 214 T2")
    assert "Jan Novák, Eva Nováková" in str(await town.say("STAV"))
    assert "1 Jan Novák, 2 Eva Nováková" in str(await town.say("ZMENA T3"))
    assert "Eva Nováková" in str(await town.say("2"))
    assert "Odhlášeno" in str(await town.say("ODREGISTRUJ Jan Novák"))
    assert {person.entry.name: person.left for person in await town.people()} == {
        "Jan Novák": True,
        "Eva Nováková": False,
    }


async def test_a_topic_is_left_and_then_the_last_one(town: Town) -> None:
    await town.say("REGISTRUJ Jan Novák Tyršova 214 B1 T4")
    assert "Odhlášeno: T4." in str(await town.say("ODREGISTRUJ T4"))
    assert "Témata: B1 -T4." in str(await town.say("STAV"))
    assert "posílat nebudeme" in str(await town.say("ODREGISTRUJ B1"))
    assert [person.left for person in await town.people()] == [True]


@pytest.mark.parametrize("word", ["STOP", "odregistruj", "Prosím, odhlašte mě", "UNREGISTER"])
async def test_who_says_stop_gets_nothing_more(town: Town, word: str) -> None:
    await town.say("REGISTRUJ Jan Novák Tyršova 214 T1")
    answer = str(await town.say(word))
    assert answer.startswith(("Odhlášeno", "Unsubscribed"))
    assert [person.left for person in await town.people()] == [True]
    assert (await consents(town))[-1][:3] == (ConsentAct.WITHDRAWN, ConsentWay.SMS, "all")
    town.later(hours=2)
    assert "není registrováno" in str(await town.say("STOP"))
    assert "Registrace hotova" in str(await town.say("REGISTRUJ Jan Novák Tyršova 214 T1"))


async def test_who_is_not_registered_changes_nothing(town: Town) -> None:
    for text in ("ZMENA T1", "STAV", "ODREGISTRUJ T1"):
        assert "není registrováno" in str(await town.say(text))


async def test_a_name_that_is_not_there_unsubscribes_nobody(town: Town) -> None:
    await town.say("REGISTRUJ Jan Novák Tyršova 214 T1")
    assert "Karel Malý" in str(await town.say("ODREGISTRUJ Karel Malý"))
    assert [person.left for person in await town.people()] == [False]


async def test_a_letter_is_kept_and_receipted(town: Town) -> None:
    assert "pod číslem 1" in str(await town.say("P U školy nesvítí lampa."))
    async with town.store.reading() as session:
        (letter,) = await session.scalars(select(Letter))
    assert (letter.text, letter.number, letter.forwarded_at) == ("U školy nesvítí lampa.", MOBILE, None)


async def test_english_is_answered_in_english(town: Town) -> None:
    assert "Registered: John Smith" in str(await town.say("REGISTER John Smith Tyršova 1 T1"))
    assert "You are registered" in str(await town.say("status"))
    assert (await town.people())[0].entry.language == "en"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "bez textu"),
        ("🙂🙂", "bez textu"),
        (None, "neumíme přečíst"),
        ("Kdy poteče voda?", "nerozumíme"),
        ("REGISTRUJ Jan Novák Xyzqw 5", "Ulici Xyzqw neznáme"),
        ("REGISTRUJ Jan Novák Tyršova 1 T99", "Téma T99 neznáme. Pošlete znovu s tématy T1-T19 nebo balíčky B1-B5"),
        ("P", "napište vzkaz"),
        ("HLASENI Evakuace, opusťte domy", "nerozumíme"),
        ("x" * 5000, "nerozumíme"),
        ("REGISTRUJ " + "Jan " * 2000, "Kde bydlíte?"),
        ("REGISTRUJ {name} %s {0} ' ; DROP TABLE Tyršova 1", "Registrace hotova"),
    ],
)
async def test_bad_input_gets_one_answer_that_says_what_to_send(town: Town, text: str | None, said: str) -> None:
    answer = str(await town.say(text))
    assert said in answer
    assert encode(answer, Diacritics.STRIP).parts == 1
    assert [message.state for message in await town.messages()] == [MessageState.DONE]


@pytest.mark.parametrize("sender", ["Banka", "1188", "90733", "+420900123456", "", "602", OURS, "+420800123456", "112"])
async def test_no_answer_goes_to_short_codes_names_premium_numbers_or_ourselves(town: Town, sender: str) -> None:
    assert await town.say("REGISTRUJ Jan Novák Tyršova 1 T1", sender) is None
    assert await town.people() == []
    assert [message.state for message in await town.messages()] == [MessageState.DONE]


async def test_a_foreign_number_out_of_reach_is_not_registered_but_may_leave(town: Town) -> None:
    assert await town.say("REGISTRUJ Jan Novák Tyršova 1 T1", "+421905123456") is None
    assert await town.people() == []
    assert (await town.messages())[0].result == "out_of_reach"


@pytest.mark.parametrize("sender", ["602123456", "+420602123456", "420602123456", "00420602123456", "+420 602 123 456"])
async def test_a_number_is_one_however_the_gateway_writes_it(town: Town, sender: str) -> None:
    await town.say("REGISTRUJ Jan Novák Tyršova 1 T1", sender)
    assert (await town.people())[0].entry.phones[0].number == MOBILE


async def test_answers_to_one_number_are_limited_but_its_orders_are_obeyed(store: Store) -> None:
    town = await make_town(store, answers_per_hour=2)
    assert await town.say("REGISTRUJ Jan Novák Tyršova 1 T1")
    assert await town.say("Automatická odpověď: jsem na dovolené")
    assert await town.say("Automatická odpověď: jsem na dovolené") is None
    assert await town.say("STOP") is None
    assert [person.left for person in await town.people()] == [True]
    assert await town.say("STAV", OTHER)
    town.later(minutes=61)
    assert await town.say("STAV")
