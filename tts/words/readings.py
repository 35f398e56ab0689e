"""Words with a reading of their own, as a rule: what a lexicon and the tables of a language have in common."""

import re
from collections.abc import Mapping
from re import Match

from tts.words.rule import Rule

# At the end of a word in a table: any ending, which the reading keeps. Rooseveltov* reads Rooseveltově, too.
ANY_ENDING = "*"
ENDING = r"[^\W\d_]{0,5}"


def readings_rule(name: str, readings: Mapping[str, str], *, exact: bool = True) -> Rule:
    """Whole words and phrases, the longest first; ``exact``: capital letters as in the table."""
    table = {_key(written, exact=exact): spoken for written, spoken in readings.items()}
    longest_first = sorted(readings, key=len, reverse=True)
    pattern = rf"(?<!\w)(?:{'|'.join(map(_pattern, longest_first)) or '(?!)'})(?!\w)"

    def read(match: Match[str]) -> str:
        return _reading(_key(match[0], exact=exact), table)

    return Rule(name, re.compile(pattern, re.NOFLAG if exact else re.IGNORECASE), read)


def _pattern(written: str) -> str:
    stem = written.removesuffix(ANY_ENDING)
    return re.escape(stem) + (ENDING if stem != written else "")


def _key(written: str, *, exact: bool) -> str:
    return written if exact else written.casefold()


def _reading(written: str, table: Mapping[str, str]) -> str:
    if written in table:
        return table[written]
    length = next(end for end in range(len(written), 0, -1) if written[:end] + ANY_ENDING in table)
    return table[written[:length] + ANY_ENDING].removesuffix(ANY_ENDING) + written[length:]
