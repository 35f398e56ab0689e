"""Czech numerals as words. num2words serves below one hundred; above it its Czech is wrong (292 000)."""

from functools import cache
from typing import NamedTuple

from babel import Locale
from num2words import num2words

CZECH = Locale("cs")
LARGEST = 999_999_999


class Noun(NamedTuple):
    """The forms of a noun that numerals ask for; the names are those of CLDR's Czech plurals."""

    gender: str  # m, f or n
    one: str  # nominative singular: jedna hodina
    few: str  # nominative plural: dvě hodiny
    many: str  # genitive singular, after a decimal: dvě celé pět hodiny
    other: str  # genitive plural: pět hodin

    def counted(self, number: int | float) -> str:
        return str(getattr(self, CZECH.plural_form(number)))


SCALES = (
    (1_000_000, Noun("m", "milion", "miliony", "milionu", "milionů")),
    (1000, Noun("m", "tisíc", "tisíce", "tisíce", "tisíc")),
)
HUNDREDS = (
    *("", "sto", "dvě stě", "tři sta", "čtyři sta", "pět set", "šest set", "sedm set", "osm set"),
    "devět set",
)
ONE_AND_TWO = {"m": ("jeden", "dva"), "f": ("jedna", "dvě"), "n": ("jedno", "dvě")}
GENITIVES = {"nula": "nuly", "jedna": "jedné", "dva": "dvou", "tři": "tří", "čtyři": "čtyř", "devět": "devíti"}
# Genitive of ordinals, as dates need it: (of the) first, second … The tens follow.
ORDINALS = (
    *("nultého", "prvního", "druhého", "třetího", "čtvrtého", "pátého", "šestého", "sedmého", "osmého"),
    *("devátého", "desátého", "jedenáctého", "dvanáctého", "třináctého", "čtrnáctého", "patnáctého"),
    *("šestnáctého", "sedmnáctého", "osmnáctého", "devatenáctého"),
)
ORDINAL_TENS = {20: "dvacátého", 30: "třicátého"}


@cache
def cardinal(number: int, gender: str = "") -> str:
    """0 to 999 999 999 in the nominative; without a ``gender`` as one counts: jedna, dva, tři."""
    if number in (1, 2) and gender:
        return ONE_AND_TWO[gender][number - 1]
    words = []
    for size, noun in SCALES:
        count, number = divmod(number, size)
        if count:
            words.append(noun.one if count == 1 else f"{cardinal(count)} {noun.counted(count)}")
    hundreds, rest = divmod(number, 100)
    if hundreds:
        words.append(HUNDREDS[hundreds])
    if rest or not words:
        words.append(str(num2words(rest, lang="cs")))
    return " ".join(words)


def genitive(number: int) -> str:
    """0 to 99 in the genitive: (od) osmi, (do) třiceti; of one, the feminine."""
    words = str(num2words(number, lang="cs")).split()
    if len(words) == 2 and words[1] == "jedna":
        return f"{words[0]}i jedna"  # of twenty-one, the last word stays as it is
    return " ".join(GENITIVES.get(word, f"{word}i") for word in words)


def ordinal(number: int) -> str:
    """0 to 39 as a genitive ordinal: (dne) dvacátého čtvrtého."""
    if number < len(ORDINALS):
        return ORDINALS[number]
    tens, rest = number - number % 10, number % 10
    return f"{ORDINAL_TENS[tens]} {ORDINALS[rest]}" if rest else ORDINAL_TENS[tens]


def ordinal_feminine(number: int, ending: str) -> str:
    """0 to 39 as a feminine ordinal with ``ending`` é or ou: (po) osmé, (před) osmou."""
    return " ".join(
        word.removesuffix("ho") if word.endswith("ího") else word.removesuffix("ého") + ending
        for word in ordinal(number).split()
    )


def decimal(whole: int, fraction: str) -> str:
    """A decimal number: 2,5 is dvě celé pět."""
    part = Noun("f", "celá", "celé", "celé", "celých")
    form = part.one if whole == 0 else part.counted(whole)
    return f"{cardinal(whole, 'f')} {form} {digits(fraction)}"


def digits(written: str) -> str:
    """A group of digits as in a phone number: leading zeros one by one, the rest as a number."""
    zeros = len(written) - len(written.lstrip("0"))
    rest = written[zeros:]
    return " ".join(["nula"] * zeros + ([cardinal(int(rest))] if rest else []))
