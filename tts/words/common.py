"""What rules of several languages share: dates, clocks and numbers as patterns, lists, and what nobody has read."""

import re
from re import Match

from tts.words.markup import BULLET
from tts.words.rule import Doubt, Rule

DAY, MONTH, YEAR = r"(?:3[01]|[12]\d|0?[1-9])", r"(?:1[0-2]|0?[1-9])", r"(?:(?:1[1-9]|20)\d\d(?!\d))"
NOT_WITHIN, NOT_BEFORE = r"(?<![\w.,:/+-])(?<!\d )", r"(?![\w/%°]|[.,:]\d|-\w)"
CLOCK = rf"{NOT_WITHIN}(2[0-4]|1\d|0?\d)[:.]([0-5]\d)(?![\d:]|\.\d)"
# Nine digits and more, in groups.
PHONE = re.compile(r"(?<![\w/,.-])(?:\+|00)?(?=(?:\d ?){9,15}(?!\d))(\d{2,4}(?: \d{2,4}){2,5})(?!\d|[/,]\d)")
LARGEST = 999_999_999


def _pause(match: Match[str]) -> str:
    return "" if match.start() == 0 else " " if match.string[match.start() - 1] in ":;.!?" else ", "


LIST = Rule("list", re.compile(rf"^{BULLET} ?|(?<=[:;.!?]) ?{BULLET} ?|,? ?{BULLET} ?"), _pause)
DASH = Rule("dash", re.compile(r" [–-]+ |(?<=[^\W\d_])–(?=[^\W\d_])"), lambda _: ", ")
NUMBER_LEFT = Rule(
    "left",
    re.compile(r"(?<![^\s(])[^\s\d,;!?()]*\d(?:[^\s,;!?()]*[^\s,;.:!?()])?"),
    lambda _: Doubt("a number in a form that no rule knows"),
)
