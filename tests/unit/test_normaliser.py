import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import InputError
from tts.czech.numerals import cardinal
from tts.normaliser import normalise
from tts.text import LONGEST_TEXT, check_text

DATES = {
    "bude 24. listopadu ráno.": "bude dvacátého čtvrtého listopadu ráno.",
    "v úterý 24. 11. 2026 od rána.": "v úterý dvacátého čtvrtého listopadu dva tisíce dvacet šest od rána.",
    "dne 24.11.2026 ve škole.": "dne dvacátého čtvrtého listopadu dva tisíce dvacet šest ve škole.",
    "do 3. 12. 2026.": "do třetího prosince dva tisíce dvacet šest.",
    "Konec 30. 11. Děkujeme.": "Konec třicátého listopadu. Děkujeme.",
    "Konec 31. 1.": "Konec třicátého prvního ledna.",
    "svoz 24.–26. listopadu.": "svoz dvacátého čtvrtého až dvacátého šestého listopadu.",
    "1.–3. 5.": "prvního až třetího května.",
    "24. 11. – 3. 12. 2026.": "dvacátého čtvrtého listopadu až třetího prosince dva tisíce dvacet šest.",
    "24. a 25. listopadu.": "dvacátého čtvrtého a dvacátého pátého listopadu.",
    "1., 2. a 9. 7.": "prvního, druhého a devátého července.",
    "ulice 28. října": "ulice dvacátého osmého října.",
}
TIMES = {
    "v 8:00.": "v osm hodin.",
    "v 1:00.": "v jednu hodinu.",
    "ve 2 h.": "ve dvě hodiny.",
    "v 8:05.": "v osm hodin pět minut.",
    "v 8.10.": "v osm hodin deset minut.",
    "od 7 h.": "od sedmi hodin.",
    "od 7 hod. ráno.": "od sedmi hodin ráno.",
    "od 8:00 do 14:30 hod. Děkujeme.": "od osmi hodin do čtrnácti hodin třiceti minut. Děkujeme.",
    "od 8 do 14 hodin.": "od osmi do čtrnácti hodin.",
    "od 8.00 do 14.30.": "od osmi hodin do čtrnácti hodin třiceti minut.",
    "8:00–14:30.": "od osmi hodin do čtrnácti hodin třiceti minut.",
    "8:00 - 14:00 hod.": "od osmi do čtrnácti hodin.",
    "od 1 h.": "od jedné hodiny.",
    "do 24:00.": "do dvaceti čtyř hodin.",
    "do 21 hod.": "do dvaceti jedna hodin.",
    "po 15:00.": "po patnácté hodině.",
    "po 13:30.": "po třinácté hodině třicet.",
    "před 8:00.": "před osmou hodinou.",
    "kolem 15:00.": "kolem patnácti hodin.",
    "Potrvá to 2–3 h.": "Potrvá to dvě až tři hodiny.",
    "Po–Pá 8:00–17:00.": "pondělí až pátek od osmi do sedmnácti hodin.",
    "Po 8:00–11:00.": "pondělí od osmi do jedenácti hodin.",
    "od 8.10. do 9.10.": "od osmého října do devátého října.",
}
PHONES = {
    "tel. 556 414 322.": "telefon pět set padesát šest, čtyři sta čtrnáct, tři sta dvacet dva.",
    "tel.556414322.": "telefon pět set padesát šest, čtyři sta čtrnáct, tři sta dvacet dva.",
    "556-414-322.": "pět set padesát šest, čtyři sta čtrnáct, tři sta dvacet dva.",
    "800 292 300.": "osm set, dvě stě devadesát dva, tři sta.",
    "+420 602 123 456.": "plus čtyři sta dvacet, šest set dva, sto dvacet tři, čtyři sta padesát šest.",
    "tel. č. 556 400 008.": "telefonní číslo pět set padesát šest, čtyři sta, nula nula osm.",
    "linka 112.": "linka sto dvanáct.",
}
AMOUNTS = {
    "1 000 Kč.": "tisíc korun.",
    "1.000 Kč.": "tisíc korun.",
    "1 Kč, 2 Kč a 5 Kč.": "jedna koruna, dvě koruny a pět korun.",
    "2,50 Kč.": "dvě koruny padesát haléřů.",
    "500,- Kč.": "pět set korun.",
    "5 mil. Kč.": "pět milionů korun.",
    "12 000 000 Kč.": "dvanáct milionů korun.",
    "5 %.": "pět procent.",
    "2,5 %.": "dvě celé pět procenta.",
    "0,5 l.": "nula celá pět litru.",
    "2,5 °C.": "dvě celé pět stupně Celsia.",
    "-5 °C.": "minus pět stupňů Celsia.",
    "10–15 °C.": "deset až patnáct stupňů Celsia.",
    "za 30 min. Děkujeme.": "za třicet minut. Děkujeme.",
    "100 m².": "sto metrů čtverečních.",
    "3,14.": "tři celé čtrnáct.",
    "292 000 lidí.": "dvě stě devadesát dva tisíc lidí.",
    "203 lidí.": "dvě stě tři lidí.",
}
ADDRESSES = {
    "č. p. 123/4a.": "číslo popisné sto dvacet tři lomeno čtyři á.",
    "v č.p. 12.": "v čísle popisném dvanáct.",
    "Tyršova 12b.": "Tyršova dvanáct bé.",
    "Tyršova č. p. 1–20.": "Tyršova číslo popisné jedna až dvacet.",
    "ul. Tyršova.": "ulice Tyršova.",
    "v ul. Tyršova.": "v ulici Tyršova.",
    "na nám. Republiky.": "na náměstí Republiky.",
    "info@mesto-studenka.cz.": "info zavináč mesto pomlčka studenka tečka cé zet.",
    "www.studenka.cz/deska.": "vé vé vé tečka studenka tečka cé zet lomeno deska.",
}
SHORTHAND = {
    "voda, plyn atd. Děkujeme.": "voda, plyn a tak dále. Děkujeme.",
    "voda, tj. pitná.": "voda, to jest pitná.",
    "vč. víkendu.": "včetně víkendu.",
    "Ing. Novák.": "inženýr Novák.",
    "Ing. Jana Nováková.": "inženýrka Jana Nováková.",
    "Ing. Novák žádá o klid.": "inženýr Novák žádá o klid.",
    "MUDr. Petra Malá.": "doktorka Petra Malá.",
    "na MěÚ.": "na městském úřadě.",
    "SmVaK Ostrava a. s.": "smvak Ostrava á es.",
    "min. 5 lidí.": "minimálně pět lidí.",
    "za 30 min.": "za třicet minut.",
}
COUNTS = {
    "2 hodiny.": "dvě hodiny.",
    "za 1 hodinu.": "za jednu hodinu.",
    "2 ulice.": "dvě ulice.",
    "2 nové budovy.": "dvě nové budovy.",
    "2 okna a 1 auto.": "dvě okna a jedno auto.",
    "2 domy.": "dva domy.",
    "1 den.": "jeden den.",
    "v domech 1 a 2.": "v domech jedna a dva.",
    "5 domů.": "pět domů.",
    "Tyršova – Sjednocení.": "Tyršova, Sjednocení.",
}
LEFT_ALONE = {
    "Účet 123456789/0800.": "Účet 123456789/0800.",
}
ALL = DATES | TIMES | PHONES | AMOUNTS | ADDRESSES | SHORTHAND | COUNTS | LEFT_ALONE


