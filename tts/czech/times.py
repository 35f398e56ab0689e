"""Times of day and lengths of time: 8:00–14:30, od 7 h, v 8.15 hod.; in the case that the words before them ask for."""

import re
from re import Match

from tts.czech.context import governed
from tts.czech.declension import FEMININE, Case
from tts.czech.nouns import NOUNS
from tts.czech.numerals import cardinal, ordinal
from tts.words.rule import Rule
from tts.words.sentence import full_stop

HOUR, MINUTE = NOUNS["hodina"], NOUNS["minuta"]

UNIT = r" ?(?:hodiny?\b|hod\b\.?|h\b\.?)"
SHORT_UNIT = r" ?(?:hod\b\.?|h\b\.?)"
NOT_WITHIN = r"(?<![\w.,:/+–-])"
# With a dot, minutes above twelve are no month: 8.30 is a time, 8.10 may be a date.
NO_MONTH = r"(?:00|1[3-9]|[2-5]\d)"


def _clock(name: str) -> str:
    """Hours, and what parts them from the minutes; all that could be a time."""
    return rf"(?P<{name}_hour>2[0-4]|1\d|0?\d)(?:(?P<{name}_sign>[:.,])(?P<{name}_minute>[0-5]\d))?"


RANGE = re.compile(
    rf"{NOT_WITHIN}(?:(?P<preposition>\b(?:od|mezi|v době|v čase|v)) )?{_clock('since')}(?P<since_unit>{SHORT_UNIT})?"
    rf"(?P<joined> ?[–-] ?| do | až ){_clock('until')}(?P<unit>{UNIT})?(?![\d:]|[.,]\d|\w|\. ?\d)",
    re.IGNORECASE,
)
TIME = re.compile(
    rf"{NOT_WITHIN}{_clock('at')}(?:(?P<unit>{UNIT})(?: ?(?P<after>[0-5]?\d) ?min\b\.?)?)?(?![\d:]|[.,]\d|\w)",
    re.IGNORECASE,
)
BY_ORDINAL = re.compile(rf"{NOT_WITHIN}(2[0-4]|1\d|[1-9]) (hodině|hodinou)\b")
NTH = re.compile(rf"{NOT_WITHIN}(2[0-4]|1\d|[1-9])\. ?hod\.(?= )", re.IGNORECASE)
PRICE = re.compile(r" ?(?:Kč|,-|EUR|€|%|°|km|kg|m\b|l\b|ha\b|t\b)")
# Days before opening hours: Po–Pá 7–13.
DAYS = "po|út|st|čt|pá|so|ne"
HOURS = r"\d{1,2}(?:[:.]\d\d)? ?[–-] ?\d{1,2}(?:[:.]\d\d)?,? "
AFTER_DAYS = re.compile(rf"(?:[–+,/-] ?(?:{DAYS}|{DAYS.title()})|\b(?:{DAYS.title()})):? (?:{HOURS})*$")
# A range with its hours follows: 9–12 a 14–17 h.
MORE_HOURS = re.compile(rf"(?: a|,) \d{{1,2}} ?[–-] ?\d{{1,2}}{SHORT_UNIT}", re.IGNORECASE)
EARLIEST = 6  # o'clock, when offices open; less is rather a length of time

Moment = tuple[int, int]


def _range(match: Match[str]) -> str | None:
    if not _sure(match, "since") or not _sure(match, "until") or not _says_time(match):
        return None
    since, until = _moment(match, "since"), _moment(match, "until")
    preposition = (match["preposition"] or "").lower()
    minutes = match["since_minute"] or match["until_minute"]
    if not (preposition or minutes or " do " in match["joined"]) and since[0] < EARLIEST:
        # A length of time: 2–3 h.
        return f"{cardinal(since[0], FEMININE)} až {_counted(until)}{full_stop(match)}"
    start = f"{preposition} od" if " " in preposition else "od"
    first = _in(Case.GENITIVE, since) if since[1] or until[1] else cardinal(since[0], FEMININE, Case.GENITIVE)
    return f"{start} {first} do {_in(Case.GENITIVE, until)}{full_stop(match)}"


def _sure(match: Match[str], name: str) -> bool:
    """Whether these digits can be a time: a dot or a comma parts hours from minutes only beside other signs of time."""
    if not match[f"{name}_minute"] or match[f"{name}_sign"] == ":":
        return True
    no_month = re.fullmatch(NO_MONTH, match[f"{name}_minute"])
    return bool(match["unit"] or (match[f"{name}_sign"] == "." and no_month))


