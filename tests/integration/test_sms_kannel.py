"""SMS through a real Kannel to its test SMSC: both ways of encoding, parts, reports, a gateway that dies."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from channels.encoding import Diacritics
from store.database import Store
from store.errors import CarrierError
from store.states import DeliveryState, Disposition, Priority
from tests.deadline import until
from tests.kannel import Kannel, Sms, kannel
from tests.texting import Clock, PostOffice, mobile, text_people, texting

NOTICE = (
    "V úterý 24. listopadu od 8:00 do 14:30 nepoteče voda v ulicích Tyršova a Komenského. "
    "Náhradní cisterna bude na nám. Republiky. Dotazy na tel. 556 414 322, děkujeme."
)
STRIPPED = (
    "V utery 24. listopadu od 8:00 do 14:30 nepotece voda v ulicich Tyrsova a Komenského. "
    "Nahradni cisterna bude na nam. Republiky. Dotazy na tel. 556 414 322, dekujeme."
)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Kannel]:
    async with kannel(tmp_path / "kannel") as running:
        yield running


async def accepted(office: PostOffice) -> bool:
    """The report may be there before the answer to the submit."""
    return all(attempt.accepted_at for attempt in await office.attempts())


async def test_czech_arrives_whole_in_the_fewest_parts(store: Store, gateway: Kannel) -> None:
    await text_people(store, NOTICE)
    async with texting(store, gateway.settings(sender="Vzorov", price_per_part="1.2")) as office:
        await office.until_states(delivered=1)
        await until(lambda: accepted(office), 30)
        [attempt] = await office.attempts()

    parts = await gateway.until_received(2)
    assert "".join(part.text for part in parts) == STRIPPED
    assert {(part.sender, part.to) for part in parts} == {("Vzorov", mobile(0))}
    assert (attempt.disposition, attempt.parts, len(parts)) == (Disposition.DELIVERED, 2, 2)
    assert attempt.accepted_at is not None
    assert str(attempt.price) == "2.4000"


async def test_czech_arrives_with_its_marks_in_three_parts(store: Store, gateway: Kannel) -> None:
    await text_people(store, NOTICE)
    async with texting(store, gateway.settings(), diacritics=Diacritics.KEEP) as office:
        await office.until_states(delivered=1)
        await until(lambda: accepted(office), 30)
        [attempt] = await office.attempts()

    parts = await gateway.until_received(3)
    assert "".join(part.text for part in parts) == NOTICE
    assert (attempt.parts, len(parts)) == (3, 3)


async def test_everybody_gets_one_and_every_report_finds_its_attempt(store: Store, gateway: Kannel) -> None:
    await text_people(store, "Voda netece {vubec} & 100 % ~ [x] @ 5 €", people=130)
    async with texting(store, gateway.settings()) as office:
        await office.until_states(delivered=130)
        attempts = await office.attempts()

    expected = [Sms("Vzorov", mobile(one), "Voda netece {vubec} & 100 % ~ [x] @ 5 €") for one in range(130)]
    assert sorted(await gateway.until_received(130), key=lambda sms: sms.to) == expected
    assert {one.disposition for one in attempts} == {Disposition.DELIVERED}
    assert len(attempts) == 130


async def test_a_gateway_that_is_down_burns_no_try_and_the_next_one_takes_over(store: Store, tmp_path: Path) -> None:
    await text_people(store, "Voda netece.", people=30)
    async with kannel(tmp_path / "first") as first, kannel(tmp_path / "second") as second:
        await first.kill("smsbox")
        carriers = first.settings(name="first"), second.settings(name="second")
        async with texting(store, *carriers, retries={"tries": 1}) as office:
            await office.until_states(delivered=30)
            attempts = await office.attempts()
            assert [outlet.usable for outlet in office.outlets] == [False, True]
        got = await second.until_received(30)

    assert sorted(sms.to for sms in got) == [mobile(one) for one in range(30)]
    assert {(one.trunk, one.disposition) for one in attempts} == {
        ("first", Disposition.WITHDRAWN),
        ("second", Disposition.DELIVERED),
    }


async def test_a_lonely_gateway_that_comes_back_gets_what_waited(store: Store, gateway: Kannel) -> None:
    await text_people(store, "Voda netece.", people=3)
    await gateway.stop()
    async with texting(store, gateway.settings(), retries={"tries": 1}) as office:
        await office.until(lambda states: states == {DeliveryState.QUEUED: 3} and not office.outlets[0].usable)
        await gateway.start()
        await office.until_states(delivered=3)

    assert len(await gateway.until_received(3)) == 3


async def test_the_doctor_sees_a_wrong_password_and_a_dead_gateway(store: Store, gateway: Kannel) -> None:
    async with texting(store, gateway.settings(), gateway.settings(name="other", password="wrong")) as office:
        right, wrong = (outlet.carrier for outlet in office.outlets)
        assert "Kannel at http" in await right.check()
        with pytest.raises(CarrierError, match="403"):
            await wrong.check()
        await gateway.stop()
        with pytest.raises(CarrierError, match="out of reach"):
            await right.check()


async def test_a_wrong_password_sends_nothing_and_burns_nothing(store: Store, gateway: Kannel) -> None:
    await text_people(store, "Voda netece.")
    async with texting(store, gateway.settings(password="wrong"), retries={"tries": 1}) as office:
        await office.until(lambda states: states == {DeliveryState.QUEUED: 1} and not office.outlets[0].usable)
        assert await office.dispositions() == [Disposition.WITHDRAWN]
    assert gateway.received() == []


async def test_in_a_crisis_a_number_that_kannel_denies_is_known_at_once(store: Store, tmp_path: Path) -> None:
    await text_people(store, "Evakuace.", people=3, priority=Priority.CRISIS)
    async with kannel(tmp_path / "kannel", denied="000001") as gateway, texting(store, gateway.settings()) as office:
        await office.until_states(delivered=2, failed=1)
        assert await office.dispositions() == [Disposition.DELIVERED, Disposition.REJECTED, Disposition.DELIVERED]


async def test_a_denied_number_is_told_apart_where_each_has_a_request_of_its_own(store: Store, tmp_path: Path) -> None:
    await text_people(store, "Voda neteče.", people=3)
    async with (
        kannel(tmp_path / "kannel", denied="000001") as gateway,
        texting(store, gateway.settings(numbers_per_request=1)) as office,
    ):
        await office.until_states(delivered=2, failed=1)
        assert await office.dispositions() == [Disposition.DELIVERED, Disposition.REJECTED, Disposition.DELIVERED]


async def test_among_several_kannel_does_not_name_the_number_that_it_denies(store: Store, tmp_path: Path) -> None:
    """It is unknown when no report has come in time; the others are delivered."""
    await text_people(store, "Voda neteče.", people=3)
    clock = Clock()
    async with (
        kannel(tmp_path / "kannel", denied="000001") as gateway,
        texting(store, section := gateway.settings(), clock=clock) as office,
    ):
        await office.until_states(delivered=2, sending=1)
        await until(lambda: accepted(office), 30)
        clock.ahead = timedelta(seconds=section.report_seconds + 1)
        await office.until_states(delivered=2, failed=1)
        assert await office.dispositions() == [Disposition.DELIVERED, Disposition.UNKNOWN, Disposition.DELIVERED]
        assert {sms.to for sms in gateway.received()} == {mobile(0), mobile(2)}
