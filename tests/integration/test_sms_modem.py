"""SMS by a modem: a real gammu-smsd with its dummy modem; and the embedded file."""

import json
from pathlib import Path

import pytest

from channels.encoding import Diacritics
from channels.file import FileSettings
from channels.gammu import concatenation, disposition_of
from store.database import Store
from store.errors import CarrierError
from store.states import DeliveryState, Disposition
from tests.gammu import gammu
from tests.texting import mobile, text_people, texting

NOTICE = "Příliš žluťoučký kůň úpěl ďábelské ódy. " * 4


async def test_a_modem_sends_czech_in_parts(store: Store, tmp_path: Path) -> None:
    await text_people(store, NOTICE)
    async with (
        gammu(tmp_path / "gammu") as modem,
        texting(store, modem.settings(delivery_reports=False), diacritics=Diacritics.KEEP) as office,
    ):
        await office.until_states(delivered=1)
        [attempt] = await office.attempts()
        sent = modem.rows("SELECT DestinationNumber, TextDecoded, UDH, Status FROM sentitems ORDER BY SequencePosition")
        assert "1 modem(s)" in await office.outlets[0].carrier.check()
    assert (attempt.disposition, attempt.parts, len(sent)) == (Disposition.SENT, 3, 3)
    assert "".join(row[1] for row in sent) == NOTICE
    assert {row[0] for row in sent} == {mobile(0)}
    assert [row[2][-4:] for row in sent] == ["0301", "0302", "0303"]


async def test_a_network_that_reports_is_waited_for(store: Store, tmp_path: Path) -> None:
    """The dummy modem has no network, so this writes what gammu writes when its report comes."""
    await text_people(store, "Voda neteče.", people=2)
    async with gammu(tmp_path / "gammu") as modem, texting(store, modem.settings()) as office:

        async def both_left() -> bool:
            return len(modem.rows("SELECT ID FROM sentitems")) == 2

        await office.until_true(both_left)
        assert await office.states() == {DeliveryState.SENDING: 2}
        modem.rows("UPDATE sentitems SET Status = 'DeliveryOK'")
        await office.until_states(delivered=2)
    assert set(await office.dispositions()) == {Disposition.DELIVERED}


async def test_without_its_tables_nothing_is_burnt(store: Store, tmp_path: Path) -> None:
    await text_people(store, "Voda neteče.")
    async with gammu(tmp_path / "gammu") as modem:
        settings = modem.settings(url=f"sqlite:///{tmp_path}/empty.db")
        async with texting(store, settings, retries={"tries": 1}) as office:
            await office.until(lambda states: states == {DeliveryState.QUEUED: 1} and not office.outlets[0].usable)
            with pytest.raises(CarrierError, match="no such table"):
                await office.outlets[0].carrier.check()


@pytest.mark.parametrize(
    ("statuses", "reports", "disposition"),
    [
        (["SendingOK"], True, None),
        (["SendingOK"], False, Disposition.SENT),
        (["SendingOKNoReport"], True, Disposition.SENT),
        (["DeliveryOK", "DeliveryOK"], True, Disposition.DELIVERED),
        (["DeliveryOK", "SendingOK"], True, None),
        (["DeliveryPending"], True, None),
        (["DeliveryOK", "SendingError"], True, Disposition.FAILED),
        (["DeliveryFailed"], True, Disposition.FAILED),
        (["Error"], False, Disposition.FAILED),
    ],
)
def test_what_gammu_says(statuses: list[str], disposition: Disposition | None, *, reports: bool) -> None:
    assert disposition_of(statuses, reports=reports) is disposition


def test_headers_of_parts() -> None:
    assert concatenation(1, 7) == [None]
    assert concatenation(2, 0xAB) == ["050003AB0201", "050003AB0202"]


async def test_the_file_gets_a_line_for_each_message(store: Store, tmp_path: Path) -> None:
    await text_people(store, "Voda neteče.", people=3)
    settings = FileSettings(
        adapter="file", name="demo", file=tmp_path / "out" / "sms.jsonl", sender="Vzorov", messages_per_second=100
    )
    async with texting(store, settings) as office:
        await office.until_states(delivered=3)
        ids = {one.id for one in await office.attempts()}
    lines = [json.loads(line) for line in settings.file.read_text("utf-8").splitlines()]
    assert {(one["from"], one["to"], one["text"], one["parts"]) for one in lines} == {
        ("Vzorov", mobile(number), "Voda netece.", 1) for number in range(3)
    }
    assert {one["id"] for one in lines} == ids
