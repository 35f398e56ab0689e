"""What texts become on the air, and how many parts are paid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smsutil import is_valid_gsm, split

from channels.encoding import Alphabet, Diacritics, encode, without_diacritics

NOTICE = (
    "V úterý 24. listopadu od 8:00 do 14:30 nepoteče voda v ulicích Tyršova a Komenského. "
    "Náhradní cisterna bude na nám. Republiky. Dotazy na tel. 556 414 322, děkujeme."
)


def test_a_plain_text_goes_in_the_gsm_alphabet_either_way() -> None:
    for choice in Diacritics:
        encoded = encode("Voda netece. 100 % {zdarma} @ 5 €", choice)
        assert (encoded.alphabet, encoded.parts) == (Alphabet.GSM, 1)
        assert encoded.text == "Voda netece. 100 % {zdarma} @ 5 €"


def test_czech_loses_its_marks_where_the_town_wants_few_parts() -> None:
    stripped, kept = encode(NOTICE, Diacritics.STRIP), encode(NOTICE, Diacritics.KEEP)

    assert (stripped.alphabet, stripped.parts) == (Alphabet.GSM, 2)
    assert stripped.text.startswith(
        "V utery 24. listopadu od 8:00 do 14:30 nepotece voda v ulicich Tyrsova a Komenského"
    )
    assert (kept.alphabet, kept.parts, kept.text) == (Alphabet.UCS2, 3, NOTICE)


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("„Příliš žluťoučký kůň“ – úpěl…", '"Prilis zlutoucky kun" - upel...'),
        ("Łódź 21 °C, Đakovo, 3×4", "Lodz 21 C, Dakovo, 3x4"),
        ("a\u00a0b\tc\u200bd\u00ade", "a b cde"),
        ("½ l, ﬁrma, č.\u202f5", "1/2 l, firma, c. 5"),
        ("café ÄÖÜ ñ ß Ω", "café ÄÖÜ ñ ß Ω"),
    ],
)
def test_likenesses(text: str, stripped: str) -> None:
    assert without_diacritics(text).replace("⁄", "/") == stripped


def test_other_scripts_and_smileys_stay_what_they_are() -> None:
    for text in ("Шановні громадяни, води не буде", "Pěkný den 😀"):
        encoded = encode(text, Diacritics.STRIP)
        assert (encoded.alphabet, encoded.text) == (Alphabet.UCS2, text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),  # two septets each
        ("€" * 81, 2),
        ("a" * 152 + "€" * 5, 2),  # the sign does not straddle two parts
        ("ш" * 70, 1),
        ("ш" * 71, 2),
        ("ш" * 134, 2),
        ("ш" * 135, 3),
        ("😀" * 35, 1),  # a surrogate pair each
        ("😀" * 36, 2),
        ("", 1),
    ],
)
def test_limits(text: str, parts: int) -> None:
    assert encode(text, Diacritics.STRIP).parts == parts


@given(st.text(max_size=400), st.sampled_from(Diacritics))
def test_whatever_comes_has_an_encoding_and_the_parts_hold_it(text: str, choice: Diacritics) -> None:
    encoded = encode(text, choice)

    parts = split(encoded.text).parts
    assert len(parts) == encoded.parts
    assert "".join(part.content for part in parts) == encoded.text
    assert (encoded.alphabet is Alphabet.GSM) == is_valid_gsm(encoded.text)
    assert not set("\x1b\r") & set(encoded.text)


@given(st.text(alphabet="aábcčdďeéěfghiíjklmnňoópqrřsštťuúůvwxyýzžAÁBCČDĎEÉĚŘŠŤÚŮÝŽ ,.-„“–", min_size=1, max_size=200))
def test_czech_always_fits_the_gsm_alphabet_once_stripped(text: str) -> None:
    assert encode(text, Diacritics.STRIP).alphabet is Alphabet.GSM
