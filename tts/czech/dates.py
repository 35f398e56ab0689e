"""Days of the month and of the week: 24. listopadu, do 3. 12. 2026, 1.–3. 5., Po–Pá."""

import re
from re import Match

from tts.czech.context import PREPOSITIONS
from tts.czech.declension import MASCULINE, Case
from tts.czech.numerals import ordinal, year
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
MAY = "máj máje máji máj máji májem".split()  # 1. máje

# Cases that a written form of a month may be; a date is genitive where that is one of them.
NAMES: dict[str, set[Case]] = {}
for _month in (*MONTHS, MAY):
    for _case_of_form in list(Case)[1:]:
        NAMES.setdefault(_month[_case_of_form], set()).add(_case_of_form)

DAY, MONTH, YEAR = r"(?:3[01]|[12]\d|0?[1-9])", r"(?:1[0-2]|0?[1-9])", r"(?:(?:1[1-9]|20)\d\d(?![\d:]))"
NAME = "|".join(sorted(NAMES, key=len, reverse=True))
NAMED = rf"(?P<name>{NAME})\b(?: (?P<named_year>{YEAR})(?! ?(?:Kč|korun|h\b|hod|[lm]\b|%)))?"
NUMBERED = rf"(?P<month>{MONTH})\.(?: ?(?P<year>{YEAR}))?"
JOINED = r"(?:,? (?:až|a|i|nebo|do|po) |, | ?[–-] ?)"
DATE = re.compile(
    rf"(?<![\d.,:/])(?P<days>(?:{DAY}\.{JOINED})*{DAY}\.) ?(?:{NAMED}|{NUMBERED})(?P<short> ?\d\d\b(?![:.\d]))?",
    re.IGNORECASE,
)
# Between dates that have a month each.
DASH_BETWEEN = re.compile(
    rf"(?<=[\d.]) ?[–-] ?(?={DAY}\. ?(?:{MONTH}\.|{NAME}))|(?<=[^\W\d_]) ?[–-] ?(?={DAY}\. ?(?:{NAME}))", re.IGNORECASE
)
ISO = re.compile(rf"(?<![\w-])(?P<year>{YEAR})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])(?![\w-])")
PREPOSITION = re.compile(r"(?<!\w)(k|ke|před|po|mezi) $|(?<!\w)(mezi) [\d.\w ]{3,40} a $", re.IGNORECASE)
# Cases that a date takes after these; elsewhere it is genitive.
CASES = {
    **dict.fromkeys(("k", "ke"), Case.DATIVE),
    "po": Case.LOCATIVE,
    **dict.fromkeys(("před", "mezi"), Case.INSTRUMENTAL),
}


def _date(match: Match[str]) -> str | Doubt:
    if match["short"] and match["month"] and not match["year"]:
        return Doubt("is the last number a year?")
    case = _case(match)
    if match["name"] and case not in (named := NAMES[match["name"].lower()]):
        case = Case.GENITIVE if Case.GENITIVE in named else min(named)
    days = re.sub(r"(\d+)\.", lambda day: ordinal(int(day[1]), MASCULINE, case), _spaced(match["days"]))
    month = match["name"].lower() if match["name"] else MONTHS[int(match["month"]) - 1][case]
    years = match["year"] or match["named_year"]
    spoken = f"{days} {month}" + (f" {year(int(years))}" if years else "")
    return spoken + (full_stop(match) if not match["short"] else match["short"])


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
YEARS = re.compile(
    rf"(?<!\w)(?P<before>(?:rok|roku|roce|rokem|roků|r\.|let|letech|léta|jaro|léto|podzim|sezóna|sezóně|sezónu|sezony|"
    rf"sezona|{'|'.join(name for month in MONTHS for name in (month[0], month[4]))}) )"
    rf"(?P<first>1[1-9]\d\d)(?: ?[–-] ?(?P<second>1[1-9]\d\d|20\d\d))?(?![\w/]|[.,]\d)",
    re.IGNORECASE,
)
FROM_TO = re.compile(r"(?<![\w/.,-])(1[1-9]\d\d|20\d\d) ?[–-] ?(1[1-9]\d\d|20\d\d)(?![\w/-]|[.,]\d)")


