"""Written text to spoken Czech words: a pure function made of small rules, run one after another.

A rule changes only what it is sure of; the rest goes to the engine as it is written.
"""

import re
from re import Match

from tts import czech
from tts.clock import speak_times
from tts.numerals import LARGEST, Noun, cardinal, decimal, digits, ordinal
from tts.sentence import LOWER, full_stop
from tts.shorthand import speak_addresses, speak_shorthand

# Part of every library key: change it when any text is read otherwise.
VERSION = "1"

DAY, MONTH, YEAR = r"(?:3[01]|[12]\d|0?[1-9])", r"(?:1[0-2]|0?[1-9])", r"(?:(?:19|20)\d\d(?!\d))"
NUMBER = r"(?:\d{1,3}(?: \d{3}){1,4}|\d{1,15})(?!\d)"
FRACTION = r"(?:,(\d{1,9}))?"


def normalise(text: str, language: str = "cs") -> str:
    """``text`` as it is to be spoken; other languages than Czech only get their spaces tidied."""
    words = _tidied(text)
    for rule in RULES if language == "cs" else ():
        words = rule(words)
    return re.sub(r" +([,.;:!?])", r"\1", " ".join(words.split()))


def _tidied(text: str) -> str:
    """One line: a paragraph ends a sentence, a bullet is a pause, quotes are not heard."""
    paragraphs = (part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")))
    ended = (part if part[-1] in ".!?:;," else f"{part}." for part in paragraphs if part)
    line = re.sub(r"(?:^|,?\n)\s*[-–•*]\s+", ", ", "\n".join(ended)).removeprefix(", ").replace(":, ", ": ")
    return " ".join(re.sub(r"[„“”«»\"]", "", line).split())


WEEKDAY = "|".join(czech.WEEKDAYS)
WEEKDAYS = re.compile(rf"\b({WEEKDAY}) ?[–-] ?({WEEKDAY})\b", re.IGNORECASE)
# "Po" alone is a preposition, too; before opening hours it is a day.
WEEKDAY_WITH_HOURS = re.compile(rf"\b({WEEKDAY.title()}):? (?=\d{{1,2}}[:.]\d\d ?[–-])")


def _speak_weekdays(text: str) -> str:
    text = WEEKDAYS.sub(lambda match: f"{_weekday(match[1])} až {_weekday(match[2])}", text)
    return WEEKDAY_WITH_HOURS.sub(lambda match: f"{_weekday(match[1])} ", text)


def _weekday(written: str) -> str:
    return czech.WEEKDAYS[written.lower()]


MONTH_OF_DATE = rf" ?(?:(?:{'|'.join((*czech.MONTHS.values(), 'máje'))})\b|{MONTH}\.(?: ?{YEAR})?)"
DASH_BEFORE_DATE = re.compile(rf"(?<=[\d.]) ?[–-] ?(?={DAY}\.{MONTH_OF_DATE})", re.IGNORECASE)
DATE = re.compile(rf"(?<![\d.,:/])((?:{DAY}\.(?:,? (?:až|a|i|nebo) |, ))*{DAY}\.)({MONTH_OF_DATE})", re.IGNORECASE)


def _speak_dates(text: str) -> str:
    return DATE.sub(_date, DASH_BEFORE_DATE.sub(" až ", text))


def _date(match: Match[str]) -> str:
    days = re.sub(r"(\d+)\.", lambda day: ordinal(int(day[1])), match[1])
    month, _, year = match[2].replace(" ", "").partition(".")
    name = czech.MONTHS[int(month)] if month.isdigit() else month
    return " ".join(filter(None, (days, name, year and cardinal(int(year))))) + full_stop(match)


UNIT = "|".join(re.escape(unit) for unit in sorted(czech.UNITS, key=len, reverse=True))
MEASURE = re.compile(rf"(?<![\w,./])(?:({NUMBER}) ?[–-] ?)?((?<!\w)[-−])?({NUMBER}){FRACTION} ?({UNIT})(?![\w²³/])")


def _speak_measures(text: str) -> str:
    text = re.sub(r"(\d),[-–]+(?: ?Kč)?", r"\1 Kč", text)
    text = re.sub(r"(?<![\d.])\d{1,3}(?:\.\d{3})+(?= ?Kč)", lambda match: match[0].replace(".", ""), text)
    return MEASURE.sub(_measure, text)


def _measure(match: Match[str]) -> str:
    low, sign, number, fraction, symbol = match.groups()
    unit, whole = czech.UNITS[symbol], _whole(number)
    if max(whole, _whole(low or "0")) > LARGEST:
        return match[0]
    start = f"{cardinal(_whole(low), unit.gender)} až " if low else "minus " if sign else ""
    # After "mil." there follow crowns, so its dot ends nothing.
    return start + _amount(whole, fraction, unit) + (full_stop(match) if unit is czech.MINUTE else "")


def _amount(whole: int, fraction: str | None, unit: Noun) -> str:
    if fraction and unit is czech.CROWN and len(fraction) == 2:
        hellers = int(fraction)
        return _counted(whole, unit) + (f" {_counted(hellers, czech.HELLER)}" if hellers else "")
    return f"{decimal(whole, fraction)} {unit.many}" if fraction else _counted(whole, unit)


def _counted(number: int, noun: Noun) -> str:
    return f"{cardinal(number, noun.gender)} {noun.counted(number)}"


def _whole(number: str) -> int:
    return int(number.replace(" ", ""))


PHONE = re.compile(
    r"(?<![\w/,-])(?<!\d\.)((?:\+|00)420[ -]?)?([2-9]\d\d)[ -]?(?!000[ -]?000)(\d{3})[ -]?(\d{3})(?![\d/])"
)


def _speak_phones(text: str) -> str:
    return PHONE.sub(_phone, text)


def _phone(match: Match[str]) -> str:
    groups = [digits(group) for group in match.groups()[1:]]
    return ", ".join([f"plus {cardinal(420)}", *groups] if match[1] else groups)


def _speak_ranges(text: str) -> str:
    return re.sub(
        r"(?<![\w/,.-])(\d{1,4})( ?– ?|-)(\d{1,4})(?![\w/,-]|\.\d)",
        lambda match: f"{match[1]} až {match[3]}" if int(match[1]) < int(match[3]) else match[0],
        text,
    )


def _speak_house_numbers(text: str) -> str:
    """``123/4a`` and ``12b``: a slash is lomeno, a letter is named."""
    text = re.sub(r"(?<![\w/,.])(\d{1,6})/(\d{1,4})(?=[a-zA-Z]?\b(?!/))", r"\1 lomeno \2", text)
    return re.sub(
        r"(?<![\w,.])(\d{1,6})([a-hA-H])\b", lambda match: f"{match[1]} {czech.LETTERS[match[2].lower()]}", text
    )


COUNT = re.compile(rf"(?<![\w,.:/+-])(−)?({NUMBER}){FRACTION}(?![\w/:%-]|[.,]\d|\. ?{LOWER})")


def _speak_numbers(text: str) -> str:
    return COUNT.sub(_number, text)


def _number(match: Match[str]) -> str:
    sign, number, fraction = match.groups()
    minus = "minus " if sign else ""
    if _whole(number) > LARGEST:
        return match[0]
    if fraction:
        return minus + decimal(_whole(number), fraction)
    if number.startswith("0"):
        return minus + digits(number)
    return minus + _agreeing(_whole(number), match.string[match.end() :])


def _agreeing(number: int, rest: str) -> str:
    """One and two take the gender of a noun they know among the two words that follow."""
    if number not in (1, 2):
        return cardinal(number)
    nouns = czech.ONE_OF if number == 1 else czech.TWO_OF
    following = re.split(r"[^\w ]", rest)[0].split()[:2]
    for word in following:
        if word in nouns:
            return nouns[word]
    # A lone number is counted (dům jedna); before an unknown noun the masculine is likeliest (jeden dům).
    is_noun = bool(following) and len(following[0]) > 2 and following[0].islower()
    return cardinal(number, "m" if is_noun else "")


def _speak_dashes(text: str) -> str:
    return re.sub(r" [–—-] ", ", ", text)


RULES = (
    speak_addresses,
    _speak_weekdays,
    speak_times,
    _speak_dates,
    _speak_measures,
    _speak_phones,
    speak_shorthand,
    _speak_ranges,
    _speak_house_numbers,
    _speak_numbers,
    _speak_dashes,
)
