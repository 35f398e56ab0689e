import pytest

from tts.pauses import with_pauses


@pytest.mark.parametrize(
    ("words", "paused"),
    [
        (
            "Voda nepoteče v ulicích Tyršova, Komenského a Poštovní od osmi hodin.",
            "Voda nepoteče v ulicích Tyršova, Komenského, a Poštovní, od osmi hodin.",
        ),
        ("V ulicích Na Výsluní a Boženy Němcové neteče voda.", "V ulicích Na Výsluní, a Boženy Němcové, neteče voda."),
        ("Ulice Dlouhá i Krátká jsou uzavřeny.", "Ulice Dlouhá, i Krátká, jsou uzavřeny."),
        ("V ulici Tyršova neteče voda.", "V ulici Tyršova neteče voda."),
        ("V ulicích Malá a Velká. Přijede Jan a Petr.", "V ulicích Malá, a Velká. Přijede Jan a Petr."),
        ("Přijede Jan a Petr.", "Přijede Jan a Petr."),
        ("Ulice Široká, a Úzká, zůstávají.", "Ulice Široká, a Úzká, zůstávají."),
        ("Uličnice Eva a Ivan přijdou.", "Uličnice Eva a Ivan přijdou."),
    ],
)
def test_each_street_of_a_list_has_its_pause(words: str, paused: str) -> None:
    assert with_pauses(words, "cs") == paused
    assert with_pauses(paused, "cs") == paused


def test_slovak_streets_have_it_too_and_other_languages_keep_their_words() -> None:
    assert with_pauses("V uliciach Dlhá a Krátka netečie voda.", "sk") == "V uliciach Dlhá, a Krátka, netečie voda."
    assert with_pauses("Die Ulice Dlouhá a Krátká", "de") == "Die Ulice Dlouhá a Krátká"
