"""Slovak: numbers, dates and times. num2words knows its cardinals, babel its months; the ordinals are here."""

import re
from re import Match

from babel import Locale
from num2words import num2words

from tts.words.common import CLOCK, DASH, DAY, LARGEST, LIST, MONTH, NOT_BEFORE, NOT_WITHIN, NUMBER_LEFT, PHONE, YEAR
from tts.words.rule import Doubt, Rule
from tts.words.sentence import full_stop

SLOVAK = Locale("sk")
MONTHS: dict[int, str] = dict(SLOVAK.months["format"]["wide"])
NAME = "|".join(MONTHS.values())
# Stems of ordinals; the ending says the gender and case: (do) tretieho, (o) tretej.
STEMS = (
    *(
        "nult",
        "prv",
        "druh",
        "treť",
        "štvrt",
        "piat",
        "šiest",
        "siedm",
        "ôsm",
        "deviat",
        "desiat",
        "jedenást",
        "dvanást",
    ),
    *("trinást", "štrnást", "pätnást", "šestnást", "sedemnást", "osemnást", "devätnást"),
)
TENS = {20: "dvadsiat", 30: "tridsiat"}
# One syllable less where the stem is long: piateho, piatej; soft in the third: tretieho, tretej.
DATE = re.compile(
    rf"{NOT_WITHIN}(?P<days>(?:{DAY}\.(?: ?[–-] ?|,? (?:a|až|alebo|do) |, )){{0,12}}{DAY}\.) ?"
    rf"(?:(?P<name>{NAME})\b|(?P<month>{MONTH})\.)(?: ?(?P<year>{YEAR}))?",
    re.IGNORECASE,
)
UNIT = r"(?: ?(?:hodiny|hodín|hod\b\.?|h\b\.?))?"
RANGE = re.compile(
    rf"(?:\bod )?{CLOCK}{UNIT} ?(?:[–-]|do) ?(2[0-4]|1\d|0?\d)[:.]([0-5]\d)(?![\d:]){UNIT}", re.IGNORECASE
)
TIME = re.compile(rf"(?:\b(?P<before>o|od|do|po|pred) )?{CLOCK}{UNIT}", re.IGNORECASE)
NOUNS = {"o": "hodine", "po": "hodine", "od": "hodiny", "do": "hodiny"}
UNITS = {
    "%": ("percento", "percentá", "percent"),
    "€": ("euro", "eurá", "eur"),
    "°C": ("stupeň Celzia", "stupne Celzia", "stupňov Celzia"),
    "km": ("kilometer", "kilometre", "kilometrov"),
    "Kč": ("koruna", "koruny", "korún"),
}
FEMININE = {1: "jedna", 2: "dve"}
NEUTER = {1: "jedno", 2: "dve"}
FEMININE_NOUNS = "hodin[auy]|minút[auy]|osob[auy]|korun[auy]|škol[auy]|ulic[aeu]|domácnosti"
NEUTER_NOUNS = "euro|eurá|auto|autá|miesto|miesta|percento|percentá|okno|okná"
GENDERED = {"%": NEUTER, "€": NEUTER, "Kč": FEMININE}
NUMBER = re.compile(
    rf"{NOT_WITHIN}(?P<sign>[-−])?(?P<whole>\d{{1,3}}(?: \d{{3}})+(?!\d)|\d{{1,15}})(?:,(?P<part>\d{{1,6}}))?"
    rf"(?: ?(?P<unit>{'|'.join(UNITS)})(?!\w)|{NOT_BEFORE})(?!\.(?: [a-zá-ž]| ?\d))"
)


def _words(number: int | str) -> str:
    return str(num2words(int(number), lang="sk"))


def _stems(number: int) -> list[str]:
    if number < len(STEMS):
        return [STEMS[number]]
    tens, ones = number // 10 * 10, number % 10
    return [TENS[tens], *([STEMS[ones]] if ones else [])]


def genitive(number: int) -> str:
    """0 to 39 as a masculine genitive ordinal: (dňa) dvadsiateho štvrtého."""
    return " ".join(_genitive(stem) for stem in _stems(number))


def _genitive(stem: str) -> str:
    if stem == "treť":
        return "tretieho"
    # The rhythmic law: after a long syllable the ending is short.
    return stem + ("eho" if re.search(r"(?:[áéíóúýô]|i[aeu])[^aeiouyáéíóúýäô]*$", stem) else "ého")


