"""Checks of single values a person gives. Each returns the value as it will be stored, or raises InputError."""

import re
import unicodedata

from babel import localedata

from store.errors import InputError
from subscribers.folding import fold

NAME_LENGTH = 200
GROUP_LENGTH = 80
EMAIL_LENGTH = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets
OLDEST_BIRTH_YEAR = 1900
# What separates several values in one cell of a file, so no single value may contain it.
SEPARATORS = "|,;"

# The form of WHATWG HTML, "valid e-mail address", with at least one dot in the domain.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z]{2})?")
# "123", "123/4a", "12b", "č. p. 123", "ev. 7".
_HOUSE_NUMBER = re.compile(
    r"(?:(?:č\. ?)?(?:p|e|ev)\. ?)?(?P<house>[0-9]{1,5})[a-z]?(?: ?/ ?(?P<orientation>[0-9]{1,5})[a-z]?)?",
    re.IGNORECASE,
)


def one_line(text: str, what: str, longest: int = NAME_LENGTH) -> str:
    """``text`` with its spaces collapsed; refused when empty, too long, or with control characters."""
    if any(unicodedata.category(sign)[0] == "C" or sign in "\u2028\u2029" for sign in text):
        raise InputError(f"{what} {text!r} contains a line break or another invisible character")
    tidy = " ".join(unicodedata.normalize("NFC", text).split())
    if not tidy:
        raise InputError(f"{what} is empty")
    if max(len(tidy), len(fold(tidy))) > longest:
        raise InputError(f"{what} {tidy[:40]!r}… is longer than {longest} letters")
    return tidy


def person_name(text: str) -> str:
    name = one_line(text, "name")
    if not any(sign.isalpha() for sign in fold(name)):
        raise InputError(f"name {name!r} has no letter")
    return name


def email_address(text: str) -> str:
    address = one_line(text, "e-mail", EMAIL_LENGTH)
    if not _EMAIL.fullmatch(address) or ".." in address:
        raise InputError(f"{address!r} is not an e-mail address", mend="write it such as jan@example.cz")
    mailbox, _, domain = address.rpartition("@")
    return f"{mailbox}@{domain.lower()}"


def birth_year(year: int, this_year: int) -> int:
    if not OLDEST_BIRTH_YEAR <= year <= this_year:
        raise InputError(f"birth year {year} is not between {OLDEST_BIRTH_YEAR} and {this_year}")
    return year


def language_code(text: str) -> str:
    """ISO 639 code: a region is left out, because what matters is the language spoken (``cs-CZ`` is ``cs``)."""
    tag = _LANGUAGE.fullmatch(text.strip())
    if tag is None or not localedata.exists(tag[1].lower()):
        raise InputError(f"{text!r} is not a language", mend="write a code such as cs, en, pl or uk")
    return tag[1].lower()


def group_name(text: str) -> str:
    name = one_line(text, "group", GROUP_LENGTH)
    if any(sign in SEPARATORS for sign in name):
        raise InputError(f"group {name!r} contains one of {SEPARATORS}")
    return name


def house_number(text: str) -> str:
    """As people write it: ``123``, ``123/4a``, ``12b``, ``ev. 7``."""
    number = one_line(text, "house number", 20)
    if not _HOUSE_NUMBER.fullmatch(number):
        raise InputError(f"{number!r} is not a house number", mend="write it such as 123, 123/4a or ev. 7")
    return number


def street_number(text: str) -> int | None:
    """The number a street is numbered by: the orientation number of ``123/4a`` (4), else the house number."""
    written = _HOUSE_NUMBER.fullmatch(" ".join(text.split()))
    return int(written["orientation"] or written["house"]) if written else None
