"""Import and export of subscribers: all rows or none, every bad value named, the same file changes nothing."""

import asyncio
import csv
import io
from datetime import UTC, datetime, time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from store.database import Store
from store.errors import InputError, RowsError
from store.people import Consent, ConsentWay, PhoneKind, Subscriber
from store.states import Channel
from subscribers.columns import guard
from subscribers.consent import Proof
from subscribers.csv_export import export_subscribers
from subscribers.csv_import import PeopleImported
from subscribers.entries import read_entries
from subscribers.folding import fold
from subscribers.person import Entry
from subscribers.registration import refuse_topics, unsubscribe
from tests.integration.sample_town import NOW, SUBSCRIBERS, ZONE, choice, import_people, prepare_town

CALL = Proof(ConsentWay.PHONE, "call-1", "a1b2c3")


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    return store


async def people(store: Store) -> list[Entry]:
    async with store.reading() as session:
        return [person.entry for person in (await read_entries(session)).values()]


async def exported(store: Store) -> str:
    async with store.reading() as session:
        return await export_subscribers(session, ZONE)


async def count(store: Store, table: type[Consent] | type[Subscriber]) -> int:
    async with store.reading() as session:
        return (await session.scalar(select(func.count()).select_from(table))) or 0


def counts(done: PeopleImported) -> tuple[int, int, int, int]:
    return done.added, done.changed, done.unchanged, done.left


async def test_the_sample_town_is_imported_once_and_its_export_is_the_same_people(town: Store) -> None:
    first = await import_people(town, SUBSCRIBERS)
    again = await import_people(town, SUBSCRIBERS)
    round_trip = await import_people(town, await exported(town))
    assert counts(first) == (44, 0, 0, 0)
    assert first.phones == {PhoneKind.FIXED: 41, PhoneKind.MOBILE: 3}
    assert counts(again) == counts(round_trip) == (0, 0, 44, 0)
    assert await count(town, Consent) == await count(town, Subscriber) == 44


def test_the_sample_town_has_whom_the_water_outage_concerns() -> None:
    rows = list(csv.DictReader(io.StringIO(SUBSCRIBERS.decode()), delimiter=";"))
    concerned = [
        row
        for row in rows
        if row["ulice"] in {"Tyršova", "Komenského"}
        and ("voda" in row["temata"] or {"2", "5"} & set(row["balicky"].split(", ")))
    ]
    lines = [number for row in concerned for number in row["telefon"].split(", ")]
    assert len(concerned) == 29
    assert sorted(set(lines)) == sorted(
        [f"+4205564000{n:02}" for n in range(1, 28)] + ["+420602400026", "+420602400028"]
    )
    assert [number for number in lines if lines.count(number) > 1] == ["+420556400014"] * 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250"])
@pytest.mark.parametrize(
    "table",
    [
        "jmeno;telefon;email;rok_narozeni;cast_obce;ulice;cislo;temata;kanaly;jazyk\n"
        "Věra Žáková;556 400 001|602 123 456;v@x.cz;1950;Vzorov;Tyršova;215/2;voda, 1;hlas, e-mail;cs\n",
        "Name,Phone,Email,Birth_Year,Town part,STREET,house_number,topics,channels,language\r\n\r\n"
        'Věra Žáková,"556 400 001, 602 123 456",v@x.cz,1950,VZOROV,tyrsova,215/2,voda|B1,voice|email,\r\n',
        "jméno;telefon;email;rok narození;část obce;ulice;číslo;témata;balíčky;kanály;jazyk\n"
        '"Věra Žáková";"556 400 001; 602 123 456";v@x.cz;1950;Vzorov;Tyršova;215/2;voda;1;telefon|email;CS\n',
    ],
)
async def test_czech_and_english_headers_both_delimiters_and_encodings_are_read(
    town: Store, table: str, encoding: str
) -> None:
    await import_people(town, table.encode(encoding))
    (vera,) = await people(town)
    assert (vera.name, vera.email, vera.birth_year, vera.language) == ("Věra Žáková", "v@x.cz", 1950, "cs")
    assert [phone.number for phone in vera.phones] == ["+420556400001", "+420602123456"]
    assert choice(vera) == ({"voda"}, set(), {1})
    assert vera.channels == (Channel.VOICE, Channel.EMAIL)


