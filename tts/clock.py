"""Times of day as spoken Czech words, in the case that the preposition before them asks for."""

import re
from re import Match

from tts.czech import HOUR, MINUTE
from tts.numerals import cardinal, genitive, ordinal_feminine
from tts.sentence import full_stop

HOURS, MINUTES = r"(2[0-4]|1\d|0?\d)", r"([0-5]\d)"
UNIT = r" ?(?:hodiny?\b|hod\b\.?|h\b\.?)"
PREPOSITION = r"(?:\b(od|do|kolem|okolo|v|ve|na|po|před) )?"
NOT_WITHIN = r"(?<![\d.,:/])"

# With a dot, minutes above twelve are no month: 8.30 is a time, 8.10 may be a date.
NO_MONTH = r"(00|1[3-9]|[2-5]\d)"
DOTTED = (
    re.compile(rf"\b(v|ve) {HOURS}\.{MINUTES}\b(?!\.? ?\d)", re.IGNORECASE),
    re.compile(rf"\b(od|do|kolem|okolo|po|před) {HOURS}\.{NO_MONTH}\b(?! ?(?:\d|Kč))", re.IGNORECASE),
)
DOTTED_RANGE = re.compile(rf"{NOT_WITHIN}{HOURS}\.{NO_MONTH} ?[–-] ?{HOURS}\.{NO_MONTH}\b(?! ?Kč)")
RANGE = re.compile(
    rf"{NOT_WITHIN}(?:\b(od|mezi) )?{HOURS}(?:[:.]{MINUTES})?"
    rf"(?: ?[–-] ?| do ){HOURS}(?:[:.]{MINUTES})?({UNIT})?(?![\d:])",
    re.IGNORECASE,
)
TIME = re.compile(
    rf"{NOT_WITHIN}{PREPOSITION}{HOURS}(?::{MINUTES}({UNIT})?|\.{MINUTES}{UNIT}|({UNIT}))(?![\d:])",
    re.IGNORECASE,
)


def speak_times(text: str) -> str:
    """``8:00–14:30``, ``od 7 h``, ``v 8.15 hod.`` in words; a number without minutes or unit is no time."""
    for dotted in DOTTED:
        text = dotted.sub(r"\1 \2:\3", text)
    text = DOTTED_RANGE.sub(r"\1:\2–\3:\4", text)
    return TIME.sub(_time, RANGE.sub(_range, text))


def _range(match: Match[str]) -> str:
    preposition, *_, unit = match.groups()
    if not unit and ":" not in match[0]:
        return match[0]
    since, until = (int(match[2]), int(match[3] or 0)), (int(match[4]), int(match[5] or 0))
    if not (preposition or match[3] or match[5] or " do " in match[0]):
        # It may also be a length of time: 2–3 h.
        return f"{cardinal(since[0], 'f')} až {_counted(*until)}{full_stop(match)}"
    first = _genitive(*since) if since[1] or until[1] else genitive(since[0])
    return f"od {first} do {_genitive(*until)}{full_stop(match)}"


def _time(match: Match[str]) -> str:
    preposition, hours = match[1] or "", int(match[2])
    minutes, unit = int(match[3] or match[5] or 0), match[4] or match[6] or ""
    spoken = _in_case(preposition.lower(), hours, minutes, length="hodin" in unit)
    return f"{preposition} {spoken}".strip() + full_stop(match)


def _in_case(preposition: str, hours: int, minutes: int, *, length: bool) -> str:
    """The time as ``preposition`` asks; ``length``: it may be a length of time (po 5 hodin)."""
    if preposition in ("od", "do", "kolem", "okolo"):
        return _genitive(hours, minutes)
    if preposition in ("v", "ve", "na"):
        return _counted(hours, minutes).replace("jedna hodina", "jednu hodinu")
    if preposition in ("po", "před") and not length:
        ending, noun = ("é", "hodině") if preposition == "po" else ("ou", "hodinou")
        return f"{ordinal_feminine(hours, ending)} {noun} {cardinal(minutes) if minutes else ''}".strip()
    return _counted(hours, minutes)


def _counted(hours: int, minutes: int) -> str:
    spoken = f"{cardinal(hours, 'f')} {HOUR.counted(hours)}"
    return f"{spoken} {cardinal(minutes, 'f')} {MINUTE.counted(minutes)}" if minutes else spoken


def _genitive(hours: int, minutes: int) -> str:
    spoken = f"{genitive(hours)} {HOUR.many if hours == 1 else HOUR.other}"
    if not minutes:
        return spoken
    return f"{spoken} {genitive(minutes)} {MINUTE.many if minutes == 1 else MINUTE.other}"
