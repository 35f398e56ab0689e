"""The table of messages as people send them, and what can never go wrong with any."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.incoming.book import Book
from channels.incoming.grammar import read
from channels.incoming.intents import Asked, Enrol, Intent, Leave, Letter, Plain, Refused, Unclear, Verb, Wishes

TABLE: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("sms_cases.toml").read_text(encoding="utf-8"))
BOOK = Book(
    town="Studénka",
    streets=(
        "Tyršova", "Nádražní", "Komenského", "nám. T. G. Masaryka", "nám. Republiky", "28. října", "17. listopadu",
        "1. máje", "U Rybníka", "Boženy Němcové", "Mlýnská", "Dolní", "Polní", "Lipová", "Lipavská", "Na Kopci",
    ),
    parts=("Studénka", "Butovice", "Nová Horka", "Dolní Staňkov", "Horní Staňkov"),
    topics=(
        (1, "voda", "Výpadky vody"), (2, "energie", "Výpadky energií"), (3, "kultura", "Kultura"),
        (4, "sport", "Sport"), (5, "volna-mista", "Volná pracovní místa"), (6, "povodne", "Povodně"),
    ),
    packages=((1, "Krizové situace"), (2, "Výpadky a zprávy z města"), (5, "Vše")),
)  # fmt: skip
OPEN_QUESTIONS = {
    "street": read("registruj Jan Novák Lipavá 4 T1", BOOK),
    "address": read("registruj Jan Novák T1", BOOK),
    "person": Unclear(
        Enrol(Verb.CHANGE, wishes=Wishes(topics=("kultura",))), Asked.PERSON, ("Jan Novák", "Eva Nováková")
    ),
}


def told(intent: Intent) -> str:
    match intent:
        case Enrol():
            place = f"{intent.place.street or intent.place.part} {intent.place.number}".strip()
            part = f"{intent.place.part}, " if intent.place.part and intent.place.street else ""
            return _told(intent.verb, intent.language, intent.name, part + place, _wishes(intent.wishes))
        case Leave():
            return _told("leave", intent.language, intent.name, _wishes(intent.wishes))
        case Plain():
            return _told(intent.verb, intent.language)
        case Letter():
            return f"letter: {intent.text}"
        case Unclear():
            options = f": {', '.join(intent.options)}" if intent.options else ""
            return f"ask {intent.asked}{options} | {told(intent.order)}"
        case Refused():
            return f"refused: {intent.reason} {intent.what}".strip()


def _told(verb: str, language: str, *parts: str) -> str:
    said = "; ".join(part for part in parts if part)
    return verb + (" en" if language == "en" else "") + (f": {said}" if said else "")


def _wishes(wishes: Wishes) -> str:
    everything = ["everything"] if wishes.everything else []
    return ", ".join([*wishes.topics, *(f"package {number}" for number in wishes.packages), *everything])


@pytest.mark.parametrize(("message", "meant"), TABLE["cases"].items(), ids=TABLE["cases"].keys())
def test_what_people_send_is_understood(message: str, meant: str) -> None:
    assert told(read(message, BOOK)) == meant


ANSWERS = [(asked, text, meant) for asked in OPEN_QUESTIONS for text, meant in TABLE[asked].items()]


@pytest.mark.parametrize(("asked", "text", "meant"), ANSWERS, ids=[f"{asked} {text}" for asked, text, _ in ANSWERS])
def test_answers_to_a_question_are_understood(asked: str, text: str, meant: str) -> None:
    pending = OPEN_QUESTIONS[asked]
    assert isinstance(pending, Unclear)
    assert told(read(text, BOOK, pending)) == meant


def test_the_table_is_as_long_as_promised() -> None:
    assert len(TABLE["cases"]) + len(ANSWERS) >= 80


@given(st.text(max_size=300), st.sampled_from([None, *OPEN_QUESTIONS.values()]))
def test_no_text_crashes_it(text: str, pending: Intent | None) -> None:
    assert pending is None or isinstance(pending, Unclear)
    read(text, BOOK, pending)
    read(f"REGISTRUJ {text}", BOOK, pending)


def test_a_town_without_streets_or_topics_is_read_too() -> None:
    assert told(read("REGISTRUJ Jan Novák 5 T1", Book(town=""))) == "refused: unknown_street Novák"
    assert told(read("STOP", Book(town=""))) == "leave"
