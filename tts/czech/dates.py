"""Days of the month and of the week: 24. listopadu, do 3. 12. 2026, 1.–3. 5., Po–Pá."""

import re
from re import Match

from tts.czech.context import year_case
from tts.czech.declension import MASCULINE, Case
from tts.czech.nouns import NOUNS
from tts.czech.numerals import ordinal, year
from tts.words.listed import listed
from tts.words.rule import Doubt, Rule
from tts.words.sentence import full_stop

# Singular of the months, from the nominative to the instrumental.
MONTHS = tuple(
    tuple(forms.split())
    for forms in (
        "leden ledna lednu leden lednu lednem",
        "únor února únoru únor únoru únorem",
        "březen března březnu březen březnu březnem",
        "duben dubna dubnu duben dubnu dubnem",
        "květen května květnu květen květnu květnem",
        "červen června červnu červen červnu červnem",
        "červenec července červenci červenec červenci červencem",
        "srpen srpna srpnu srpen srpnu srpnem",
        "září září září září září zářím",
        "říjen října říjnu říjen říjnu říjnem",
        "listopad listopadu listopadu listopad listopadu listopadem",
        "prosinec prosince prosinci prosinec prosinci prosincem",
    )
)
MAY = ["máj", "máje", "máji", "máj", "máji", "májem"]  # 1. máje

# Cases that a written form of a month may be; a date is genitive where that is one of them.
NAMES: dict[str, set[Case]] = {}
for _month in (*MONTHS, MAY):
    for _case_of_form in list(Case)[1:]:
        NAMES.setdefault(_month[_case_of_form], set()).add(_case_of_form)

DAY, MONTH, YEAR = r"(?:3[01]|[12]\d|0?[1-9])", r"(?:1[0-2]|0?[1-9])", r"(?:(?:1[1-9]|20)\d\d(?![\d:]))"
NAME = "|".join(sorted(NAMES, key=len, reverse=True))
NAMED = rf"(?P<name>{NAME})\b(?: (?P<named_year>{YEAR})(?! ?(?:Kč|korun|h\b|hod|[lm]\b|%)))?"
# Of two digits, nobody knows whether they are a year.
SHORT_YEAR = r"(?P<short>\d\d| (?:2[5-9]|3\d))\b(?![:.]?\d| ?(?:h\b|hod|Kč|[lm]\b|%|°))"
NUMBERED = rf"(?P<month>{MONTH})\.(?: ?(?P<year>{YEAR})|{SHORT_YEAR})?"
JOINED = r"(?:,? (?:až|a|i|nebo|do|po) |, | ?[–-] ?)"
DATE = re.compile(
    rf"(?<![\d.,:/])(?<!\w-)(?P<days>(?:{DAY}(?:\.{JOINED}| ?[–-] ?)){{0,12}}{DAY}\.) ?(?:{NAMED}|{NUMBERED})",
    re.IGNORECASE,
)
# Between dates that have a month each.
DASH_BETWEEN = re.compile(
    rf"(?<=[\d.]) ?[–-] ?(?={DAY}\. ?(?:{MONTH}\.|{NAME}))|(?<=[^\W\d_]) ?[–-] ?(?={DAY}\. ?(?:{NAME}))", re.IGNORECASE
)
ISO = re.compile(rf"(?<![\w-])(?P<year>{YEAR})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])(?![\w-])")
# "Od po" and "do po" is a Monday.
PREPOSITION = re.compile(
    r"(?<!\w)(?<!\b[Oo]d )(?<! do )(?<!\b[Vv] )(k|ke|před|po|mezi) $|(?<!\w)(mezi) [\d.\w ]{3,40} a $", re.IGNORECASE
)
# Cases that a date takes after these; elsewhere it is genitive.
CASES = {
    **dict.fromkeys(("k", "ke"), Case.DATIVE),
    "po": Case.LOCATIVE,
    **dict.fromkeys(("před", "mezi"), Case.INSTRUMENTAL),
}


def _date(match: Match[str]) -> str | Doubt:
    if match["short"]:
        return Doubt("is the last number a year?")
    case = _case(match)
    if match["name"] and case not in (named := NAMES[match["name"].lower()]):
        case = Case.GENITIVE if Case.GENITIVE in named else min(named)
    days = re.sub(r"(\d+)\.?", lambda day: ordinal(int(day[1]), MASCULINE, case), _spaced(match["days"]))
    month = match["name"].lower() if match["name"] else MONTHS[int(match["month"]) - 1][case]
    years = match["year"] or match["named_year"]
    spoken = f"{days} {month}" + (f" {year(int(years))}" if years else "")
    return spoken + full_stop(match)


def _case(match: Match[str]) -> Case:
    found = PREPOSITION.search(match.string, max(0, match.start() - 60), match.start())
    # From-to dates in one piece are genitive, whatever stands before.
    whole = not re.search(r"[–-]| až | do | po ", match["days"])
    return CASES[(found[1] or found[2]).lower()] if found and whole else Case.GENITIVE


def _spaced(days: str) -> str:
    return re.sub(r" ?[–-] ?", " až ", days)


def _iso(match: Match[str]) -> str:
    day, month = ordinal(int(match["day"]), MASCULINE, Case.GENITIVE), MONTHS[int(match["month"]) - 1]
    return f"{day} {month[Case.GENITIVE]} {year(int(match['year']))}"


# Numbers that only a word beside them makes a year; others are read as any number.
YEAR_WORDS = "|".join(
    (
        *listed("rok roku roce rokem roků let letech léta jaro léto podzim sezóna sezóně sezónu sezony sezona"),
        *(name for month in MONTHS for name in (month[Case.NOMINATIVE], month[Case.LOCATIVE])),
    )
)
YEARS = re.compile(
    rf"(?<!\w)(?P<before>(?:(?=[^\W\d_]{{3,8}} 1[1-9])(?:{YEAR_WORDS}) |r\. ?))"
    rf"(?P<first>1[1-9]\d\d)(?: ?[–-] ?(?P<second>1[1-9]\d\d|20\d\d))?(?![\w/]|[.,]\d)",
    re.IGNORECASE,
)
FROM_TO = re.compile(r"(?<![\w/.,-])(1[1-9]\d\d|20\d\d) ?[–-] ?(1[1-9]\d\d|20\d\d)(?![\w/-]|[.,]\d)")


def _from_to(match: Match[str]) -> str | None:
    first, second = int(match[1]), int(match[2])
    return f"{year(first)} až {year(second)}" if first < second else None


def _years(match: Match[str]) -> str:
    first = year(int(match["first"]))
    years = f"{first} až {year(int(match['second']))}" if match["second"] else first
    short = match["before"].strip().lower() == "r."
    return f"{NOUNS['rok'].one(year_case(match)) if short else match['before'].strip()} {years}"


DATE_RULES = (
    Rule("date", ISO, _iso),
    Rule("date", DATE, _date),
    Rule("dates", DASH_BETWEEN, lambda _: " až "),
    Rule("years", FROM_TO, _from_to),
    Rule("year", YEARS, _years),
)
