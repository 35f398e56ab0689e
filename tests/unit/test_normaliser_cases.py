"""The table of Czech cases, what is left alone, what is told about each piece, markup, and the other languages."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts.normaliser import RULES, Change, Unsure, normalise, normalised

CASES: dict[str, str] = tomllib.loads(Path(__file__).with_name("czech_cases.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("written", "spoken"), CASES.items(), ids=CASES.keys())
def test_what_towns_write_is_read_right(written: str, spoken: str) -> None:
    assert normalise(written) == spoken


def test_the_table_is_as_long_as_promised() -> None:
    assert len(CASES) >= 250


@pytest.mark.parametrize("spoken", CASES.values())
def test_what_is_spoken_is_not_changed_again(spoken: str) -> None:
    assert normalise(spoken) == spoken


LEFT_ALONE = {
    "č. ú. 123456789/0800": ("123456789/0800", "account"),
    "Baník – Sokol 3:1": ("3:1", "number in a form"),
    "měřítko 1:500": ("1:500", "number in a form"),
    "RZ 5T23456": ("5T23456", "number in a form"),
    "24.11.26 ve škole": ("24.11.26", "a year"),
    "2 lavory": ("2", "gender"),
    "3. mohyla": ("3. ", "ordinal"),
    "JPO III": ("III", "Roman numeral"),
    "TOI nebo ABAKO": None,
    "skupina ROSA zve": ("ROSA", "spelled, or read"),
    "st. silnice": ("st.", "abbreviation"),
    "hluk > 50": (">", "sign"),
    "kus 12345678901234": ("12345678901234", "too long"),
}


@pytest.mark.parametrize(("written", "told"), LEFT_ALONE.items(), ids=LEFT_ALONE.keys())
def test_what_is_unsure_stays_as_it_is_and_is_reported(written: str, told: tuple[str, str] | None) -> None:
    unsure = normalised(written).unsure
    if told is None:
        assert unsure == ()
        return
    piece, reason = told
    assert [(found.written, written.index(piece)) for found in unsure] == [(piece, unsure[0].place)]
    assert reason in unsure[0].reason
    assert piece.strip() in normalise(written)


def test_each_change_says_what_was_written_where_and_how_it_is_spoken() -> None:
    text = "Svoz <b>24. 11.</b>\nv 8:00 🙂, III. etapa"
    result = normalised(text)
    assert result.changes == (
        Change(text.index("24"), "24. 11.", "dvacátého čtvrtého listopadu", "date"),
        Change(text.index("8:00"), "8:00", "osm hodin", "time"),
        Change(text.index("III"), "III.", "třetí", "ordinal"),
    )
    assert result.unsure == ()


def test_the_places_of_changes_find_them_in_the_written_text() -> None:
    text = "\u00a0Vážení,\r\n\r\n- **ul. Tyršova** č. p. 5&nbsp;a 7\r\n- [web](http://a.cz) st. silnice"
    result = normalised(text)
    assert result.changes
    for change in result.changes:
        assert change.written in text[change.place :]
        assert text[change.place :].startswith(change.written.split()[0])
    assert [text[unsure.place :][: len(unsure.written)] for unsure in result.unsure] == ["st."]


MARKUP = {
    "<p>Odstávka</p><p>vody</p>": "Odstávka. vody.",
    "Ulice:<ul><li>Tyršova</li><li>Nová</li></ul>": "Ulice: Tyršova, Nová.",
    "voda<br/>teče &amp; svítí&nbsp;se": "voda teče a svítí se.",
    "a<script>alert(1)</script>b": "a b.",
    "teplota < 5 °C": "teplota < pět stupňů Celsia.",
    "# Odstávka\nVoda **neteče** _dnes_.": "Odstávka. Voda neteče dnes.",
    "viz [web města](https://www.a.cz/x)": "viz web města.",
    "![mapa](mapa.png) Uzavírka": "Uzavírka.",
    "> Pozor\n> voda": "Pozor voda.",
    "| den | hodina |\n|---|---|\n| Po | 8:00 |": "den, hodina. pondělí osm hodin.",
    "Nahoře\n---\nDole": "Nahoře. Dole.",
    "Voda 💧 neteče ☎️ volejte 🇨🇿": "Voda neteče volejte.",
    "1️⃣ Odstávka": "jedna Odstávka.",
    "Program:\n1. Zahájení\n2. Zpráva\n3. Závěr": "Program: za prvé, Zahájení, za druhé, Zpráva, za třetí, Závěr.",
    "Pr\u030ci\u0301pojka": "Přípojka.",
    "od 8\u201112 h": "od osmi do dvanácti hodin.",
    "cena\u00a050\u202fKč": "cena padesát korun.",
    "„Sokol“ zve… «dnes»": "Sokol zve... dnes.",
    "snake_case_name": "snake_case_name.",
    "5 * 3 * 2": "pět * tři * dva.",
}


@pytest.mark.parametrize(("written", "spoken"), MARKUP.items(), ids=MARKUP.keys())
def test_markup_pictures_and_wrapped_lines_are_not_heard(written: str, spoken: str) -> None:
    assert normalise(written) == spoken


LANGUAGES = {
    "sk": {
        "dňa 24. novembra 2026 od 8:00 do 14:30": "dňa dvadsiateho štvrtého novembra dvetisícdvadsaťšesť "
        "od ôsmej hodiny do štrnástej hodiny tridsať.",
        "1.–3. 5.": "prvého až tretieho mája.",
        "o 8:00 hod.": "o ôsmej hodine.",
        "pred 10:15": "pred desiatou hodinou pätnásť.",
        "8:00": "osem hodín.",
        "2 hodiny": "dve hodiny.",
        "1 000 €": "tisíc eur.",
        "2,5 %": "dve celé päť percenta.",
        "21. 12.": "dvadsiateho prvého decembra.",
        "v ul. Hlavná 12, tel. 0905 123 456, 2 hodiny": "v ulici Hlavná dvanásť, telefón nula deväť nula päť, "
        "jeden dva tri, štyri päť šesť, dve hodiny.",
    },
    "en": {
        "on 24 November 2026 from 8:00 to 14:30": "on the twenty-fourth of November twenty twenty-six "
        "from eight o'clock to fourteen thirty.",
        "November 3, 2026": "November the third twenty twenty-six.",
        "3. 12.": "the third of December.",
        "at 8:05 am": "at eight oh five a.m.",
        "5 pm": "five p.m.",
        "1,250 people, 2.5 %": "one thousand two hundred and fifty people, two point five percent.",
        "the 21st century": "the twenty-first century.",
        "from 1 to 3 May": "from the first to the third of May.",
        "Call 556 414 322, please": "Call five five six, four one four, three two two, please.",
        "in 1989": "in nineteen eighty-nine.",
        "+420 556 414 322": "plus four two zero, five five six, four one four, three two two.",
    },
    "de": {
        "am 24. November 2026 von 8:00 bis 14:30 Uhr": "am vierundzwanzigsten November zweitausendsechsundzwanzig "
        "von acht bis vierzehn Uhr dreißig.",
        "vom 1. bis 3. Mai": "vom ersten bis dritten Mai.",
        "der 3. Oktober": "der dritte Oktober.",
        "24. 12.: geschlossen": "vierundzwanzigster Dezember: geschlossen.",
        "um 1:05 Uhr": "um ein Uhr fünf.",
        "1.000 Personen, 2,5 %": "eintausend Personen, zwei Komma fünf Prozent.",
        "im 2. Stock, die 3. Etage": "im zweiten Stock, die dritte Etage.",
        "Tel. 556 414 322, 2 Stunden": "Tel. fünf fünf sechs, vier eins vier, drei zwei zwei, zwei Stunden.",
        "im Jahr 1989": "im Jahr neunzehnhundertneunundachtzig.",
    },
}


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [(language, written, spoken) for language, cases in LANGUAGES.items() for written, spoken in cases.items()],
)
def test_dates_times_and_numbers_of_other_languages(language: str, written: str, spoken: str) -> None:
    assert normalise(written, language) == spoken


def test_a_language_without_rules_is_left_alone_and_reported() -> None:
    result = normalised("Zamknięte 24. 11.", "pl")
    assert result.words == "Zamknięte 24. 11."
    assert result.unsure == (Unsure(0, "Zamknięte 24. 11.", "there are no rules for the language “pl”"),)


# The name of the letter L before a full stop is also how "elektrický" is written short.
WRITTEN = st.lists(
    st.sampled_from(sorted(written for written, spoken in CASES.items() if not spoken.endswith(" el."))),
    min_size=1,
    max_size=5,
)


@given(WRITTEN, st.sampled_from([". ", ", ", "\n\n", "; ", "\n- "]))
def test_pieces_side_by_side_are_spoken_once_and_for_all(pieces: list[str], joint: str) -> None:
    result = normalised(joint.join(pieces))
    # What a neighbouring number made unsure may be sure beside its words.
    assert result.unsure or normalise(result.words) == result.words


OFFICE = st.text(alphabet="0123456789.:,-–/+%°()§ hodKčulpatřIVX\nn€á", max_size=50)


@given(OFFICE, st.sampled_from([*RULES, "xx"]))
def test_no_text_breaks_any_language_and_reports_fit_the_text(text: str, language: str) -> None:
    result = normalised(text, language)
    assert result.words == " ".join(result.words.split())
    pieces: list[Change | Unsure] = [*result.changes, *result.unsure]
    for piece in pieces:
        assert 0 <= piece.place < len(text) or not text
        assert piece.written in text


@given(st.text(max_size=300))
def test_whatever_unicode_holds_becomes_one_line(text: str) -> None:
    assert normalise(text) == " ".join(normalise(text).split())