def _says_time(match: Match[str]) -> bool:
    if match["unit"]:
        # "5 až 7 hodin" and "od 8 do 14 hodin" are numbers that count hours.
        return bool(match["since_minute"] or match["until_minute"] or match["unit"].strip().lower()[:4] != "hodi")
    if PRICE.match(match.string, match.end()):
        return False
    signs = (match["since_sign"], match["until_sign"])
    if not any(signs) and _moment(match, "since")[0] >= EARLIEST and "-" in match["joined"].replace("–", "-"):
        of_days = AFTER_DAYS.search(match.string, max(0, match.start() - 40), match.start())
        if of_days or MORE_HOURS.match(match.string, match.end()):
            return True
    return ":" in signs or signs == (".", ".") or bool(match["since_unit"])


def _time(match: Match[str]) -> str | None:
    cases, preposition = governed(match), _word_before(match)
    if not _is_time(match, preposition):
        return None
    moment = _moment(match, "at")
    if match["after"]:
        moment = (moment[0], int(match["after"]))
    return _in_case(preposition, cases, moment) + full_stop(match)


def _is_time(match: Match[str], preposition: str) -> bool:
    sign, unit = match["at_sign"], match["unit"]
    if not match["at_minute"]:
        return bool(unit and unit.strip().lower()[:4] != "hodi")
    if sign == ":" or unit:
        return True
    if sign == "," or PRICE.match(match.string, match.end()) or re.match(r"\. ?\d", match.string[match.end() :]):
        return False
    no_month = bool(re.fullmatch(NO_MONTH, match["at_minute"]))
    if preposition in ("v", "ve"):
        return True
    return no_month and (preposition in PREPOSITIONS_OF_TIME or match["at_minute"] in ("00", "30"))


NTH_CASES = {
    **dict.fromkeys(("od", "do", "kolem", "okolo"), Case.GENITIVE),
    **dict.fromkeys(("k", "ke"), Case.DATIVE),
    "po": Case.LOCATIVE,
    "před": Case.INSTRUMENTAL,
}
ABOUT = ("cca", "asi", "přibližně", "zhruba")
BY_THE_CLOCK = (Case.DATIVE, Case.LOCATIVE, Case.INSTRUMENTAL)  # k osmé hodině, po osmé, před osmou
PREPOSITIONS_OF_TIME = frozenset(["od", "do", "kolem", "okolo", "po", "před", "na", "k", "ke"])


def _word_before(match: Match[str]) -> str:
    words = match.string[max(0, match.start() - 30) : match.start()].lower().split()
    while words and words[-1] in ABOUT:
        words.pop()
    return words[-1] if words else ""


def _in_case(preposition: str, cases: tuple[Case, ...], moment: Moment) -> str:
    if preposition in ("v", "ve", "na", "za"):
        return _in(Case.ACCUSATIVE, moment)
    if cases and cases[0] in BY_THE_CLOCK and moment[0]:
        return _by_the_clock(cases[0], moment)
    return _in(Case.GENITIVE, moment) if Case.GENITIVE in cases else _counted(moment)


def _by_the_clock(case: Case, moment: Moment) -> str:
    """Po osmé hodině, před osmou hodinou třicet."""
    hours, minutes = moment
    spoken = f"{ordinal(hours, FEMININE, case)} {HOUR.one(case)}"
    return f"{spoken} {cardinal(minutes)}" if minutes else spoken


def _by_ordinal(match: Match[str]) -> str:
    case = Case.INSTRUMENTAL if match[2] == "hodinou" else Case.LOCATIVE
    return f"{ordinal(int(match[1]), FEMININE, case)} {match[2]}"


def _nth(match: Match[str]) -> str:
    """Po 16. hod."""
    preposition, hour = _word_before(match), int(match[1])
    if preposition in ("v", "ve"):
        return _counted((hour, 0))
    return _by_the_clock(NTH_CASES.get(preposition, Case.NOMINATIVE), (hour, 0))


def _moment(match: Match[str], name: str) -> Moment:
    return int(match[f"{name}_hour"]), int(match[f"{name}_minute"] or 0)


def _counted(moment: Moment) -> str:
    return _in(Case.NOMINATIVE, moment)


def _in(case: Case, moment: Moment) -> str:
    return " ".join(
        f"{cardinal(number, FEMININE if number < 5 else '', case)} {noun.counted(number, case)}"
        for number, noun in zip(moment, (HOUR, MINUTE), strict=True)
        if number or noun is HOUR
    )


TIME_RULES = (
    Rule("hours", RANGE, _range),
    Rule("time", NTH, _nth),
    Rule("time", BY_ORDINAL, _by_ordinal),
    Rule("time", TIME, _time),
)
