"""Numbers alone or before a noun: 2 hodiny, od 2 ulic, 5–7 osob, 3,14, 2x, 24hodinový."""

import re
from re import Match

from tts.czech.agreement import Agreement, agreement, guessed
from tts.czech.context import NOTHING, Following, following, governed, is_label
from tts.czech.declension import DIRECT, Case
from tts.czech.numerals import LARGEST, cardinal, decimal, digits, prefix
from tts.words.rule import Doubt, Rule
from tts.words.sentence import LOWER

WHOLE = r"(?:\d{1,3}(?:[ .]\d{3}){1,4}|\d{1,15})(?!\d)"
NOT_WITHIN = r"(?<![\w,.:/+-])(?<!\d[ –])"
NOT_BEFORE = rf"(?![\w/%§°²³]|[.,:]\d|\. ?{LOWER}|-\w)"
COUNT = re.compile(rf"{NOT_WITHIN}(?P<sign>[−–-])?(?P<whole>{WHOLE})(?:,(?P<fraction>\d{{1,9}}))?{NOT_BEFORE}")
RANGE = re.compile(rf"{NOT_WITHIN}(\d{{1,6}})(?: ?– ?|-| až )(\d{{1,6}}){NOT_BEFORE}")
TIMES_MANY = re.compile(r"(?<![\w,./])(\d{1,3}) ?[x×](?= (?!\d)|[,.;:!?)]|$)")
BY = re.compile(r"(?<![\w,./])(\d{1,6}(?:,\d{1,3})?) ?[x×] ?(?=\d)")
DECIMALS = re.compile(rf"{NOT_WITHIN}(\d{{1,4}}),(\d{{1,3}}) ?[–-] ?(\d{{1,4}}),(\d{{1,3}}){NOT_BEFORE}")
# 3násobek, 2násobně.
MULTIPLE = re.compile(r"(?<![\w,./])([2-9])-?(násob(?:ek|ku|kem|ně)\b)")
MULTIPLES = {"2": "dvoj", "3": "troj", "4": "čtyř"}
# 24hodinový, 3denní, 5letý: the number is part of the word, and so is 10ti.
COMPOUND = re.compile(
    r"(?<![\w,./])(\d{1,3})-?((?:denní|letý|letá|leté|letého|letých|letým|letou|letém|hodinov|minutov|měsíční|týdenní|metrov|"
    r"členn|místn|pokojov|patrov|stupňov|procentní|koruno|tunov|litrov|kilometrov|dílný|dílná|kolov|násobn)\w*)"
)
SPOKEN_ENDING = re.compile(rf"(?<![\w,./])(\d{{1,3}})-?(?:ti|tí|mi|ma)\b(?! ?{LOWER}+ti\b)")
HALF = re.compile(
    r"(?<![\w,./])(?:(\d{1,3}) ?)?([½¼¾])|(?<![\w,./])1/2(?= (?:dne|hodiny|litru|měsíce|roku|kila|metru)\b)"
)
HALVES = {"½": "půl", "¼": "čtvrt", "¾": "tři čtvrtě"}
# How many rooms a flat has: 2+1, 3+kk.
LAYOUT = re.compile(r"(?<![\w,./+])(\d)\+(\d|kk)(?![\w+/])")
UNKNOWN_GENDER = Doubt("the gender of the next word is not known")


def _count(match: Match[str]) -> str | Doubt:
    minus = "minus " if match["sign"] else ""
    number = int(match["whole"].replace(" ", "").replace(".", ""))
    if number > LARGEST:
        return Doubt("too long a number to be counted")
    if match["fraction"]:
        return minus + decimal(number, match["fraction"], _bare_case(match))
    if match["whole"].startswith("0"):
        return minus + digits(match["whole"])
    said = _agreement(match, number)
    return minus + cardinal(number, *said) if said else UNKNOWN_GENDER


def _range(match: Match[str]) -> str | Doubt | None:
    first, second = int(match[1]), int(match[2])
    if first >= second or match[2].startswith("0"):
        return None
    said = _agreement(match, second)
    if not said:
        return UNKNOWN_GENDER
    if first in (1, 2) and second > 2 and not said.gender:
        said_first = Agreement(_gender(following(match)), said.case)
        return f"{cardinal(first, *said_first)} až {cardinal(second, *said)}"
    return f"{cardinal(first, *said)} až {cardinal(second, *said)}"


def _gender(noun: Following) -> str:
    return min((form.gender for form in noun.forms), default="")


def _agreement(match: Match[str], number: int) -> Agreement | None:
    cases, noun = governed(match), following(match)
    # Of "1 nebo 2 osoby", the noun is plural for the one as well.
    if said := agreement(2 if noun.shared and number == 1 else number, cases, noun):
        return said
    if noun == NOTHING or noun.forms or is_label(match):
        return Agreement("", _bare_case(match))
    return guessed(number, cases, noun)


def _bare_case(match: Match[str]) -> Case:
    """The case of a number with no noun: (od) pěti, (do) deseti; a number that names something is counted."""
    cases = governed(match)
    return cases[0] if cases and not any(case in DIRECT for case in cases) else Case.NOMINATIVE


def _times(match: Match[str]) -> str:
    number = int(match[1])
    return "jednou" if number == 1 else f"{cardinal(number, 'm')}krát".replace(" ", "")


def _by(match: Match[str]) -> str:
    whole, _, fraction = match[1].partition(",")
    return (decimal(int(whole), fraction) if fraction else cardinal(int(whole))) + " krát "


def _compound(match: Match[str]) -> str | None:
    return prefix(int(match[1])) + match[2] if int(match[1]) else None


def _spoken_ending(match: Match[str]) -> str:
    return cardinal(int(match[1]), "", Case.GENITIVE)


def _half(match: Match[str]) -> str:
    part = HALVES[match[2] or "½"]
    return f"{cardinal(int(match[1]))} a {part}" if match[1] else part


def _layout(match: Match[str]) -> str:
    return f"{cardinal(int(match[1]))} plus {'ká ká' if match[2] == 'kk' else cardinal(int(match[2]))}"


FRACTION_RULES = (
    Rule("flat", LAYOUT, _layout),
    Rule("fraction", HALF, _half),
)
COUNT_RULES = (
    Rule("number in a word", MULTIPLE, lambda match: f"{MULTIPLES.get(match[1]) or prefix(int(match[1]))}{match[2]}"),
    Rule("number in a word", COMPOUND, _compound),
    Rule(
        "numbers", DECIMALS, lambda match: f"{decimal(int(match[1]), match[2])} až {decimal(int(match[3]), match[4])}"
    ),
    Rule("number in a word", SPOKEN_ENDING, _spoken_ending),
    Rule("times", TIMES_MANY, _times),
    Rule("times", BY, _by),
    Rule("range", RANGE, _range),
    Rule("number", COUNT, _count),
)
