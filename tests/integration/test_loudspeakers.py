"""Loudspeakers among the subscribers: one code a number, by every door."""

import pytest

from store.database import Store
from store.errors import InputError, RowsError
from store.people import Subscriber
from subscribers.csv_export import export_subscribers
from subscribers.entries import read_entries
from subscribers.loudspeakers import codes_of, loudspeaker_code
from subscribers.person import Person
from subscribers.registration import change
from tests.integration.sample_town import ZONE, import_people, prepare_town
from tests.people import NOW, PROOF, add, leave, line

CLASH = "registered with another code, or none"
TABLE = "jmeno;telefon;kod;temata\n"


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    return store


async def codes(store: Store, *numbers: str) -> dict[str, str]:
    async with store.reading() as session:
        return dict(await codes_of(session, numbers))


@pytest.mark.parametrize("code", ["*1#5", "0", "AB1", "w12w#", " 55 "])
def test_a_code_is_of_keys_and_pauses(code: str) -> None:
    assert loudspeaker_code(code) == code.strip()


@pytest.mark.parametrize("code", ["", "w", "1,2", "abc", "1 2", "12;34", "${X}", "1\r\n2", "1" * 33, "+5"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(InputError, match="not a loudspeaker's code"):
        loudspeaker_code(code)


async def test_only_loudspeakers_that_are_with_us_have_a_code(town: Store) -> None:
    await add(town, "Rozhlas", line(1), code="*1#5")
    gone = await add(town, "Rozhlas u hřiště", line(2), code="7")
    await add(town, "Marie", line(3))
    await leave(town, gone)
    assert await codes(town, line(1), line(2), line(3), line(4)) == {line(1): "*1#5"}
    assert await codes(town) == {}


async def test_a_loudspeaker_has_exactly_one_phone(town: Store) -> None:
    with pytest.raises(InputError, match="exactly one phone"):
        await add(town, "Rozhlas", line(1), line(2), code="*1#5")
    with pytest.raises(InputError, match="exactly one phone"):
        await add(town, "Rozhlas", email="rozhlas@example.cz", code="*1#5")
    with pytest.raises(InputError, match="not a loudspeaker's code"):
        await add(town, "Rozhlas", line(1), code="hvězdička")


async def test_a_number_has_one_code_or_people(town: Store) -> None:
    await add(town, "Rozhlas", line(1), code="*1#5")
    await add(town, "Rozhlas jinak", line(1), code="*1#5")
    marie = await add(town, "Marie", line(2))
    for name, number, code in (("Hasiči", line(1), "*2"), ("Josef", line(1), None), ("Rozhlas 2", line(2), "1")):
        with pytest.raises(InputError, match=CLASH):
            await add(town, name, number, code=code)
    async with town.writing() as session:
        person = Person(name="Marie", phones=(line(2), line(1)), topics=("voda",))
        with pytest.raises(InputError, match=CLASH):
            await change(session, marie, person, PROOF, country="CZ", now=NOW)
        await session.rollback()
    assert await codes(town, line(1), line(2)) == {line(1): "*1#5"}


async def test_the_number_of_a_loudspeaker_that_left_is_free(town: Store) -> None:
    await leave(town, await add(town, "Rozhlas", line(1), code="*1#5"))
    await add(town, "Marie", line(1))
    assert await codes(town, line(1)) == {}
    with pytest.raises(InputError, match=CLASH):
        await add(town, "Rozhlas", line(1), code="*1#5")


async def test_a_file_brings_loudspeakers_changes_their_codes_and_gets_them_back(town: Store) -> None:
    await import_people(town, f"{TABLE}Rozhlas;{line(1)};*1#5;voda\nMarie;{line(2)};;voda\n")
    assert await codes(town, line(1), line(2)) == {line(1): "*1#5"}
    changed = await import_people(town, f"{TABLE}Rozhlas;{line(1)};*2#5;voda\n")
    assert (changed.changed, await codes(town, line(1))) == (1, {line(1): "*2#5"})
    async with town.reading() as session:
        table = await export_subscribers(session, ZONE)
    assert (await import_people(town, table)).unchanged == 2


async def test_every_line_of_a_number_with_two_codes_is_named_and_nothing_is_taken(town: Store) -> None:
    await add(town, "Marie", line(3))
    with pytest.raises(RowsError) as refused:
        await import_people(
            town,
            f"{TABLE}Rozhlas;{line(1)};*1;voda\nDobrý;{line(2)};5;voda\nJosef;{line(1)};;voda\n"
            f"Sirény;{line(3)};9;voda\n",
        )
    assert [(cell.line, cell.column) for cell in refused.value.cells] == [(2, "code"), (4, "code"), (5, "code")]
    with pytest.raises(RowsError, match="line 2, kod: 'x1' is not a loudspeaker's code"):
        await import_people(town, f"{TABLE}Rozhlas;{line(1)};x1;voda\n")
    async with town.reading() as session:
        assert len(await read_entries(session, Subscriber.name != "Marie")) == 0
