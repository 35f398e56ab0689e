"""A short pause after each street of a list.

It is a comma in the words, which every engine takes for a pause and none reads aloud. Silence between pieces that are
spoken one by one would sound alike on all engines, but each street would fall in tone as if it ended a sentence, and
each would cost the start of a program.
"""

import re

NAME = r"[A-ZÁČĎÉĚÍĽĹŇÓÔŔŘŠŤÚŮÝŽ]\w*\.?(?: [A-ZÁČĎÉĚÍĽĹŇÓÔŔŘŠŤÚŮÝŽ]\w*\.?)*"
# From the word street, in any case and number, to the end of the sentence.
STREETS = re.compile(r"\bulic(?:e|i|í|emi|iach|ích|ím|iam)?\b[^.!?;]*", re.IGNORECASE)
BEFORE_LAST = re.compile(rf"(?<!,) (a|i|nebo|alebo|či) (?={NAME})")
AFTER_LAST = re.compile(rf"(, (?:a|i|nebo|alebo|či) {NAME})(?= [^\W\d_A-Z])")
LANGUAGES = frozenset({"cs", "sk"})


def with_pauses(words: str, language: str) -> str:
    """``words`` with a comma after every street: „v ulicích Tyršova, Dlouhá, a Krátká, nepoteče voda“."""
    return STREETS.sub(_paused, words) if language in LANGUAGES else words


def _paused(streets: re.Match[str]) -> str:
    return AFTER_LAST.sub(r"\1,", BEFORE_LAST.sub(r", \1 ", streets[0]))