def _from_to(match: Match[str]) -> str | None:
    first, second = int(match[1]), int(match[2])
    return f"{year(first)} až {year(second)}" if first < second else None


# From the nominative to the instrumental, as far as towns use them.
WEEKDAYS = {
    "po": "pondělí pondělí pondělí pondělí pondělí pondělím",
    "út": "úterý úterý úterý úterý úterý úterým",
    "st": "středa středy středě středu středě středou",
    "čt": "čtvrtek čtvrtka čtvrtku čtvrtek čtvrtku čtvrtkem",
    "pá": "pátek pátku pátku pátek pátku pátkem",
    "so": "sobota soboty sobotě sobotu sobotě sobotou",
    "ne": "neděle neděle neděli neděli neděli nedělí",
}
WEEKDAY = "|".join(WEEKDAYS)
CAPITAL = "|".join(day.title() for day in WEEKDAYS)
WEEKDAY_RANGE = re.compile(rf"\b({WEEKDAY})\.? ?[–-] ?({WEEKDAY})\b:?", re.IGNORECASE)
WEEKDAY_LIST = re.compile(rf"\b((?:{CAPITAL})(?:(?:, ?| a |/)(?:{CAPITAL}))+)\b:?")
# "Po" alone is a preposition, too; before opening hours or a date, or after "v", it is a day.
WEEKDAY_ALONE = re.compile(
    rf"(?<!\w)({CAPITAL})\b(?:[:.,](?= ?\d)|(?=,? {DAY}\. ?{MONTH}\.| {DAY}\. ?(?:{NAME})\b| \d{{1,2}}(?:[:.]\d\d)? ?(?:h\b|hod\b|[–-])|[):]))"
    rf"|(?<=\b[Vv] )({CAPITAL})\b|(?<=\b[Oo]d )({CAPITAL})(?= do (?:{CAPITAL})\b)|(?<=[ ]do )({CAPITAL})\b"
)


def _weekday(written: str, case: Case = Case.NOMINATIVE) -> str:
    return WEEKDAYS[written.lower()].split()[case]


def _weekday_range(match: Match[str]) -> str:
    return f"{_weekday(match[1])} až {_weekday(match[2])}"


def _weekday_list(match: Match[str]) -> str:
    days = re.sub(CAPITAL, lambda day: _weekday(day[0], _case_of_weekday(match)), match[1])
    return days.replace("/", ", ")


def _weekday_alone(match: Match[str]) -> str:
    written = next(group for group in match.groups() if group)
    return _weekday(written, _case_of_weekday(match))


def _case_of_weekday(match: Match[str]) -> Case:
    before = match.string[: match.start()].rpartition(" ")[0].rpartition(" ")[2].lower()
    if before in ("v", "ve", "na", "o"):
        return Case.ACCUSATIVE
    return PREPOSITIONS.get(before, (Case.NOMINATIVE,))[0]


WEEKDAY_RULES = (
    Rule("days of the week", WEEKDAY_RANGE, _weekday_range),
    Rule("days of the week", WEEKDAY_LIST, _weekday_list),
    Rule("day of the week", WEEKDAY_ALONE, _weekday_alone),
)
DATE_RULES = (
    Rule("date", ISO, _iso),
    Rule("date", DATE, _date),
    Rule("dates", DASH_BETWEEN, lambda _: " až "),
    Rule("years", FROM_TO, _from_to),
    Rule("year", YEARS, lambda match: match["before"] + _years(match)),
)


def _years(match: Match[str]) -> str:
    first = year(int(match["first"]))
    return f"{first} až {year(int(match['second']))}" if match["second"] else first
