import pytest

from store.errors import InputError
from tts.normaliser import normalise, normalised_pieces
from tts.template import filled, placeholders

VALUES = {"osloveni": "pane Nováku", "ulice": "Tyršova", "cislo": "123/4a"}


def test_values_take_the_places_of_their_names() -> None:
    text, cuts = filled("Dobrý den, {osloveni}, {osloveni}!", VALUES)
    assert text == "Dobrý den, pane Nováku, pane Nováku!"
    assert [text[start:end] for start, end in zip(cuts[::2], cuts[1::2], strict=True)] == ["pane Nováku"] * 2
    assert (
        filled("{osloveni}? Ano! {ulice}.", {"osloveni": "pane", "ulice": "na Lukách"}).text == "Pane? Ano! Na Lukách."
    )
    assert filled("Voda neteče {", {}) == ("Voda neteče {", ())
    assert placeholders("{ulice} {cislo} {ulice} { }") == {"ulice", "cislo", " "}


@pytest.mark.parametrize("written", ["{mesto}", "{ulice.name}", "{}", "{ulice!r}", "{ulice }"])
def test_an_unknown_name_is_refused_with_the_known_ones(written: str) -> None:
    with pytest.raises(InputError, match="placeholder") as refused:
        filled(f"Voda neteče {written}.", VALUES)
    assert refused.value.mend == "the known ones are: {cislo}, {osloveni}, {ulice}"


# As written: the pieces that are spoken.
PIECES = {
    "{osloveni}, ve vaší ulici {ulice} zítra od 8:00 nepoteče voda": [
        "Pane Nováku,",
        "ve vaší ulici",
        "Tyršova",
        "zítra od osmi hodin nepoteče voda.",
    ],
    # The whole is read, not each piece: what is around a number tells how it is said.
    "Bydlíte v ul. {ulice} č. p. {cislo} . Ano?": [
        "Bydlíte v ulici",
        "Tyršova",
        "číslo popisné",
        "sto dvacet tři lomeno čtyři á.",
        "Ano?",
    ],
    "{ulice} {cislo}": ["Tyršova", "sto dvacet tři lomeno čtyři á."],
    "„{ulice}“": ["Tyršova."],
    "{ulice}…": ["Tyršova..."],
    # A word is not torn.
    "pod{ulice}ská ulice": ["podTyršovaská ulice."],
    "Voda neteče.": ["Voda neteče."],
}


@pytest.mark.parametrize("template", PIECES)
def test_pieces_are_cut_between_words(template: str) -> None:
    text, cuts = filled(template, VALUES)
    pieces = normalised_pieces(text, cuts, "cs")
    assert pieces == PIECES[template]
    assert " ".join(pieces) == normalise(text, "cs")


def test_a_value_of_several_words_is_as_many_pieces() -> None:
    text, cuts = filled("Voláte z čísla {number}. Je to tak?", {"number": ("pět", "šest,", "dva")})
    assert text == "Voláte z čísla pět šest, dva. Je to tak?"
    assert [text[begin:end] for begin, end in zip(cuts[::2], cuts[1::2], strict=True)] == ["pět", "šest,", "dva"]
    assert normalised_pieces(text, cuts, "cs") == ["Voláte z čísla", "pět", "šest,", "dva.", "Je to tak?"]
