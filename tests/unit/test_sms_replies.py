"""The words of answers: each fits one message, in every language, whatever is put in."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.encoding import Diacritics, encode, without_diacritics
from channels.incoming.intents import Asked, Reason
from channels.incoming.replies import ONE_MESSAGE, compose, wordings

TYPICAL = {
    "name": "Antonín Růžička",
    "place": "nám. T. G. Masaryka 1234/15a",
    "topics": "T1 T2 T5 T11 B2 B3",
    "packages": "B1-B5",
    "people": "Antonín Růžička, Helena Benešová",
    "options": "1 Lipová, 2 Lipavská, 3 Lipanská",
    "option": "nám. T. G. Masaryka",
    "example": "Boženy Němcové 5",
    "what": "Tiršovka",
    "number": "1234",
    "town": "Studénka",
}
# Values that a person or a town may stretch.
LONG = {**TYPICAL, "name": "Jan Nepomuk " * 6, "topics": " ".join(f"T{n}" for n in range(1, 40)),
        "place": "Dolní Předměstí u Svatého Jana " * 2, "people": "Karel Havlíček Borovský, " * 5,
        "options": "1 Masarykovo náměstí, 2 náměstí Masarykovo, 3 Masarykova, 4 Masarykovo nábřeží", "what": "x" * 70,
        "town": "Brandýs nad Labem-Stará Boleslav"}  # fmt: skip
EVERY = [(language, key) for language, texts in wordings().items() for key in texts]


@pytest.mark.parametrize(("language", "key"), EVERY, ids=[" ".join(one) for one in EVERY])
@pytest.mark.parametrize("values", [TYPICAL, LONG], ids=["typical", "long"])
def test_every_answer_fits_one_message(language: str, key: str, values: dict[str, str]) -> None:
    text = compose(key, language, values)
    encoded = encode(text, Diacritics.STRIP)
    assert (encoded.parts, encoded.alphabet) == (1, "gsm")
    assert len(without_diacritics(text)) <= ONE_MESSAGE
    assert text.endswith(values["town"])


@pytest.mark.parametrize(("language", "key"), EVERY, ids=[" ".join(one) for one in EVERY])
def test_nothing_typical_is_cut_off(language: str, key: str) -> None:
    text = compose(key, language, TYPICAL)
    assert all(TYPICAL[name] in text for _, name, _, _ in string.Formatter().parse(wordings()[language][key]) if name)


def test_every_language_says_everything() -> None:
    assert len({frozenset(texts) for texts in wordings().values()}) == 1
    needed = {str(reason) for reason in Reason} | {f"ask_{asked}" for asked in Asked}
    assert needed <= wordings()["cs"].keys()


def test_a_language_without_wordings_is_answered_in_czech() -> None:
    assert compose("given_up", "uk", TYPICAL) == compose("given_up", "cs", TYPICAL)


@given(st.text(max_size=200), st.text(max_size=50))
def test_what_a_person_wrote_stays_what_it_is(what: str, town: str) -> None:
    compose("unknown_street", "cs", {**TYPICAL, "what": what, "town": town})
    assert "{name}" in compose("unknown_person", "cs", {**TYPICAL, "what": "{name}"})
