"""Czech numerals as words, in every case. num2words knows the nominative, and above a hundred its Czech is wrong."""

from functools import cache

from num2words import num2words

from tts.czech.declension import FEMININE, MASCULINE, NEUTER, Case, adjective, irregular
from tts.czech.nouns import NOUNS

LARGEST = 999_999_999

THOUSAND = irregular(
    MASCULINE, "tisíc tisíce tisíci tisíc tisíci tisíci", "tisíce tisíc tisícům tisíce tisících tisíci"
)
SCALES = ((1_000_000, NOUNS["milion"]), (1000, THOUSAND))
# One by gender, as the pronoun ten; of two to four only the cases differ, and of two the gender.
ONE = {
    "m": "jeden jednoho jednomu jeden jednom jedním",
    "a": "jeden jednoho jednomu jednoho jednom jedním",
    "f": "jedna jedné jedné jednu jedné jednou",
    "n": "jedno jednoho jednomu jedno jednom jedním",
}
SMALL = {
    2: "dva dvou dvěma dva dvou dvěma",
    3: "tři tří třem tři třech třemi",
    4: "čtyři čtyř čtyřem čtyři čtyřech čtyřmi",
}
OBLIQUE = {"devět": "devíti", "deset": "deseti"}
HUNDRED = ["sto", "sta", "sto", "sto", "sto", "sto"]
HUNDREDS = {2: "stě set stům stě stech sty", 3: "sta set stům sta stech sty", 5: "set set stům set stech sty"}
TENTHS = {1: "celá celé celé celou celé celou", 2: "celé celých celým celé celých celými"}
WHOLES = "celých celých celým celých celých celými"
ORDINALS = (
    *("nultý", "první", "druhý", "třetí", "čtvrtý", "pátý", "šestý", "sedmý", "osmý", "devátý", "desátý"),
    *("jedenáctý", "dvanáctý", "třináctý", "čtrnáctý", "patnáctý", "šestnáctý", "sedmnáctý", "osmnáctý"),
    "devatenáctý",
)
TENS = ("dvacátý", "třicátý", "čtyřicátý", "padesátý", "šedesátý", "sedmdesátý", "osmdesátý", "devadesátý")
HUNDREDTHS = ("stý", "dvoustý", "třístý", "čtyřstý", "pětistý", "šestistý", "sedmistý", "osmistý", "devítistý")
LARGEST_ORDINAL = 999


@cache
def cardinal(number: int, gender: str = "", case: Case = Case.NOMINATIVE) -> str:
    """0 to 999 999 999; without a ``gender`` as one counts: jedna, dva, tři."""
    words = []
    for size, noun in SCALES:
        count, number = divmod(number, size)
        if count:
            several = f"{cardinal(count, MASCULINE, case)} {noun.counted(count, case)}"
            words.append(noun.one(case) if count == 1 else several)
    hundreds, rest = divmod(number, 100)
    if hundreds:
        words.append(_hundreds(hundreds, case))
    if rest or not words:
        words.append(_below_hundred(rest, gender if not words else _of_compound(rest, gender), case))
    return " ".join(words)


def ordinal(number: int, gender: str = MASCULINE, case: Case = Case.NOMINATIVE, *, plural: bool = False) -> str:
    """0 to 999: (dne) dvacátého čtvrtého is masculine and genitive."""
    return " ".join(adjective(word, gender, case, plural=plural) for word in _ordinal(number))


def year(number: int) -> str:
    """A year as it is said: devatenáct set osmdesát devět, dva tisíce dvacet šest."""
    century, rest = divmod(number, 100)
    if not 11 <= century <= 19:
        return cardinal(number)
    return f"{cardinal(century)} set {cardinal(rest) if rest else ''}".strip()


def decimal(whole: int, fraction: str, case: Case = Case.NOMINATIVE) -> str:
    """A decimal number: 2,5 is dvě celé pět, (do) dvou celých pěti."""
    part = digits(fraction) if fraction.startswith("0") else cardinal(int(fraction), "", case)
    if whole == 0:
        return f"nula celá {digits(fraction)}"
    wholes = TENTHS[min(whole, 2)] if whole in (1, 2, 3, 4) else WHOLES
    return f"{cardinal(whole, FEMININE, case)} {wholes.split()[case]} {part}"


def digits(written: str) -> str:
    """A group of digits as in a phone number: leading zeros one by one, the rest as a number."""
    zeros = len(written) - len(written.lstrip("0"))
    rest = written[zeros:]
    return " ".join(["nula"] * zeros + ([cardinal(int(rest))] if rest else []))


def prefix(number: int) -> str:
    """1 to 999 as the beginning of a compound: dvou(denní), pěti(letý), dvacetičtyř(hodinový)."""
    hundreds, rest = divmod(number, 100)
    start = {0: "", 1: "sto"}.get(hundreds) or (f"{prefix(hundreds)}set" if hundreds else "")
    if hundreds == 2:
        start = "dvouset"
    if rest == 0:
        return start
    if rest == 1:
        return f"{start}jedno"
    words = _below_hundred(rest, "", Case.GENITIVE).split()
    return start + "".join(words)


def _hundreds(count: int, case: Case) -> str:
    if count == 1:
        return HUNDRED[case]
    forms = HUNDREDS[2 if count == 2 else 3 if count < 5 else 5]
    return f"{cardinal(count, FEMININE, case)} {forms.split()[case]}"


def _below_hundred(number: int, gender: str, case: Case) -> str:
    if number == 1:
        return ONE[gender or "f"].split()[case]
    if number == 2 and gender in (FEMININE, NEUTER) and case in (Case.NOMINATIVE, Case.ACCUSATIVE):
        return "dvě"
    words = str(num2words(number, lang="cs")).split()
    if case in (Case.NOMINATIVE, Case.ACCUSATIVE):
        return " ".join([*words[:-1], _below_hundred(2, gender, case)] if words[1:] and words[-1] == "dva" else words)
    return " ".join(_oblique(word, case) for word in words)


def _oblique(word: str, case: Case) -> str:
    """A simple numeral in another case than the nominative; of twenty-one, the last word stays as it is."""
    for forms in SMALL.values():
        if forms.startswith(f"{word} "):
            return forms.split()[case]
    if word in ("nula", "jedna"):
        return {"nula": ["nuly", "nule", "nulu", "nule", "nulou"][case - 1]}.get(word, word)
    return OBLIQUE.get(word, f"{word}i")


def _of_compound(rest: int, gender: str) -> str:
    return "" if rest == 1 else gender


def _ordinal(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    words = [HUNDREDTHS[hundreds - 1]] if hundreds else []
    if rest < 20:
        return words + ([ORDINALS[rest]] if rest or not words else [])
    tens, ones = divmod(rest, 10)
    return [*words, TENS[tens - 2], *([ORDINALS[ones]] if ones else [])]
