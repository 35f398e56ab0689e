"""A package may have channels of its own: at the door, in CSV, and after the package is given up."""

from dataclasses import replace

import pytest

from store.database import Store
from store.errors import RowsError
from store.states import Channel
from subscribers.csv_export import export_subscribers
from subscribers.entries import read_entries, replace_entries
from subscribers.person import Entry
from tests.integration.sample_town import ZONE, import_people, prepare_town

PEOPLE = """\
jmeno;telefon;email;temata;balicky;kanaly
Jan;602 123 456;jan@example.cz;;2, 4;hlas | sms | 2: sms email | B4: email
Eva;602 123 457;eva@example.cz;voda;;
Pevná;556 414 322;;voda;;
"""


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    return store


async def people(store: Store) -> list[Entry]:
    async with store.reading() as session:
        return [stored.entry for stored in (await read_entries(session)).values()]


async def test_channels_of_a_package_stand_among_the_channels(town: Store) -> None:
    await import_people(town, PEOPLE)
    jan, eva, fixed = await people(town)
    assert jan.channels == (Channel.VOICE, Channel.SMS)
    assert dict(jan.package_channels) == {2: (Channel.SMS, Channel.EMAIL), 4: (Channel.EMAIL,)}
    assert eva.channels == (Channel.VOICE, Channel.SMS, Channel.EMAIL)
    assert fixed.channels == (Channel.VOICE,)
    async with town.reading() as session:
        exported = await export_subscribers(session, ZONE)
    assert "voice, sms, 2: sms email, 4: email" in exported
    assert (await import_people(town, exported)).unchanged == 3


async def test_who_gives_up_a_package_gives_up_its_channels(town: Store) -> None:
    await import_people(town, PEOPLE)
    jan, *_ = await people(town)
    async with town.writing() as session:
        await replace_entries(session, {1: replace(jan, packages=frozenset({4}))})
    jan, *_ = await people(town)
    assert dict(jan.package_channels) == {4: (Channel.EMAIL,)}


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("3: sms", "channels for package 3, which is not wanted"),
        ("2: email", "email is chosen but there is no e-mail address"),
        ("2:", "is no package with its channels"),
        ("2: fax", "unknown channel “fax”"),
        ("2: sms | B2: hlas", "channels for package 2 twice"),
        ("9: sms", "unknown package"),
    ],
)
async def test_odd_channels_of_a_package_are_refused(town: Store, cell: str, reason: str) -> None:
    with pytest.raises(RowsError) as refused:
        await import_people(town, f"jmeno;telefon;temata;balicky;kanaly\nJan;602 123 456;;2;{cell}\n")
    assert reason in str(refused.value)
    assert {one.column for one in refused.value.cells} == {"kanaly"}
