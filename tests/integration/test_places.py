"""Import of the address register (RÚIAN) and look-up of places."""

import pytest
from sqlalchemy import func, select

from store.database import Store
from store.errors import BadCell, InputError, RowsError, UnknownName
from store.people import Address, Street, TownPart
from subscribers.places import find_street, find_town_part
from subscribers.ruian import PlacesImported, import_places
from tests.integration.sample_town import ADDRESSES

HEADER = "Kód ADM;Kód obce;Název části obce;Název ulice;Typ SO;Číslo domovní;Číslo orientační;Znak čísla orientačního"


async def take(store: Store, *lines: str) -> PlacesImported:
    async with store.writing() as session:
        return await import_places(session, "\r\n".join([HEADER, *lines]).encode("cp1250"), "adresy.csv")


async def count(store: Store, table: type[Address] | type[Street] | type[TownPart]) -> int:
    async with store.reading() as session:
        return (await session.scalar(select(func.count()).select_from(table))) or 0


async def test_the_sample_town_is_imported_and_again_changes_nothing(store: Store) -> None:
    async with store.writing() as session:
        first = await import_places(session, ADDRESSES, "addresses.csv")
    async with store.writing() as session:
        again = await import_places(session, ADDRESSES.decode("cp1250").encode("utf-8-sig"), "addresses.csv")
    assert first == PlacesImported(town_parts=3, streets=13, added=178, changed=0, unchanged=0)
    assert again == PlacesImported(town_parts=0, streets=0, added=0, changed=0, unchanged=178)
    assert await count(store, Address) == 178


async def test_house_numbers_are_kept_as_people_write_them(store: Store) -> None:
    await take(
        store,
        "1;9;Vzorov;Tyršova;č.p.;123;4;a",
        "2;9;Vzorov;Tyršova;č.p.;124;5;",
        "3;9;Nová Horka;;č.p.;12;;",
        "4;9;Nová Horka;;č.ev.;7;;",
    )
    async with store.reading() as session:
        found = await session.execute(select(Address.house_number, Address.street_id).order_by(Address.code))
        houses = found.all()
    assert [house for house, _ in houses] == ["123/4a", "124/5", "12", "ev. 7"]
    assert [street is None for _, street in houses] == [False, False, True, True]


async def test_a_street_through_two_parts_or_in_two_spellings_is_one(store: Store) -> None:
    done = await take(
        store,
        "1;9;Vzorov;nám. Republiky;č.p.;1;;",
        "2;9;Butovice;nám. republiky;č.p.;1;;",
    )
    assert (done.town_parts, done.streets) == (2, 1)
    async with store.reading() as session:
        assert (await find_street(session, "NAM. REPUBLIKY")).name == "nám. Republiky"


async def test_a_changed_address_is_counted_and_kept(store: Store) -> None:
    await take(store, "1;9;Vzorov;Tyršova;č.p.;1;;", "2;9;Vzorov;Tyršova;č.p.;2;;")
    done = await take(store, "1;9;Vzorov;Dolní;č.p.;1;;", "3;9;Vzorov;Dolní;č.p.;3;;")
    assert done == PlacesImported(town_parts=0, streets=1, added=1, changed=1, unchanged=0)
    assert await count(store, Address) == 3


async def test_every_bad_value_is_named_and_nothing_is_taken(store: Store) -> None:
    with pytest.raises(RowsError) as refused:
        await take(
            store,
            "1;9;Vzorov;Tyršova;č.p.;1;;",
            "x;9;;Tyršova;dům;0;4a;",
            "1;9;Vzorov;Tyršova;č.p.;2;;",
            "3;9;Vzorov;Tyršova;č.p.;2;;b",
            "4;9;Vzorov",
            "99999999999;9;Vzorov;" + "x" * 201 + ";č.p.;2;;",
        )
    assert [(cell.line, cell.column) for cell in refused.value.cells] == [
        (3, "Kód ADM"),
        (3, "Název části obce"),
        (3, "Typ SO"),
        (3, "Číslo domovní"),
        (3, "Číslo orientační"),
        (4, "Kód ADM"),
        (5, "Znak čísla orientačního"),
        (6, "row"),
        (7, "Kód ADM"),
        (7, "Název ulice"),
    ]
    assert await count(store, Street) == await count(store, TownPart) == await count(store, Address) == 0


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "Typ SO: this column is missing"),
        (b"name;phone\n", "this column is missing"),
        (HEADER.encode(), "has no address in it"),
        ((HEADER + ";Typ SO").encode(), "line 1, Typ SO: this column is there twice"),
        (b"\xff\xfeK\x00", "neither UTF-8 nor Windows-1250"),
        (f'{HEADER}\n1;9;"Vzorov'.encode(), "not CSV"),
    ],
)
async def test_a_file_that_is_no_register_is_refused(store: Store, data: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        async with store.writing() as session:
            await import_places(session, data, "adresy.csv")


def test_a_bad_value_is_told_with_its_line_and_column() -> None:
    assert str(BadCell(3, "Typ SO", "wrong")) == "line 3, Typ SO: wrong"


async def test_places_are_found_folded_or_refused_with_the_nearest(store: Store) -> None:
    async with store.writing() as session:
        await import_places(session, ADDRESSES, "addresses.csv")
    async with store.reading() as session:
        assert (await find_town_part(session, "nova horka")).name == "Nová Horka"
        assert (await find_street(session, " TYRSOVA ")).name == "Tyršova"
        with pytest.raises(UnknownName) as street:
            await find_street(session, "Tyršovo")
        assert street.value.nearest[0] == "Tyršova"
        with pytest.raises(UnknownName) as part:
            await find_town_part(session, "Butovce")
        assert part.value.nearest[0] == "Butovice"


async def test_with_no_register_the_error_says_to_import_it(store: Store) -> None:
    async with store.reading() as session:
        with pytest.raises(UnknownName, match="hlasatel places import"):
            await find_street(session, "Tyršova")
