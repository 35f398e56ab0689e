"""Days of the week: Po–Pá, Út a Čt, v So, and before a date or opening hours."""

import re
from re import Match

from tts.czech.context import PREPOSITIONS
from tts.czech.dates import DAY, MONTH, NAME
from tts.czech.declension import Case
from tts.words.rule import Rule

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
OTHERS = "|".join(day.title() for day in WEEKDAYS if day != "po")
CAPITAL = "|".join(day.title() for day in WEEKDAYS)
WEEKDAY_RANGE = re.compile(rf"\b({WEEKDAY})\.? ?[–-] ?({WEEKDAY})\b:?", re.IGNORECASE)
WEEKDAY_PAIR = re.compile(rf"(?<!\w)({WEEKDAY})\+({WEEKDAY})\b:?", re.IGNORECASE)
WEEKDAY_LIST = re.compile(rf"\b((?:{CAPITAL})(?:(?:, ?| a |/)(?:{CAPITAL}))+)\b:?")
# "Po" alone is a preposition, too; before opening hours or a date, or after "v", it is a day.
DATE = rf",? {DAY}\. ?(?:{MONTH}\.|(?:{NAME})\b)"
HOURS = r"(?: (?:od|do))? \d{1,2}(?:[:.]\d\d)? ?(?:h\b|hod\b)"
WEEKDAY_ALONE = re.compile(
    rf"(?<!\w)({CAPITAL})\b(?:[:.,](?= ?\d)|(?=[):]| \d{{1,2}}(?:[:.]\d\d)? ?[–-]))"
    rf"|(?<!\w)({OTHERS})\b(?={DATE}|{HOURS})"
    rf"|(?<!\w)({OTHERS})\b(?= (?:zavř|neúřad|volno))"
    rf"|(?<=\b[Vv] )({CAPITAL})\b|(?<=\b[Oo]d )({CAPITAL})(?= do (?:{CAPITAL})\b)|(?<=[ ]do )({CAPITAL})\b"
    rf"|(?<=\b[Vv] )(po|út|st|čt|pá|so)\b(?= ?\d)|(?<=\b[Vv]e )(st|čt)\b(?= ?\d)|(?<=\b[Vv]e )(stř)\.(?= )"
    rf"|(?<=\b[Oo]d )(po)(?={DATE})|(?<= do )(po)(?={DATE})"
    rf"|(?<!\w)(út|st|čt|pá|so|ne)(?={DATE})|(?<=\()((?i:{WEEKDAY}))(?=\))"
)


def _weekday(written: str, case: Case = Case.NOMINATIVE) -> str:
    return WEEKDAYS[written.lower()[:2]].split()[case]


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
    Rule("days of the week", WEEKDAY_PAIR, lambda match: f"{_weekday(match[1])} a {_weekday(match[2])}"),
    Rule("days of the week", WEEKDAY_LIST, _weekday_list),
    Rule("day of the week", WEEKDAY_ALONE, _weekday_alone),
)
