"""What stands around a number or an abbreviation: the word that governs its case, and the noun that it counts."""

import re
from re import Match
from typing import NamedTuple

from tts.czech.declension import ANIMATE, DIRECT, FEMININE, MASCULINE, NEUTER, Case
from tts.czech.nouns import FORMS, Form
from tts.words.sentence import LOWER, UPPER

# Cases that a preposition asks for, the likeliest for an amount first.
PREPOSITIONS: dict[str, tuple[Case, ...]] = {
    **dict.fromkeys(
        "od ode do z ze u bez beze kolem okolo podle dle vedle včetně během kromě blízko poblíž podél dne".split(),
        (Case.GENITIVE,),
    ),
    **dict.fromkeys("k ke kvůli díky proti naproti vůči oproti".split(), (Case.DATIVE,)),
    **dict.fromkeys("pro přes mimo".split(), (Case.ACCUSATIVE,)),
    **dict.fromkeys("na o".split(), (Case.ACCUSATIVE, Case.LOCATIVE)),
    **dict.fromkeys("v ve po".split(), (Case.LOCATIVE, Case.ACCUSATIVE)),
    **dict.fromkeys("nad pod za".split(), (Case.ACCUSATIVE, Case.INSTRUMENTAL)),
    **dict.fromkeys("před mezi".split(), (Case.INSTRUMENTAL, Case.ACCUSATIVE)),
    **dict.fromkeys("s se".split(), (Case.INSTRUMENTAL,)),
    "při": (Case.LOCATIVE,),
}
# Nouns after which an amount is genitive, as after a preposition: ve výši pěti tisíc korun, oprava dvou silnic.
OF_AN_AMOUNT = (
    "výši výše délce délka délky šířce šířka výměře výměra hodnotě počtu množství vzdálenosti kapacita kapacitou dobu "
    "oprava opravu opravy opravě výměna výměnu výměny výměně rekonstrukce rekonstrukci rekonstrukcí uzavření uzavírka "
    "uzavírku uzavírky odstávka odstávku odstávky prodej prodeje pronájem pronájmu nákup nákupu pořízení výstavba "
    "výstavbu výstavby kácení výsadba výsadbu výsadby odstranění starší mladší většina většinu většiny část polovina polovinu"
).split()
GOVERNORS = PREPOSITIONS | dict.fromkeys(OF_AN_AMOUNT, (Case.GENITIVE,))

# Words that may stand between the governor and the number.
BETWEEN = (
    "cca|asi|až|zhruba|přibližně|téměř|skoro|celkem|nejméně|nejvýše|nejvíce|alespoň|aspoň|minimálně|maximálně|pouze|jen|"
    r"max\.|min\.|všech|všem|všemi|všechny|těchto|těmto|těmito|těch|dalších|dalším|dalšími|prvních|posledních|jejích"
)
AMOUNT = r"[-−+]?\d[\d ]*(?:[,.:]\d+)?"
GOVERNOR = re.compile(
    rf"(?<!\w)([^\W\d_]+) (?:(?:{BETWEEN}) )*(?:{AMOUNT}(?: ?[–-] ?| (?:a|až|nebo|či|i) ))?$", re.IGNORECASE
)
ADJECTIVE = rf"{LOWER}+(?:ý|á|é|í|ých|ím|ým|ými|ími|ého|ému|ém|ou|ích|ího|ímu)"
GOVERNOR_OF_PHRASE = re.compile(rf"(?<!\w)([^\W\d_]+) (?:{ADJECTIVE} )?$", re.IGNORECASE)
REACH = 60  # letters before a number that are looked at

OTHER_NUMBER = re.compile(r" ?(?:[–-]|,? (?:a|až|nebo|či|i)) ?\d+(?= )")
NOUN_PHRASE = re.compile(rf" ?((?:{ADJECTIVE} ){{0,2}})([^\W\d_]+)")
# Endings that only one case of the plural has.
TELLING = (
    (Case.LOCATIVE, ("ách", "ích", "ech")),
    (Case.DATIVE, ("ům", "ám")),
    (Case.INSTRUMENTAL, ("ami", "emi", "ími", "ými")),
)


class Following(NamedTuple):
    """The words after a number: what the noun may be (empty: not a noun that we know), and as they are written."""

    forms: frozenset[Form]
    adjective: str
    word: str
    shared: bool  # with another number that stands between: 1 nebo 2 osoby

    @property
    def telling(self) -> Case | None:
        """The case that the ending of an unknown word, or of its adjective, tells."""
        for word in (self.word, self.adjective):
            for case, endings in TELLING:
                if len(word) > 4 and word.endswith(endings):
                    return case
        return None


