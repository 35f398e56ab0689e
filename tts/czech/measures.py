"""Amounts with a unit: 1 000 Kč, 50,- Kč, 2,5 °C, 5–10 %, 100 m²; the unit says the gender, the words before the case."""

import re
from re import Match

from tts.czech import units
from tts.czech.context import governed
from tts.czech.declension import FEMININE, Case, Noun
from tts.czech.nouns import FORMS
from tts.czech.numerals import LARGEST, cardinal, decimal, prefix
from tts.words.rule import Rule, any_of
from tts.words.sentence import full_stop

# A thousand is parted by a space or a dot, a fraction by a comma.
WHOLE = r"(?:\d{1,3}(?:[ .]\d{3}){1,4}|\d{1,15})(?!\d)"
NUMBER = rf"{WHOLE}(?:,\d{{1,9}})?"
NOT_WITHIN = r"(?<![\w,./:])(?<!\d )"
SIGN = r"[-−–+±]"
UNIT = any_of(units.UNITS)
SCALE = any_of(units.SCALES)
END_OF_UNIT = r"(?![\w²³]|/\w)"

MEASURE = re.compile(
    rf"{NOT_WITHIN}(?:(?P<low_sign>{SIGN})?(?P<low>{NUMBER})(?P<joined>(?: ?(?:{UNIT}))?(?: ?[–-] ?| až )|,? (?:x|×|a|i|nebo|či) )"
    rf"(?=[-−+\d]))?(?P<sign>(?<!\w){SIGN} ?)?(?P<number>{NUMBER}) ?(?:(?P<scale>{SCALE})(?: ?(?P<money>{any_of(units.MONEY)}))?"
    rf"|(?P<unit>{UNIT})(?:/(?P<per>{any_of(units.PER)}))?){END_OF_UNIT}"
)
# 50,- Kč; 500,-
WHOLE_CROWNS = re.compile(rf"{NOT_WITHIN}(?P<number>{WHOLE}),[-–—=]+(?: ?(?:Kč|CZK)(?!\w))?(?P<per>)")
CROWNS_FIRST = re.compile(rf"(?<!\w)Kč (?P<number>{WHOLE})(?:,[-–]+)?(?![\w/]|[.,]\d)")
# 2.50 Kč: a dot with two digits can only part hellers.
DOTTED = re.compile(rf"{NOT_WITHIN}(?P<whole>\d{{1,6}})\.(?P<fraction>\d\d) ?(?P<unit>Kč|CZK|EUR|€)(?!\w)")
# 20% sleva: without a space before it, and before such a noun, the sign makes an adjective.
PERCENT = re.compile(rf"{NOT_WITHIN}(\d{{1,3}})% (?=([^\W\d_]+))")
SMALLEST_FUSE = 6  # ampères; below it the letter rather names an entrance
JOINTS = {"x": "krát", "×": "krát", "a": "a", "i": "i", "nebo": "nebo", "či": "či"}
SIGNS = {"-": "minus ", "−": "minus ", "–": "minus ", "+": "plus ", "±": "plus minus "}


def _measure(match: Match[str]) -> str | None:
    case = next(iter(governed(match)), Case.NOMINATIVE)
    noun = units.SCALES[match["scale"]] if match["scale"] else units.UNITS[match["unit"]]
    if max(_whole(number) for number in (match["number"], match["low"] or "0")) > LARGEST or _not_a_unit(match):
        return None
    low = (
        f"{_signed(match['low_sign'])}{_number(match['low'], noun, case)} {JOINTS.get(match['joined'].strip(' ,'), 'až')} "
        if match["low"]
        else ""
    )
    return f"{low}{_signed(match['sign'])}{_amount(match, noun, case)}{_ending(match)}"


def _not_a_unit(match: Match[str]) -> bool:
    """A letter that is a word of its own as well: 5 s rodiči, vchod 2 A."""
    following = match.string[match.end() : match.end() + 2]
    return (match["unit"] in ("s", "V", "W") and following[1:].isalnum()) or (
        match["unit"] == "A" and _whole(match["number"]) < SMALLEST_FUSE
    )


def _amount(match: Match[str], noun: Noun, case: Case) -> str:
    whole, _, fraction = match["number"].partition(",")
    piece = units.PIECES.get(match["unit"] or "")
    if piece and len(fraction) == 2:
        return _money(_whole(whole), int(fraction), noun, piece, case)
    if fraction:
        return f"{decimal(_whole(whole), fraction, case)} {noun.one(Case.GENITIVE)}"
    return _counted(_whole(whole), noun, case)


def _money(whole: int, part: int, noun: Noun, piece: Noun, case: Case) -> str:
    return _counted(whole, noun, case) + (f" {_counted(part, piece, case)}" if part else "")


def _counted(number: int, noun: Noun, case: Case) -> str:
    return f"{_cardinal(number, noun, case)} {noun.counted(number, case)}"


def _cardinal(number: int, noun: Noun, case: Case) -> str:
    return cardinal(number, noun.gender if number < 5 else "", case)


def _number(written: str, noun: Noun, case: Case) -> str:
    whole, _, fraction = written.partition(",")
    return decimal(_whole(whole), fraction, case) if fraction else _cardinal(_whole(whole), noun, case)


def _signed(sign: str | None) -> str:
    return SIGNS[sign.strip()] if sign else ""


def _ending(match: Match[str]) -> str:
    if match["scale"]:
        return f" {units.MONEY[match['money']].more(Case.GENITIVE)}" if match["money"] else ""
    return (f" {units.PER[match['per']]}" if match["per"] else "") + full_stop(match)


def _whole_crowns(match: Match[str]) -> str | None:
    case = next(iter(governed(match)), Case.NOMINATIVE)
    number = _whole(match["number"])
    return _counted(number, units.CROWN, case) if number <= LARGEST else None


def _dotted(match: Match[str]) -> str:
    case = next(iter(governed(match)), Case.NOMINATIVE)
    unit = match["unit"]
    return _money(int(match["whole"]), int(match["fraction"]), units.UNITS[unit], units.PIECES[unit], case)


def _percent(match: Match[str]) -> str | None:
    counted = any(form.gender == FEMININE and not form.plural for form in FORMS.get(match[2], ()))
    is_adjective = counted or match[2].startswith(("slev", "účast", "nárůst", "pokles", "podíl"))
    return f"{prefix(int(match[1]))}procentní " if is_adjective and int(match[1]) else None


def _whole(number: str) -> int:
    return int(number.partition(",")[0].replace(" ", "").replace(".", ""))


MEASURE_RULES = (
    Rule("money", WHOLE_CROWNS, _whole_crowns),
    Rule("money", CROWNS_FIRST, _whole_crowns),
    Rule("money", DOTTED, _dotted),
    Rule("percent", PERCENT, _percent),
    Rule("amount", MEASURE, _measure),
)
