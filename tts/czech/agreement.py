"""How a numeral agrees with the noun that it counts: dvě hodiny, pět domů, ve třech ulicích, od dvou ulic."""

from typing import NamedTuple

from tts.czech.context import Following
from tts.czech.declension import ANIMATE, DIRECT, FEMININE, MASCULINE, NEUTER, Case
from tts.czech.nouns import Form


class Agreement(NamedTuple):
    """How a numeral is to be said: with which gender and in which case."""

    gender: str
    case: Case


def agreement(number: int, governing: tuple[Case, ...], noun: Following) -> Agreement | None:
    """How ``number`` agrees with a noun that is known; None where it does not fit any form of it."""
    fitting = {_fit(number, governing, form) for form in noun.forms}
    order = (*governing, *Case)
    return min((fit for fit in fitting if fit), key=lambda fit: (order.index(fit.case), fit.gender), default=None)


def _fit(number: int, governing: tuple[Case, ...], form: Form) -> Agreement | None:
    direct = next((case for case in (governing or DIRECT) if case in DIRECT), None)
    if number == 1:
        fits = not form.plural and (not governing or form.case in governing)
        return Agreement(form.gender, form.case) if fits else None
    if not form.plural:
        return None
    if form.case is Case.GENITIVE and direct is not None and number not in (2, 3, 4):
        return Agreement("", direct)  # pět domů, dvacet dva domů
    if form.case in DIRECT:
        fits = number % 100 in (2, 3, 4) or (number % 100 > 20 and number % 10 in (2, 3, 4))
        return Agreement(form.gender, form.case) if fits and (not governing or form.case in governing) else None
    fits = form.case in governing or (not governing and (number in (2, 3, 4) or form.case is not Case.GENITIVE))
    return Agreement(form.gender if number < 5 else "", form.case) if fits else None


def meant(forms: frozenset[Form], cases: tuple[Case, ...], *, several: bool = False) -> Form:
    """Of the forms that a noun may have, the one its preposition asks for; else singular, nominative or genitive."""

    def unlikeliness(form: Form) -> tuple[bool, int, bool, int]:
        asked = cases.index(form.case) if form.case in cases else len(cases)
        return bool(cases) and form.case not in cases, asked, form.plural is not several, int(form.case)

    return min(forms, key=unlikeliness)


def guessed(number: int, governing: tuple[Case, ...], noun: Following) -> Agreement | None:
    """How ``number`` agrees with an unknown noun, by endings; None where only its gender would tell."""
    oblique = next((case for case in governing if case not in DIRECT), None)
    telling = noun.telling if number != 1 else None
    if telling is not None and (telling in governing or not governing):
        return Agreement("", telling)
    if oblique is not None and not any(case in DIRECT for case in governing) and number != 1:
        return Agreement("", oblique)
    direct = next((case for case in governing if case in DIRECT), Case.NOMINATIVE)
    if number not in (1, 2):
        return Agreement("", direct)
    gender = (_gender_of_one if number == 1 else _gender_of_two)(noun)
    if governing and direct not in governing:
        return None
    accusative = number == 1 and noun.word.endswith("u") and gender == FEMININE
    return Agreement(gender, Case.ACCUSATIVE if accusative else direct) if gender else None


# What nouns that we do not know end with, after one and after two; other endings tell nothing.
ONES = (
    (MASCULINE, ("ý",)),
    (FEMININE, ("a", "á", "ost", "u", "ce", "yně")),
    (NEUTER, ("o", "ění", "ání", "iště")),
    (MASCULINE, tuple("bdfghklmnprstvz")),
)
TWOS = ((NEUTER, ("a", "iště")), (FEMININE, ("osti", "ice", "čky", "rny")), (ANIMATE, ("ové",)))


def _gender_of_one(noun: Following) -> str:
    if noun.adjective and noun.adjective[-1] in "ýá":
        return MASCULINE if noun.adjective.endswith("ý") else FEMININE
    return next((gender for gender, endings in ONES if noun.word.endswith(endings)), "")


def _gender_of_two(noun: Following) -> str:
    if noun.adjective and noun.adjective[-1] in "áí" and noun.word[-1:] in ("a", "í", "i", "é"):
        return NEUTER if noun.adjective.endswith("á") else ANIMATE
    return next((gender for gender, endings in TWOS if noun.word.endswith(endings)), "")