async def test_every_bad_value_of_every_row_is_named_and_nothing_is_taken(town: Store) -> None:
    with pytest.raises(RowsError) as refused:
        await import_people(
            town,
            "jmeno;telefon;email;rok_narozeni;ulice;cislo;temata;balicky;kanaly;jazyk;skupiny\n"
            "Eva Dobrá;556400001;;;;;voda;;;;\n"
            '"Jan\nNovák";12;x@;19x0;Tyrsovo;tři;vody|B9;;fax;cz;\n'
            "Ota;;;1850;;;;;;;\n"
            "Eva Dobrá\n"
            "eva dobrá;+420 556 400 001;;;;;sport;;;;\n"
            "Iva;900123456|112;;;;;!voda|voda;8;sms;;\n",
            "lide.csv",
        )
    assert [(cell.line, cell.column) for cell in refused.value.cells] == [
        (3, "rok_narozeni"), (3, "kanaly"), (3, "jmeno"), (3, "telefon"), (3, "email"), (3, "ulice"),
        (3, "cislo"), (3, "temata"), (3, "temata"), (3, "jazyk"),
        (5, "rok_narozeni"), (5, "telefon"), (5, "temata"),
        (6, "row"),
        (7, "jmeno"),
        (8, "telefon"), (8, "telefon"), (8, "balicky"), (8, "kanaly"), (8, "temata"),
    ]  # fmt: skip
    text = str(refused.value)
    assert "lide.csv" in text
    assert "line 3, ulice: unknown street “Tyrsovo” — did you mean Tyršova?" in text
    assert "line 7, jmeno: the same person as on line 2" in text
    assert await count(town, Subscriber) == await count(town, Consent) == 0


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("", "line 1, name: this column is missing"),
        ("jmeno;temata\n", "line 1, phone: this column is missing"),
        ("jmeno;telefon;temata;barva\n", "line 1, barva: unknown column"),
        ("jmeno;telefon;temata;\n", r"line 1, \(empty\): unknown column"),
        ("jmeno;telefon;temata;Name\n", "line 1, name: this column is there twice"),
        ("jmeno;telefon;temata\n\0;;\n", "neither UTF-8 nor Windows-1250"),
        ('jmeno;telefon;temata\nJan;"1"2;\n', "line 2: not CSV"),
    ],
)
async def test_a_bad_header_or_file_is_refused(town: Store, table: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        await import_people(town, table)


async def test_a_changed_row_changes_one_person_with_one_new_consent(town: Store) -> None:
    await import_people(town, "name,phone,topics\nJan,556400001,voda\nEva,556400002,voda\n")
    done = await import_people(town, "name,phone,topics\nJAN,556400001,voda|sport\nEva,556400002,voda\n", "nove.csv")
    assert counts(done) == (0, 1, 1, 0)
    async with town.reading() as session:
        last = (await session.scalars(select(Consent).order_by(Consent.id.desc()))).first()
    assert last is not None
    assert (last.way, last.wording, last.evidence) == (ConsentWay.IMPORT, "import-1", "nove.csv")
    assert last.subject == "sport, voda"
    assert await count(town, Consent) == 3


async def test_who_left_is_not_brought_back_by_an_old_file(town: Store) -> None:
    table = "name,phone,topics\nEva,556400002,voda\nJan,556400001,voda\n"
    await import_people(town, table)
    async with town.writing() as session:
        jan = (await session.scalars(select(Subscriber.id).where(Subscriber.name == "Jan"))).one()
        await unsubscribe(session, [jan], CALL, now=NOW)
    done = await import_people(town, table)
    assert (counts(done), done.left_lines) == ((0, 0, 1, 1), (3,))
    async with town.reading() as session:
        assert (await session.get_one(Subscriber, jan)).left_at == NOW
    assert "Jan" not in await exported(town)


async def test_what_a_person_refused_by_phone_stays_refused_after_an_old_file(town: Store) -> None:
    table = "name,phone,topics\nJan,556400001,voda|sport|2\n"
    await import_people(town, table)
    async with town.writing() as session:
        jan = (await session.scalars(select(Subscriber.id))).one()
        await refuse_topics(session, [jan], ["voda", "odpad"], CALL, now=NOW)
    assert counts(await import_people(town, table)) == (0, 0, 1, 0)
    (entry,) = await people(town)
    assert choice(entry) == ({"sport"}, {"odpad", "voda"}, {2})
    assert "sport, !odpad, !voda" in await exported(town)
    assert counts(await import_people(town, await exported(town))) == (0, 0, 1, 0)


async def test_two_people_on_one_phone_are_two_subscribers(town: Store) -> None:
    done = await import_people(town, "name,phone,topics\nJan,556400001,voda\nEva,556400001,voda\n")
    assert counts(done) == (2, 0, 0, 0)


async def test_two_imports_of_one_file_at_once_make_nobody_twice(town: Store) -> None:
    await asyncio.gather(import_people(town, SUBSCRIBERS), import_people(town, SUBSCRIBERS))
    assert await count(town, Subscriber) == 44


async def test_what_a_person_refuses_during_an_import_is_not_lost(town: Store) -> None:
    def table(topics: str) -> str:
        return "name,phone,topics\n" + "".join(f"Jan {n},556{n},{topics}\n" for n in range(400100, 400600))

    async def refuse() -> None:
        async with town.writing() as session:
            await refuse_topics(session, [1], ["voda"], CALL, now=NOW)

    await import_people(town, table("voda"))
    await asyncio.gather(import_people(town, table("voda|sport")), refuse())
    assert choice((await people(town))[0]) == ({"sport"}, {"voda"}, set())


async def test_an_export_holds_no_formula_for_a_spreadsheet(town: Store) -> None:
    await import_people(
        town,
        "name,phone,topics,groups,email\n=cmd|x,556400001,voda,@SUM(A1),=1@x.cz\n-Jan,556400002,voda,+1,\n",
    )
    text = await exported(town)
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    cells = [cell for row in rows for column, cell in row.items() if column != "telefon"]
    assert [cell for cell in cells if cell[:1] in "=+-@" and cell] == []
    assert rows[0]["telefon"] == "+420556400001"
    assert counts(await import_people(town, text)) == (0, 0, 2, 0)


async def test_quiet_hours_and_a_pause_are_read_kept_and_written(town: Store) -> None:
    await import_people(
        town,
        "jmeno;telefon;temata;ticho;pauza_do\n"
        "Jan;556400001;voda;21:00 – 7:00;24.12.2026\n"
        "Eva;556400002;voda;12:00-24:00;2026-12-24T14:30\n"
        "Iva;556400003;voda;;\n",
    )
    jan, eva, iva = await people(town)
    assert (jan.quiet, eva.quiet, iva.quiet) == ((time(21), time(7)), (time(12), time(0)), None)
    assert jan.paused_until == datetime(2026, 12, 24, 23, tzinfo=UTC)  # its last day is the 24th
    assert eva.paused_until == datetime(2026, 12, 24, 13, 30, tzinfo=UTC)
    text = await exported(town)
    rows = [(row["ticho"], row["pauza_do"]) for row in csv.DictReader(io.StringIO(text), delimiter=";")]
    assert rows == [("21:00-7:00", "2026-12-24"), ("12:00-24:00", "2026-12-24T14:30:00+01:00"), ("", "")]
    assert counts(await import_people(town, text)) == (0, 0, 3, 0)


async def test_a_file_without_quiet_hours_leaves_them_and_one_with_an_empty_cell_ends_them(town: Store) -> None:
    await import_people(town, "name,phone,topics,quiet,paused_until\nJan,556400001,voda,21:00-7:00,2026-12-24\n")
    before = (await people(town))[0]
    assert counts(await import_people(town, "name,phone,topics\nJan,556400001,voda\n")) == (0, 0, 1, 0)
    await import_people(town, "name,phone,topics,quiet\nJan,556400001,voda,\n")
    (after,) = await people(town)
    assert (after.quiet, after.paused_until) == (None, before.paused_until)


async def test_quiet_hours_and_pauses_that_are_none_are_named(town: Store) -> None:
    with pytest.raises(RowsError) as refused:
        await import_people(
            town,
            "name,phone,topics,ticho,pauza_do\n"
            "Jan,556400001,voda,v noci,brzy\n"
            "Eva,556400002,voda,0:00-24:00,31.2.2026\n",
        )
    assert [(cell.line, cell.column) for cell in refused.value.cells] == [
        (2, "pauza_do"),
        (2, "ticho"),
        (3, "pauza_do"),
        (3, "ticho"),
    ]
    assert "make a pause until a date" in str(refused.value)


NAMES = st.text(alphabet="Aáč ;,|\"'=+-@!\\", min_size=1, max_size=12).filter(lambda name: "á" in name)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": NAMES,
            "phone": st.sampled_from(["556400001", "602123456|556400002"]),
            "email": st.sampled_from(["", "=a+b@x.cz", "-@x.cz", "o'neil@x.cz"]),
            "birth_year": st.sampled_from(["", "1900", "2026"]),
            "town_part": st.sampled_from(["", "Nová Horka"]),
            "street": st.sampled_from(["", "nám. Republiky"]),
            "house_number": st.sampled_from(["", "ev. 7", "12/4a"]),
            "topics": st.sampled_from(["voda", "5|!voda", "B1, sport, !uniky"]),
            "groups": st.lists(st.sampled_from(["=1", "'x", "hasiči"])).map("|".join),
            "channels": st.sampled_from(["", "voice"]),
            "language": st.sampled_from(["", "uk"]),
            "quiet": st.sampled_from(["", "21:00-7:00", "0:00-23:00", "12:30-14:00"]),
            "paused_until": st.sampled_from(["", "2026-03-28", "2026-10-25", "2026-10-25T02:30:00+01:00"]),
        }
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda row: (fold(row["name"]), row["phone"]),
)


@given(ROWS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_was_imported_comes_back_unchanged_from_its_export(
    town: Store, rows: list[dict[str, str]]
) -> None:
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, list(rows[0]))
    writer.writeheader()
    writer.writerows({**row, "name": guard(row["name"])} for row in rows)
    await import_people(town, table.getvalue())
    before = await people(town)
    assert counts(await import_people(town, await exported(town))) == (0, 0, len(before), 0)
    assert await people(town) == before


async def test_what_the_store_knows_is_read_once_and_not_for_every_row(town: Store) -> None:
    table = "name;phone;topics;street\n" + "".join(
        f"Jan Novák {n};556{n:06};voda|2;Tyršova\n" for n in range(400000, 402000)
    )
    assert await reads_of(town, table) < 20
    assert await count(town, Subscriber) == 2000
    assert await reads_of(town, table) < 20


async def reads_of(store: Store, table: str) -> int:
    """How many queries the import of ``table`` makes."""
    queries: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            queries.append(statement)

    event.listen(store.engine.sync_engine, "before_cursor_execute", note)
    await import_people(store, table)
    event.remove(store.engine.sync_engine, "before_cursor_execute", note)
    return len(queries)
