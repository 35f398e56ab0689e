"""Czech declension: paradigms of nouns and adjectives, as school grammars have them (without the vocative)."""

from enum import IntEnum
from functools import cache
from typing import NamedTuple


class Case(IntEnum):
    NOMINATIVE = 0
    GENITIVE = 1
    DATIVE = 2
    ACCUSATIVE = 3
    LOCATIVE = 4
    INSTRUMENTAL = 5


DIRECT = (Case.NOMINATIVE, Case.ACCUSATIVE)

MASCULINE, ANIMATE, FEMININE, NEUTER = "m", "a", "f", "n"

SOFT = (
    *(("ch", "še"), ("k", "ce"), ("h", "ze"), ("g", "ze"), ("r", "ře"), ("l", "le"), ("s", "se"), ("z", "ze")),
    *(("c", "ce"), ("j", "je"), ("ž", "že"), ("š", "še"), ("č", "če"), ("ř", "ře")),
)


class Noun(NamedTuple):
    """Forms of a noun in six cases; where there are two, the first one is spoken, both are understood."""

    gender: str
    singular: tuple[tuple[str, ...], ...]
    plural: tuple[tuple[str, ...], ...]

    def one(self, case: Case = Case.NOMINATIVE) -> str:
        return self.singular[case][0]

    def more(self, case: Case = Case.NOMINATIVE) -> str:
        return self.plural[case][0]

    def counted(self, number: int, case: Case = Case.NOMINATIVE) -> str:
        """The form after ``number`` where the whole stands in ``case``: dvě hodiny, pět hodin, (od) dvou hodin."""
        if number == 1:
            return self.one(case)
        thousands = number >= 1000 and number % 1000 == 0
        if thousands or (case in DIRECT and number not in (2, 3, 4)):
            return self.more(Case.GENITIVE)
        return self.more(case)


# Gender, endings of the singular and of the plural from the nominative to the instrumental. A dash is no ending, ^ the
# softened stem of žena (ve škole, na lince), ~ that of domek (v domcích); a stroke parts two forms.
PARADIGMS = {
    "hrad": (MASCULINE, "- u u - u|^ em", "y ů ům y ech y"),
    "úřad": (MASCULINE, "- u u - ^|u em", "y ů ům y ech y"),
    "domek": (MASCULINE, "- u u - u em", "y ů ům y ~ích|ách y"),
    "les": (MASCULINE, "- a u - ^|u em", "y ů ům y ech y"),
    "stroj": (MASCULINE, "- e i - i em", "e ů ům e ích i"),
    "stupeň": (MASCULINE, "eň ně ni eň ni něm", "ně ňů ňům ně ních ni"),
    "pán": (ANIMATE, "- a ovi|u a ovi|u em", "ové|i|é ů ům y ech y"),
    "žák": (ANIMATE, "- a ovi|u a ovi|u em", "~i ů ům y ~ích y"),
    "občan": (ANIMATE, "- a ovi|u a ovi|u em", "é ů ům y ech y"),
    "muž": (ANIMATE, "- e i|ovi e i|ovi em", "i|ové|é ů ům e ích i"),
    "předseda": (ANIMATE, "a y ovi u ovi ou", "é|ové ů ům y ech y"),
    "soudce": (ANIMATE, "e e i|ovi e i|ovi em", "i|ové ů ům e ích i"),
    "žena": (FEMININE, "a y ^ u ^ ou", "y - ám y ách ami"),
    "růže": (FEMININE, "e e i i i í", "e í ím e ích emi"),
    "ulice": (FEMININE, "e e i i i í", "e - ím e ích emi"),
    "obec": (FEMININE, "- e i - i í", "e í ím e ích emi"),
    "skříň": (FEMININE, "ň ně ni ň ni ní", "ně ní ním ně ních němi"),
    "kost": (FEMININE, "- i i - i í", "i í em|ím i ech|ích mi"),
    "město": (NEUTER, "o a u o ^|u em", "a - ům a ech y"),
    "středisko": (NEUTER, "o a u o u em", "a - ům a ~ích y"),
    "pole": (NEUTER, "e e i e i em", "e í ím e ích i"),
    "hřiště": (NEUTER, "ě ě i ě i ěm", "ě - ím ě ích i"),
    "stavení": (NEUTER, "í í í í í ím", "í í ím í ích ími"),
}
ADJECTIVES = {
    "ý": {
        MASCULINE: ("ý ého ému ý ém ým", "é ých ým é ých ými"),
        ANIMATE: ("ý ého ému ého ém ým", "í ých ým é ých ými"),
        FEMININE: ("á é é ou é ou", "é ých ým é ých ými"),
        NEUTER: ("é ého ému é ém ým", "á ých ým á ých ými"),
    },
    "í": {
        MASCULINE: ("í ího ímu í ím ím", "í ích ím í ích ími"),
        ANIMATE: ("í ího ímu ího ím ím", "í ích ím í ích ími"),
        FEMININE: ("í í í í í í", "í ích ím í ích ími"),
        NEUTER: ("í ího ímu í ím ím", "í ích ím í ích ími"),
    },
}


