"""German: numbers, dates and times."""

import re
from re import Match

from babel import Locale
from num2words import num2words

from tts.words.common import DASH, DAY, LARGEST, LIST, MONTH, NOT_BEFORE, NOT_WITHIN, NUMBER_LEFT, PHONE, YEAR
from tts.words.rule import Doubt, Rule

MONTHS: dict[int, str] = dict(Locale("de").months["format"]["wide"])
NAME = "|".join((*MONTHS.values(), "Jänner"))
DATE = re.compile(
    rf"{NOT_WITHIN}(?:({DAY})\.(?: ?[–-] ?| bis (?:zum )?| und ))?({DAY})\. ?(?:({NAME})\b|({MONTH})\.)(?: ?({YEAR}))?"
)
# After these a day ends in -n: am dritten, vom ersten bis zum dritten.
WEAK = re.compile(r"\b(?:am|vom|zum|dem|den|ab|bis|seit|nach|vor|und)(?: \w+,?(?: dem| den)?)? $", re.IGNORECASE)
CLOCK = r"(2[0-4]|1\d|0?\d)(?:[:.]([0-5]\d))?"
RANGE = re.compile(rf"(?:\bvon )?{NOT_WITHIN}{CLOCK}(?: Uhr)?(?: ?[–-] ?| bis ){CLOCK}( Uhr)?(?![\d:]|\.\d)")
TIME = re.compile(rf"{NOT_WITHIN}{CLOCK}( Uhr)?(?![\w:]|[.,]\d)")
# Im 2. Stock, der 3. Bezirk.
ORDINAL = re.compile(
    r"\b(im|am|vom|zum|zur|beim|dem|den|des|der|die|das) (\d{1,3})\. (?=[A-ZÄÖÜ][a-zäöüß])", re.IGNORECASE
)
STRONG = frozenset(("der", "die", "das"))
YEAR_ALONE = re.compile(r"(?:(?<=\bJahr )|(?<=\bJahre )|(?<=\bseit ))(1[1-9]\d\d)(?![\w/]|[.,]\d)")
UNITS = {"%": "Prozent", "°C": "Grad Celsius", "CZK": "Kronen", "Kč": "Kronen", "€": "Euro", "km": "Kilometer"}
NUMBER = re.compile(
    rf"{NOT_WITHIN}(?P<sign>[-−])?(?P<whole>\d{{1,3}}(?:[. ]\d{{3}})+(?!\d)|\d{{1,15}})(?:,(?P<part>\d{{1,6}}))?"
    rf"(?: ?(?P<unit>{'|'.join(UNITS)})(?!\w)|{NOT_BEFORE})(?!\.(?: [a-zäöü]| ?\d))"
)


def _words(number: str | int) -> str:
    return str(num2words(int(number), lang="de"))


def _date(match: Match[str]) -> str:
    weak = "n" if WEAK.search(match.string[: match.start()]) else "r"
    if re.search(r"\b(?:der|die) $", match.string[: match.start()]):
        weak = ""
    days = " bis ".join(_ordinal(day) + weak for day in (match[1], match[2]) if day)
    if match[1] and " und " in match[0]:
        days = days.replace(" bis ", " und ")
    month = match[3] or MONTHS[int(match[4])]
    stop = "." if match[0].endswith(".") and re.match(r"\s*$|\s+[A-ZÄÖÜ]", match.string[match.end() :]) else ""
    return f"{days} {month}{f' {_year(match[5])}' if match[5] else ''}{stop}"


def _ordinal(number: str) -> str:
    return str(num2words(int(number), lang="de", to="ordinal"))


def _counted(match: Match[str]) -> str:
    return f"{match[1]} {_ordinal(match[2])}{'' if match[1].lower() in STRONG else 'n'} "


def _year(number: str) -> str:
    return str(num2words(int(number), lang="de", to="year"))


def _clock(hour: str, minute: str | None) -> str:
    hours = "ein" if int(hour) == 1 else _words(hour)
    return f"{hours} Uhr{f' {_words(minute)}' if minute and int(minute) else ''}"


def _range(match: Match[str]) -> str | None:
    if not match[5] and ":" not in match[0]:
        return None
    since = _clock(match[1], match[2]) if match[2] and int(match[2]) else _words(match[1])
    return f"von {since} bis {_clock(match[3], match[4])}"


def _time(match: Match[str]) -> str | None:
    return _clock(match[1], match[2]) if match[3] or ":" in match[0] else None


def _number(match: Match[str]) -> str | Doubt:
    whole = re.sub(r"[ .]", "", match["whole"])
    if int(whole) > LARGEST:
        return Doubt("too long a number to be counted")
    point = f" Komma {' '.join(_words(digit) for digit in match['part'])}" if match["part"] else ""
    unit = f" {UNITS[match['unit']]}" if match["unit"] else ""
    said = "eine" if whole == "1" and unit == " Kronen" else _words(whole)
    return f"{'minus ' if match['sign'] else ''}{said}{point}{unit}"


def _phone(match: Match[str]) -> str:
    groups = ", ".join(" ".join(_words(digit) for digit in group) for group in match[1].split())
    return f"plus {groups}" if match[0].startswith(("+", "00")) else groups


RULES = (
    LIST,
    Rule("date", DATE, _date),
    Rule("hours", RANGE, _range),
    Rule("time", TIME, _time),
    Rule("year", YEAR_ALONE, lambda match: _year(match[1])),
    Rule("phone number", PHONE, _phone),
    Rule("ordinal", ORDINAL, _counted),
    Rule("number", NUMBER, _number),
    DASH,
    NUMBER_LEFT,
)
