"""Where a sentence ends, when abbreviations have dots, too."""

import re

UPPER = "[A-ZÁÄČĎÉĚÍĹĽŇÓÔÖŔŘŠŤÚŮÜÝŽ]"
LOWER = "[a-záäčďéěíĺľňóôöŕřšßťúůüýž]"
NEW_SENTENCE = re.compile(rf"[)\]]?\s*$|[)\]]?\s+(?:{UPPER}|•)")


def full_stop(match: re.Match[str]) -> str:
    """The full stop that the last dot of ``match`` also was: where a capital letter or nothing follows."""
    return "." if match[0].endswith(".") and NEW_SENTENCE.match(match.string, match.end()) else ""