# Common words after a number that it does not count.
NOT_COUNTED = frozenset(
    "nebo až jsou byla bylo byly bude budou bez pro před při nad pod kde kdy který která které".split()
)
NOTHING = Following(frozenset(), "", "", shared=False)


def governed(match: Match[str], start: int | None = None) -> tuple[Case, ...]:
    """Cases that the words before ``match`` ask for; none where they ask for nothing."""
    at = match.start() if start is None else start
    found = GOVERNOR.search(match.string, max(0, at - REACH), at)
    return GOVERNORS.get(found[1].lower(), ()) if found else ()


def phrase_case(match: Match[str], heads: frozenset[str]) -> Case:
    """The case of an abbreviated noun phrase: by its preposition, genitive after ``heads``, else nominative."""
    found = GOVERNOR_OF_PHRASE.search(match.string, max(0, match.start() - REACH), match.start())
    word = found[1].lower() if found else ""
    if word in heads:
        return Case.GENITIVE
    return PHRASE_CASES.get(word, Case.NOMINATIVE)


# Places and people rather than amounts: na městském úřadě, před školou, za školou.
PHRASE_CASES = {word: cases[0] for word, cases in PREPOSITIONS.items()} | {
    **dict.fromkeys(("na", "o"), Case.LOCATIVE),
    **dict.fromkeys(("za", "nad", "pod"), Case.INSTRUMENTAL),
}


def following(match: Match[str], end: int | None = None) -> Following:
    """The noun phrase after ``match``; past another number of the same phrase (1 nebo 2 osoby)."""
    at = match.end() if end is None else end
    if other := OTHER_NUMBER.match(match.string, at):
        at = other.end()
    phrase = NOUN_PHRASE.match(match.string, at)
    if not phrase:
        return NOTHING
    adjectives, word = phrase[1].split(), phrase[2]
    forms = FORMS.get(word) or FORMS.get(word.lower()) or ()
    if not forms and (len(word) < 3 or not word.islower() or word in PREPOSITIONS or word in NOT_COUNTED):
        return NOTHING
    return Following(frozenset(forms), adjectives[-1] if adjectives else "", word, shared=bool(other))


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
        fits = number % 100 in (2, 3, 4) or 20 < number % 100 and number % 10 in (2, 3, 4)
        return Agreement(form.gender, form.case) if fits and (not governing or form.case in governing) else None
    fits = form.case in governing or (not governing and (number in (2, 3, 4) or form.case is not Case.GENITIVE))
    return Agreement(form.gender if number < 5 else "", form.case) if fits else None


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


def _gender_of_one(noun: Following) -> str:
    if noun.adjective and noun.adjective[-1] in "ýá":
        return MASCULINE if noun.adjective.endswith("ý") else FEMININE
    for gender, endings in ((FEMININE, ("a", "ost", "u", "ce", "yně")), (NEUTER, ("o", "ění", "ání", "iště"))):
        if noun.word.endswith(endings):
            return gender
    return MASCULINE if noun.word[-1:] in tuple("bdfghklmnprstvz") else ""


def _gender_of_two(noun: Following) -> str:
    if noun.adjective and noun.adjective[-1] in "áí" and noun.word[-1:] in ("a", "í", "i", "é"):
        return NEUTER if noun.adjective.endswith("á") else ANIMATE
    for gender, endings in (
        (NEUTER, ("a", "í", "iště")),
        (FEMININE, ("osti", "ice", "čky", "rny")),
        (ANIMATE, ("ové",)),
    ):
        if noun.word.endswith(endings):
            return gender
    return ""


def is_label(match: Match[str]) -> bool:
    """Whether the number names rather than counts: linka 2, v domech 1 a 2, Tyršova 2."""
    found = LABELLED.search(match.string, max(0, match.start() - REACH), match.start())
    return bool(found and (found["street"] or found["word"].lower() in FORMS))


LABELLED = re.compile(
    rf"(?:(?:(?<=[\w,] )|(?<=^))(?P<street>{UPPER}{LOWER}+(?:ova|ově|ovy|ovu|ská|ské|cká|cké|ní|ého|a|í)?)|(?<!\w)(?P<word>{LOWER}+))"
    rf" (?:\d+[a-z]?(?:,| a| až| i|[–-]) ?)*$"
)
