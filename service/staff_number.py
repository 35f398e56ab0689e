"""The staff's own number: in which ways a trunk may write it."""

import re

import phonenumbers

from ivr.reception import number_shown


def dialled_pattern(number: str, country: str) -> str:
    """A POSIX regular expression of all ways to write a number of this country; of an extension, just that.

    Empty for no number. It has no sign that means something to a dialplan's quotes.
    """
    if not number:
        return ""
    if not (known := number_shown(number, country)):
        return f"^{_plain(number)}$"
    parsed = phonenumbers.parse(known)
    national = phonenumbers.national_significant_number(parsed)
    return f"^(([+]|00)?{parsed.country_code}|0)?{national}$"


def _plain(extension: str) -> str:
    return re.sub(r"\+", "[+]", extension)