@pytest.mark.parametrize(("written", "spoken"), ALL.items(), ids=ALL.keys())
def test_written_czech_becomes_spoken_words(written: str, spoken: str) -> None:
    assert normalise(written) == spoken


def test_a_paragraph_ends_a_sentence_a_wrapped_line_does_not() -> None:
    assert normalise("Odstávka\nvody\r\n\r\nDěkujeme") == "Odstávka vody. Děkujeme."


def test_a_list_is_read_with_pauses() -> None:
    assert normalise("Ulice:\n- Tyršova\n- Butovická") == "Ulice: Tyršova, Butovická."


def test_quotes_are_not_spoken_and_odd_spaces_are_plain() -> None:
    assert normalise("„Sokol“\u00a0zve.") == "Sokol zve."


def test_a_language_without_rules_is_left_to_its_engine() -> None:
    assert normalise("Zamknięte  24. 11.", "pl") == "Zamknięte 24. 11."


@given(st.text(alphabet="0123456789.:,-–/ hodKčul%č@ a\n", max_size=60))
def test_no_text_breaks_the_normaliser(text: str) -> None:
    spoken = normalise(text)
    assert "  " not in spoken
    assert "\n" not in spoken


@given(st.text(max_size=200))
def test_any_letters_at_all_give_one_line(text: str) -> None:
    assert normalise(text) == " ".join(normalise(text).split())


@given(st.integers(0, 999_999_999))
def test_every_cardinal_is_words_only(number: int) -> None:
    assert not any(letter.isdigit() for letter in cardinal(number))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "nula"),
        (1, "jedna"),
        (22, "dvacet dva"),
        (100, "sto"),
        (222, "dvě stě dvacet dva"),
        (1000, "tisíc"),
        (2000, "dva tisíce"),
        (5000, "pět tisíc"),
        (292_000, "dvě stě devadesát dva tisíc"),
        (2_000_000, "dva miliony"),
    ],
)
def test_cardinals(number: int, words: str) -> None:
    assert cardinal(number) == words


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("a" * (LONGEST_TEXT + 1), "5001 letters"),
        ("voda\0neteče", "0000 at letter 5"),
        ("voda\x1bneteče", "001B at letter 5"),
        ("... – !", "nothing to speak"),
    ],
)
def test_a_text_nobody_could_speak_is_refused_at_the_door(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        check_text(text)


def test_a_text_of_several_paragraphs_is_taken() -> None:
    check_text("Voda neteče.\r\n\r\nDěkujeme.\t" + "a" * 1000)
