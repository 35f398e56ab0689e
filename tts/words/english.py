"""English: numbers, dates and times."""

import re
from re import Match

from babel import Locale
from num2words import num2words

from tts.words.common import CLOCK, DASH, DAY, LARGEST, LIST, MONTH, NOT_BEFORE, NOT_WITHIN, NUMBER_LEFT, PHONE, YEAR
from tts.words.rule import Doubt, Rule

MONTHS: dict[int, str] = dict(Locale("en").months["format"]["wide"])
TH = r"(?:st|nd|rd|th)?"
NAME = "|".join(MONTHS.values())
DAY_FIRST = re.compile(
    rf"{NOT_WITHIN}(?:the )?({DAY}){TH}(?:(?: ?[–-] ?| to )(?:the )?({DAY}){TH})? (?:of )?({NAME})\b(?:,? ({YEAR}))?"
)
MONTH_FIRST = re.compile(rf"\b({NAME}) (?:the )?({DAY})(?:st|nd|rd|th)?(?!\d|:)(?: ?[–-] ?({DAY}))?(?:,? ({YEAR}))?")
# As Czech offices write it: the day comes first.
DOTTED = re.compile(rf"{NOT_WITHIN}({DAY})\. ?({MONTH})\.(?: ?({YEAR}))?")
HALF = r"(?: ?([ap])\.?m\b\.?)?"
RANGE = re.compile(
    rf"(?:\bfrom )?{CLOCK}{HALF} ?(?:[–-]|to) ?(2[0-4]|1\d|0?\d)[:.]([0-5]\d)(?![\d:]){HALF}", re.IGNORECASE
)
TIME = re.compile(rf"{CLOCK}{HALF}", re.IGNORECASE)
HOUR = re.compile(rf"{NOT_WITHIN}(1[0-2]|[1-9]) ?([ap])\.?m\b\.?", re.IGNORECASE)
YEAR_ALONE = re.compile(rf"(?:(?<=\bin )|(?<=\bsince )|(?<=\buntil )|(?<=\bof ))({YEAR})(?![\w/]|[.,]\d)")
ORDINAL = re.compile(r"(?<![\w.,])(\d{1,3})(?:st|nd|rd|th)\b")
UNITS = {
    "%": "percent",
    "°C": "degrees Celsius",
    "CZK": "Czech crowns",
    "Kč": "Czech crowns",
    "€": "euros",
    "km": "kilometres",
}
NUMBER = re.compile(
    rf"{NOT_WITHIN}(?P<sign>[-−])?(?P<whole>\d{{1,3}}(?:[, ]\d{{3}})+(?!\d)|\d{{1,15}})(?:\.(?P<part>\d{{1,6}}))?"
    rf"(?: ?(?P<unit>{'|'.join(UNITS)})(?!\w)|{NOT_BEFORE})"
)
LETTERS = {"a": "a.m.", "p": "p.m."}


def _ordinal(number: str) -> str:
    return f"the {num2words(int(number), lang='en', to='ordinal')}"


def _year(number: str | None) -> str:
    return f" {num2words(int(number), lang='en', to='year')}" if number else ""


def _day_first(match: Match[str]) -> str:
    days = _ordinal(match[1]) + (f" to {_ordinal(match[2])}" if match[2] else "")
    return f"{days} of {match[3]}{_year(match[4])}"


def _month_first(match: Match[str]) -> str:
    days = _ordinal(match[2]) + (f" to {_ordinal(match[3])}" if match[3] else "")
    return f"{match[1]} {days}{_year(match[4])}"


def _dotted(match: Match[str]) -> str:
    stop = "." if match[0].endswith(".") and re.match(r"\s*$|\s+[A-Z]", match.string[match.end() :]) else ""
    return f"{_ordinal(match[1])} of {MONTHS[int(match[2])]}{_year(match[3])}{stop}"


def _clock(hour: str, minute: str, half: str | None) -> str:
    hours, minutes = str(num2words(int(hour))), int(minute)
    ending = f" {LETTERS[half.lower()]}" if half else ""
    if minutes == 0:
        return hours + (ending or " o'clock" if 0 < int(hour) <= 12 else " hundred hours")
    return f"{hours} {'oh ' if minutes < 10 else ''}{num2words(minutes)}{ending}"


def _range(match: Match[str]) -> str:
    return f"from {_clock(match[1], match[2], match[3])} to {_clock(match[4], match[5], match[6])}"


def _number(match: Match[str]) -> str | Doubt:
    whole = re.sub(r"[ ,]", "", match["whole"])
    if int(whole) > LARGEST:
        return Doubt("too long a number to be counted")
    point = f" point {' '.join(num2words(int(digit)) for digit in match['part'])}" if match["part"] else ""
    unit = f" {UNITS[match['unit']]}" if match["unit"] else ""
    return f"{'minus ' if match['sign'] else ''}{num2words(int(whole)).replace(',', '')}{point}{unit}"


def _phone(match: Match[str]) -> str:
    groups = ", ".join(" ".join(num2words(int(digit)) for digit in group) for group in match[1].split())
    return f"plus {groups}" if match[0].startswith(("+", "00")) else groups


RULES = (
    LIST,
    Rule("date", DAY_FIRST, _day_first),
    Rule("date", MONTH_FIRST, _month_first),
    Rule("date", DOTTED, _dotted),
    Rule("hours", RANGE, _range),
    Rule("time", TIME, lambda match: _clock(match[1], match[2], match[3])),
    Rule("time", HOUR, lambda match: f"{num2words(int(match[1]))} {LETTERS[match[2].lower()]}"),
    Rule("year", YEAR_ALONE, lambda match: _year(match[1]).strip()),
    Rule("phone number", PHONE, _phone),
    Rule("ordinal", ORDINAL, lambda match: str(num2words(int(match[1]), to="ordinal"))),
    Rule("number", NUMBER, _number),
    DASH,
    NUMBER_LEFT,
)