def _feminine(number: int, ending: str) -> str:
    """0 to 24 as a feminine ordinal with ``ending`` ej or ou."""
    return " ".join(stem.replace("treť", "tret") + ending for stem in _stems(number))


def _date(match: Match[str]) -> str:
    days = re.sub(r" ?[–-] ?", " až ", match["days"])
    days = re.sub(r"(\d+)\.", lambda day: genitive(int(day[1])), days)
    month = match["name"] or MONTHS[int(match["month"])]
    return f"{days} {month}" + (f" {_words(match['year'])}" if match["year"] else "") + full_stop(match)


def _range(match: Match[str]) -> str:
    return f"od {_at('od', match[1], match[2])} do {_at('do', match[3], match[4])}{full_stop(match)}"


def _time(match: Match[str]) -> str | None:
    before = match["before"] or ""
    hour, minute = match[2], match[3]
    spoken = _at(before.lower(), hour, minute) if before else _counted(int(hour), int(minute))
    return f"{before} {spoken}".strip() + full_stop(match)


def _at(preposition: str, hour: str, minute: str) -> str:
    ending, noun = ("ou", "hodinou") if preposition == "pred" else ("ej", NOUNS[preposition])
    return f"{_feminine(int(hour), ending)} {noun}" + (f" {_words(minute)}" if int(minute) else "")


def _counted(hours: int, minutes: int) -> str:
    spoken = f"{FEMININE.get(hours) or _words(hours)} {_plural(hours, ('hodina', 'hodiny', 'hodín'))}"
    if not minutes:
        return spoken
    return f"{spoken} {FEMININE.get(minutes) or _words(minutes)} {_plural(minutes, ('minúta', 'minúty', 'minút'))}"


def _plural(number: int, forms: tuple[str, str, str]) -> str:
    return dict(zip(("one", "few", "other"), forms, strict=True))[SLOVAK.plural_form(number)]


def _number(match: Match[str]) -> str | Doubt:
    whole = int(match["whole"].replace(" ", ""))
    if whole > LARGEST:
        return Doubt("too long a number to be counted")
    minus, unit = "minus " if match["sign"] else "", match["unit"]
    if match["part"]:
        wholes = "celá" if whole in (0, 1) else "celé" if whole in (2, 3, 4) else "celých"
        noun = {"%": " percenta", "€": " eura", "°C": " stupňa Celzia", "km": " kilometra", "Kč": " koruny"}.get(
            unit, ""
        )
        return f"{minus}{FEMININE.get(whole) or _words(whole)} {wholes} {_words(match['part'])}{noun}"
    said = _gendered(match).get(whole) or _words(whole)
    return f"{minus}{said}{f' {_plural(whole, UNITS[unit])}' if unit else ''}"


def _gendered(match: Match[str]) -> dict[int, str]:
    """One and two by the noun that follows."""
    if match["unit"]:
        return GENDERED.get(match["unit"], {})
    if found := re.match(rf" (?:(?P<feminine>{FEMININE_NOUNS})|{NEUTER_NOUNS})\b", match.string[match.end() :]):
        accusative = found[0].endswith("u")
        return FEMININE | ({1: "jednu"} if accusative else {}) if found["feminine"] else NEUTER
    return {}


def _phone(match: Match[str]) -> str:
    groups = ", ".join(" ".join(_words(digit) for digit in group) for group in match[1].split())
    return f"plus {groups}" if match[0].startswith(("+", "00")) else groups


SHORT = {"tel.": "telefón", "č.": "číslo", "nám.": "námestie"}
ABBREVIATION = re.compile(r"(?<!\w)(tel\.|č\.|nám\.):? ?(?=[\w+])", re.IGNORECASE)
STREET = re.compile(r"(?:\b(?P<at>[Vv]|[Nn]a|[Pp]o|[Pp]ri) )?(?<!\w)ul\. ?(?=\w)")


def _street(match: Match[str]) -> str:
    return f"{match['at']} ulici " if match["at"] else "ulica "


RULES = (
    LIST,
    Rule("abbreviation", ABBREVIATION, lambda match: f"{SHORT[match[1].lower()]} "),
    Rule("abbreviation", STREET, _street),
    Rule("date", DATE, _date),
    Rule("hours", RANGE, _range),
    Rule("time", TIME, _time),
    Rule("phone number", PHONE, _phone),
    Rule("number", NUMBER, _number),
    DASH,
    NUMBER_LEFT,
)