def noun(paradigm: str, nominative: str, stem: str = "", genitive_plural: str = "") -> Noun:
    """``stem`` carries the endings where it is not the nominative without its own: stupeň, domek (domk-)."""
    gender, singular, plural = PARADIGMS[paradigm]
    first = singular.split()[0]
    stem = stem or (nominative if first == "-" else nominative.removesuffix(first))
    ones = [_forms(stem, ending) for ending in singular.split()]
    more = [_forms(stem, ending) for ending in plural.split()]
    ones = [(nominative,) if ending == first else forms for ending, forms in zip(singular.split(), ones, strict=True)]
    if plural.split()[Case.GENITIVE] == "-":
        more[Case.GENITIVE] = (genitive_plural or _bare(stem),)
    return Noun(gender, tuple(ones), tuple(more))


def irregular(gender: str, singular: str, plural: str) -> Noun:
    """Every form written out."""
    one, more = ([tuple(form.split("|")) for form in forms.split()] for forms in (singular, plural))
    return Noun(gender, tuple(one), tuple(more))


@cache
def adjective(word: str, gender: str, case: Case, *, plural: bool = False) -> str:
    """``word`` is the masculine nominative: druhý, první."""
    endings = ADJECTIVES[word[-1]][gender][plural].split()
    if plural and gender == ANIMATE and case is Case.NOMINATIVE:
        return _softened_adjective(word)
    return word[:-1] + endings[case]


def softened(stem: str) -> str:
    """The stem of žena before ě: ve škole, v budově, na lince."""
    for hard, soft in SOFT:
        if stem.endswith(hard):
            return stem.removesuffix(hard) + soft
    return f"{stem}ě"


def _softened_adjective(word: str) -> str:
    for hard, soft in (("ský", "ští"), ("cký", "čtí"), ("hý", "zí"), ("ký", "cí"), ("rý", "ří")):
        if word.endswith(hard):
            return word.removesuffix(hard) + soft
    return f"{word[:-1]}í"


def _forms(stem: str, endings: str) -> tuple[str, ...]:
    return tuple(_form(stem, ending) for ending in endings.split("|"))


def _form(stem: str, ending: str) -> str:
    if ending == "^":
        return softened(stem)
    if ending.startswith("~"):
        return softened(stem)[:-1] + ending[1:]
    return stem if ending == "-" else stem + ending


def _bare(stem: str) -> str:
    """Genitive plural without an ending: lávka has lávek, společnice has společnic."""
    if len(stem) > 2 and stem.endswith("k") and stem[-2] not in "aeiouyáéíóúůý":
        return f"{stem[:-1]}ek"
    return stem
