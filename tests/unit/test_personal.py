"""Texts for one person: addressed by name where that is sure, else so that nobody notices."""

import pytest

from announcements.personal import Addressee, check_personal, personal_text, worded
from store.errors import InputError

NOVAK = Addressee("Jan Novák", "Tyršova", "123/4a", "Butovice")
NOVAKOVA = Addressee("Marie Nováková", "Tyršova", "123/4a", "Butovice")
OFFICE = Addressee("Základní škola", "", "", "")

# Text, to Jan Novák, to whom nothing is known of.
TEXTS = [
    (
        "Dobrý den, {osloveni}, ve vaší ulici {ulice} zítra nepoteče voda.",
        "Dobrý den, pane Nováku, ve vaší ulici Tyršova zítra nepoteče voda.",
        "Dobrý den, ve vaší ulici zítra nepoteče voda.",
    ),
    (
        "{osloveni}, v ul. {ulice} č. p. {cislo} zítra neteče voda.",
        "Pane Nováku, v ul. Tyršova č. p. 123/4a zítra neteče voda.",
        "Dobrý den, ve vaší ulici zítra neteče voda.",
    ),
    ("Vážený {osloveni}!\nVoda neteče.", "Vážený pane Nováku!\nVoda neteče.", "Vážení občané!\nVoda neteče."),
    ("Dobrý den, {osloveni}!", "Dobrý den, pane Nováku!", "Dobrý den!"),
    ("Zpráva pro: {jmeno}. Voda neteče.", "Zpráva pro: Jan Novák. Voda neteče.", "Zpráva pro:. Voda neteče."),
    ("Uzavřena je ulice {ulice}.", "Uzavřena je ulice Tyršova.", "Uzavřena je vaše ulice."),
    (
        "V části obce {cast} neteče voda, {cast} má cisternu.",
        "V části obce Butovice neteče voda, Butovice má cisternu.",
        "Ve vaší části obce neteče voda, vaše část obce má cisternu.",
    ),
    ("V domě číslo {cislo} bude revize.", "V domě číslo 123/4a bude revize.", "Ve vašem domě bude revize."),
    ("Voda neteče.", "Voda neteče.", "Voda neteče."),
]


@pytest.mark.parametrize(("text", "personal", "neutral"), TEXTS)
def test_what_is_known_is_said_and_the_rest_is_not_missed(text: str, personal: str, neutral: str) -> None:
    assert personal_text(text, [NOVAK], "cs") == personal
    for people in ([], [OFFICE] if "{jmeno}" not in text else []):
        assert personal_text(text, people, "cs") == neutral


def test_those_who_share_a_line_hear_what_is_true_of_all() -> None:
    text = "Dobrý den, {osloveni}, v ulici {ulice} neteče voda."
    assert personal_text(text, [NOVAK, NOVAKOVA], "cs") == "Dobrý den, v ulici Tyršova neteče voda."
    assert personal_text(text, [NOVAK, NOVAK], "cs") == personal_text(text, [NOVAK], "cs")


@pytest.mark.parametrize(
    ("language", "written"),
    [("sk", "pán Novák"), ("de", "Herr Novák"), ("en", "Mr Novák"), ("pl", "")],
)
def test_other_languages_have_their_own_words(language: str, written: str) -> None:
    assert personal_text("Dobry, {osloveni}", [NOVAK], language) == (f"Dobry, {written}" if written else "Dobry")


def test_equal_wordings_are_one() -> None:
    text = "Ve vaší ulici {ulice} neteče voda."
    assert worded(text, [NOVAK], "cs") == worded(text, [NOVAKOVA], "cs")
    assert worded("Voda neteče.", [NOVAK], "cs") == worded("Voda neteče.", [], "cs")


def test_an_unknown_placeholder_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"\{mesto\}") as refused:
        check_personal("Město {mesto} hlásí.")
    assert refused.value.mend == "the known ones are: {cast}, {cislo}, {jmeno}, {osloveni}, {ulice}"
