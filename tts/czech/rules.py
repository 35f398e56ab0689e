"""All rules of Czech, in their order: where two rules want one piece of a text, the first one gets it."""

import re

from tts.czech.addresses import ADDRESS_RULES, HOUSE_RULES, PHONE_RULES
from tts.czech.counts import COUNT_RULES, FRACTION_RULES
from tts.czech.dates import DATE_RULES
from tts.czech.initialisms import INITIALISM_RULES, WORD_RULES
from tts.czech.measures import MEASURE_RULES
from tts.czech.numerals import LARGEST, cardinal, ordinal
from tts.czech.ordinals import ORDINAL_RULES
from tts.czech.people import PEOPLE_RULES
from tts.czech.shorthand import SHORTHAND_RULES
from tts.czech.times import TIME_RULES
from tts.czech.weekdays import WEEKDAY_RULES
from tts.words.common import LIST, NUMBER_LEFT
from tts.words.markup import BULLET
from tts.words.rule import Doubt, Rule
from tts.words.sentence import LOWER, UPPER

MONTHS = (
    r"(?:led(?:en|na)|únor|břez|dub(?:en|na)|květ(?:en|na)|červ(?:en|na)|srp(?:en|na)|září|říj(?:en|na)|listopad"
    r"|prosin)\w*"
)
# Items of a numbered list: za prvé, za druhé.
NUMBERED = re.compile(rf"(?<={BULLET} )(\d{{1,2}})[.)] (?={UPPER})")
# 1. zahájení, 2. rozpočet: items within a sentence, but not days of months and floors.
INLINE = re.compile(rf"(?<=[:,;] )(\d{{1,2}})\. ?(?=(?!{MONTHS}\b)[^\W\d_]{{2}})")
INLINE_LIST = re.compile(rf": 1\. ?(?!{MONTHS}\b)([^\W\d_]{{2,}})[^.]*?[,;] 2\. ?(?!\1|{MONTHS}\b)[^\W\d_]{{2}}")
# Between words; within a number other rules know what a dash is.
DASH = re.compile(r" [–-]+ |(?<=[^\W\d_])–(?=[^\W\d_])")

BEFORE_NUMBER = re.compile(r"(?<!\w)(?P<preposition>[ksvzKSVZ]) (?=(?P<number>[1-9]\d{0,2}(?: \d{3})*)(?P<dot>\.)?)")
VOCALISING = ("dv", "tř", "čt", "st")

# What no rule has read.
DOT_LEFT = re.compile(rf"(?<![\w.@-])(?:{UPPER}?{LOWER}{{1,9}}\.(?= {LOWER})|{LOWER}{{1,5}}\.(?= \d))")
SIGN_LEFT = re.compile(r"[^\w\s.,;:!?()/'’*–-]+|(?<=\w)/(?=\w)|/")


def _vocalised(match: re.Match[str]) -> str | None:
    """Ke třem, se dvěma, ve čtrnáct: a preposition gets its vowel before the numeral as it will be said."""
    number = int(match["number"].replace(" ", ""))
    first = "druhý" if match["dot"] and number == 2 else cardinal(min(number, LARGEST)).split()[0]
    vowel = first.startswith(VOCALISING) or (match["preposition"] in "szSZ" and first.startswith(("s", "š")))
    return f"{match['preposition']}e " if vowel else None


def _inline(match: re.Match[str]) -> str | None:
    if not INLINE_LIST.search(match.string):
        return None
    return f"za {'prvé' if match[1] == '1' else ordinal(int(match[1]), 'n')} "


LISTS = (
    Rule("list", INLINE, _inline),
    Rule("list", NUMBERED, lambda match: f"za {'prvé' if match[1] == '1' else ordinal(int(match[1]), 'n')}, "),
    LIST,
)
LEFT = (
    NUMBER_LEFT,
    Rule("left", DOT_LEFT, lambda _: Doubt("an abbreviation that no rule knows")),
    Rule("left", SIGN_LEFT, lambda _: Doubt("a sign that is not spoken")),
)
RULES: tuple[Rule, ...] = (
    *LISTS,
    *ADDRESS_RULES,
    *WEEKDAY_RULES,
    *TIME_RULES,
    *DATE_RULES,
    *PHONE_RULES,
    *WORD_RULES,
    *FRACTION_RULES,
    *MEASURE_RULES,
    *ORDINAL_RULES,
    *PEOPLE_RULES,
    *SHORTHAND_RULES,
    *INITIALISM_RULES,
    *HOUSE_RULES,
    *COUNT_RULES,
    Rule("preposition", BEFORE_NUMBER, _vocalised),
    Rule("dash", DASH, lambda _: ", "),
    *LEFT,
)
