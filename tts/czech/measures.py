"""Amounts with a unit: 1 000 Kč, 50,- Kč, 2,5 °C, 5–10 %; the unit says the gender, the words before it the case."""

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
    rf"{NOT_WITHIN}(?:(?P<low_sign>{SIGN})?(?P<low>{NUMBER})(?P<joined>(?: ?(?:{UNIT}))?(?: ?[–-] ?| až )"
    rf"|,? (?:x|×|a|i|nebo|či) )(?=[-−+\d]))?(?P<sign>(?<!\w){SIGN} ?)?(?P<number>{NUMBER}) ?"
    rf"(?:(?P<scale>{SCALE})(?: ?(?P<money>{any_of(units.MONEY)}))?"
    rf"|(?P<unit>{UNIT})(?P<per>(?: ?/ ?(?:{any_of(units.PER)}))*)){END_OF_UNIT}"
)
# 50,- Kč; 500,-
WHOLE_CROWNS = re.compile(rf"{NOT_WITHIN}(?P<number>{WHOLE}),[-–—=]+(?: ?(?:Kč|CZK)(?!\w))?")
CROWNS_FIRST = re.compile(rf"(?<!\w)Kč (?P<number>{WHOLE})(?:,[-–]+)?(?![\w/]|[.,]\d)")
# 2.50 Kč: a dot with two digits can only part hellers.
DOTTED = re.compile(rf"{NOT_WITHIN}(?P<whole>\d{{1,6}})\.(?P<fraction>\d\d) ?(?P<unit>Kč|CZK|EUR|€)(?!\w)")
# 20% sleva: without a space before it, and before such a noun, the sign makes an adjective.
PER = re.compile(rf"(?<=[^\W\d_])/({any_of(units.PER)})(?!\w)")
PERCENT = re.compile(rf"{NOT_WITHIN}(\d{{1,3}})% (?=([^\W\d_]+))")
SMALLEST_FUSE = 6  # ampères; below it the letter rather names an entrance
JOINTS = {"x": "krát", "×": "krát", "a": "a", "i": "i", "nebo": "nebo", "či": "či"}
SIGNS = {"-": "minus ", "−": "minus ", "–": "minus ", "+": "plus ", "±": "plus minus "}


def _measure(match: Match[str]) -> str | None:
    case = next(iter(governed(match)), Case.NOMINATIVE)
    noun = units.SCALES[match["scale"]] if match["scale"] else units.UNITS[match["unit"]]
    if max(_whole(number) for number in (match["number"], match["low"] or "0")) > LARGEST or _not_a_unit(match):
        return None
    return f"{_low(match, noun, case)}{_signed(match['sign'])}{_amount(match, noun, case)}{_ending(match)}"


def _low(match: Match[str], noun: Noun, case: Case) -> str:
    """The first number of a range, or of several that share a unit."""
    if not match["low"]:
        return ""
    joint = JOINTS.get(match["joined"].strip(" ,"), "až")
    return f"{_signed(match['low_sign'])}{_number(match['low'], noun, case)} {joint} "


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
    spoken = [_counted(number, of, case) for number, of in ((whole, noun), (part, piece)) if number]
    return " ".join(spoken) or _counted(0, noun, case)


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
    return "".join(f" {units.PER[unit.strip()]}" for unit in match["per"].split("/")[1:]) + full_stop(match)


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
    Rule("money", CROWNS_FIRST, _whole_crowns),
    Rule("money", WHOLE_CROWNS, _whole_crowns),
    Rule("money", DOTTED, _dotted),
    Rule("percent", PERCENT, _percent),
    Rule("amount", MEASURE, _measure),
    Rule("per", PER, lambda match: f" {units.PER[match[1]]}{full_stop(match)}"),
)
