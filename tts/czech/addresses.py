"""Web and e-mail addresses sign by sign; phone numbers in groups; house numbers; numbers of offices."""

import re
from re import Match

from tts.czech.letters import LETTERS, spelled
from tts.czech.numerals import cardinal, digits
from tts.words.rule import Doubt, Rule
from tts.words.sentence import UPPER

SIGNS = {
    "@": "zavináč",
    ".": "tečka",
    "-": "pomlčka",
    "_": "podtržítko",
    "/": "lomeno",
    ":": "dvojtečka",
    "?": "otazník",
    "=": "rovná se",
    "&": "ampersand",
    "#": "mřížka",
    "%": "procento",
    "+": "plus",
    "~": "vlnovka",
}
PARTS = {
    "www": "vé vé vé",
    "cz": "cé zet",
    "eu": "é ú",
    "com": "kom",
    "sk": "es ká",
    "gov": "gov",
    "html": "há té em el",
    "email": "ímejl",
    "gmail": "džímejl",
    "facebook": "fejsbuk",
}
TOP = "cz|eu|com|sk|org|net|info|gov|online|tv|name|biz"
ADDRESS = re.compile(
    r"(?<![\w@])(?:https?://[\w./?=&#%~+:-]*[\w/]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    rf"|(?:www\.[\w-]+(?:\.[\w-]+)+|[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*\.(?:{TOP})(?![\w-]))(?:/[\w/?=&#%~+-]*(?:\.\w+)?[\w/]|/)?)"
)


def _address(match: Match[str]) -> str:
    written = (match[0].partition("://")[2] or match[0]).rstrip("/")
    return " ".join(_part(part) for part in re.findall(r"[^\W\d_]+|\d+|[@._/:?=&#%+~-]", written))


def _part(part: str) -> str:
    if part.isdigit():
        return " ".join(digits(part[at : at + 3]) for at in range(0, len(part), 3)) if len(part) > 4 else digits(part)
    lower = part.lower()
    # Letters that no Czech could read as a word are spelled.
    is_word = len(part) > 1 and re.search("[aeiouyáéíóúůýěrl]", lower)
    return SIGNS.get(part) or PARTS.get(lower) or (part if is_word else spelled(part))


# Three groups of three; more groups are no phone number, nor is what ends in "000 000".
PHONE = re.compile(
    r"(?<![\w/,–-])(?<!\d[. ])((?:\+|00)420[ -]?)?([2-9]\d\d)([ .-]?)(?!000[ -]?000)(\d{3})\3(\d{3})"
    r"(?:[–-](\d{1,3})(?![\d–-]))?(?!\d|/\d|,\d| \d{3}(?!\d| \d{3} \d{3}))"
)
FOREIGN_PHONE = re.compile(r"(?<![\w/,-])(\+|00)(?!420)([1-9]\d{0,2})((?:[ -]?\d{2,4}){2,4})(?![\d/])")
# IČO 00298441, IČ: 298 44 1; spoken by pairs. A postal code before a town.
OFFICE_NUMBER = re.compile(r"(?<!\w)(IČO?|DIČ|VS|KS|SS)(:? ?)((?:CZ)?\d[\d ]{3,11}\d)(?![\d/])")
POSTAL = re.compile(rf"(?<![\w.,/-])(?<!\d )(\d{{3}}) ?(\d{{2}})(?= +{UPPER})")
AFTER_PSC = re.compile(r"(?<=PSČ )(\d{3}) ?(\d{2})(?!\d)|(?<=PSČ: )(\d{3}) ?(\d{2})(?!\d)")
NUMBER_NAMES = {
    "IČ": "í čé",
    "IČO": "ičo",
    "DIČ": "dič",
    "VS": "variabilní symbol",
    "KS": "konstantní symbol",
    "SS": "specifický symbol",
}


def _phone(match: Match[str]) -> str:
    groups = [digits(match[group]) for group in (2, 4, 5)]
    spoken = ", ".join([f"plus {cardinal(420)}", *groups] if match[1] else groups)
    return f"{spoken} až {digits(match[6])}" if match[6] else spoken


def _foreign_phone(match: Match[str]) -> str:
    groups = re.findall(r"\d+", match[3])
    if len(groups) == 1:
        groups = re.findall(r"\d{1,3}", groups[0])
    return ", ".join([f"plus {digits(match[2])}", *map(digits, groups)])


def _office_number(match: Match[str]) -> str:
    pairs = re.findall(r"\d{1,2}", re.sub(r"\D", "", match[3]))
    start = "cé zet, " if "CZ" in match[3] else ""
    return f"{NUMBER_NAMES[match[1]]} {start}{', '.join(map(_pair, pairs))}"


def _pair(pair: str) -> str:
    return "nula nula" if pair == "00" else digits(pair)


def _postal(match: Match[str]) -> str:
    first, second = (group for group in match.groups() if group)
    return f"{digits(first)} {digits(second)}"


# 123/4a is lomeno; a letter is named: 12b.
HOUSE = re.compile(r"(?<![\w/,.:+])(?<!\d )(\d{1,6})/(\d{1,4})([a-zA-Z])?(?![\w/]|-\w|,\d)")
LETTERED = re.compile(r"(?<![\w,.:/])(?<!\d )(\d{1,4})([a-wyzA-WYZ])(?![\w/]|-\w)")
HOUSE_AND_LETTER = re.compile(r"(?<![\w/,.:+])(?<!\d )(\d{1,4})/([A-Ha-h])(?![\w/]|-\w)")
# 123456789/0800 and the like.
ACCOUNT = re.compile(r"(?<![\w/])(?:\d{1,6}-)?\d{2,10}/\d{4}(?!\w)|(?<![\w/])\d+(?:[/-]\d+){2,}(?!\w)")


def _house(match: Match[str]) -> str | Doubt | None:
    if len(match[1]) > 4 and len(match[2]) == 4:
        return None
    letter = f" {LETTERS[match[3].lower()]}" if match[3] else ""
    return f"{digits(match[1])} lomeno {digits(match[2])}{letter}"


ADDRESS_RULES = (Rule("address", ADDRESS, _address),)
PHONE_RULES = (
    Rule("number of an office", OFFICE_NUMBER, _office_number),
    Rule("phone number", PHONE, _phone),
    Rule("phone number", FOREIGN_PHONE, _foreign_phone),
    Rule("postal code", AFTER_PSC, _postal),
    Rule("postal code", POSTAL, _postal),
)
HOUSE_RULES = (
    Rule("house number", HOUSE, _house),
    Rule("house number", HOUSE_AND_LETTER, lambda match: f"{digits(match[1])} lomeno {LETTERS[match[2].lower()]}"),
    Rule("house number", LETTERED, lambda match: f"{digits(match[1])} {LETTERS[match[2].lower()]}"),
    Rule("number of an office", ACCOUNT, lambda _: Doubt("a number of an account or a file")),
)
