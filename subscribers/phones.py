"""Phone numbers: from what a person writes to E.164 and the kind of line."""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType as Type

from store.errors import InputError
from store.people import PhoneKind

# Spaces (also the hard one), and what people put between groups of digits. The leading plus is the only sign
# with a meaning. Everything else is refused before the library, which would read "ext 3" or ",5" silently.
_WRITTEN_NUMBER = re.compile(r"\(?\+?[0-9 \u00a0()/.-]+")
_EXTENSION = re.compile(r"(?i)ext|linka|klapka|x ?[0-9]|[#,;] ?[0-9]+$")
_MASKED_END = 2
_COUNTRY_PREFIXES = frozenset(f"+{code}" for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
_FORM = "write it such as 556 400 001 or +420 556 400 001"
_ORDINARY = "give an ordinary line or a mobile"

_KINDS = {
    Type.FIXED_LINE: PhoneKind.FIXED,
    Type.MOBILE: PhoneKind.MOBILE,
    Type.FIXED_LINE_OR_MOBILE: PhoneKind.OTHER,
    Type.VOIP: PhoneKind.OTHER,
    # Offices have these: the police and the railways in Czechia.
    Type.UAN: PhoneKind.OTHER,
}
_REFUSED_KINDS = {
    Type.PREMIUM_RATE: "a premium-rate number",
    Type.SHARED_COST: "a shared-cost number",
    Type.TOLL_FREE: "a toll-free service number",
    Type.PERSONAL_NUMBER: "a personal-number service",
    Type.PAGER: "a pager",
    Type.VOICEMAIL: "a voicemail service",
}
# Paid by whoever calls or texts, often to a fraudster: never done, whatever prefixes allow.
EXPENSIVE = frozenset({Type.PREMIUM_RATE, Type.SHARED_COST})
_IMPOSSIBLE = {
    phonenumbers.ValidationResult.TOO_SHORT: "is too short",
    phonenumbers.ValidationResult.TOO_LONG: "is too long",
}
_WORDS = {PhoneKind.FIXED: "fixed line", PhoneKind.MOBILE: "mobile", PhoneKind.OTHER: "other line"}


@dataclass(frozen=True)
class PhoneNumber:
    """``number`` is E.164, such as ``+420556400001``; ``code`` are the keys that open it, if it is a loudspeaker."""

    number: str
    kind: PhoneKind
    code: str | None = None


def parse_phone(text: str, country: str) -> PhoneNumber:
    """The number a person wrote, read as in ``country`` (ISO 3166 code, such as ``CZ``) unless it has a +.

    A valid number of another country is OTHER: whether it may be dialled is for the trunk to say.
    Raises InputError that names the value and why it cannot be called.
    """
    _refuse_strange_signs(text)
    if phonenumbers.is_emergency_number(text.strip(), country):
        raise _refused(text, "is an emergency number", _ORDINARY)
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        raise _refused(text, "is not a phone number") from error
    _refuse_uncallable(text, parsed, country)
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return PhoneNumber(number, _kind(text, parsed, country))


def expensive(number: str) -> bool:
    """A premium-rate or shared-cost number. ``number``: E.164."""
    try:
        return phonenumbers.number_type(_parsed(number)) in EXPENSIVE
    except phonenumbers.NumberParseException:
        return False


def _parsed(number: str) -> phonenumbers.PhoneNumber:
    """``number``: E.164. Parsed only where there is something to parse, for that costs more than a call's other
    checks.
    """
    prefix = _country_prefix(number)
    national = number[len(prefix) :]
    if prefix and _without_national_prefix(prefix) and re.fullmatch("[1-9][0-9]+", national):
        return phonenumbers.PhoneNumber(country_code=int(prefix), national_number=int(national))
    return phonenumbers.parse(number)


@lru_cache(maxsize=256)
def _without_national_prefix(country_prefix: str) -> bool:
    """Nothing is dialled before the number within the country, as in Czechia, so that nothing has to be taken off."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(country_prefix)]
    found = [phonenumbers.PhoneMetadata.metadata_for_region(region, None) for region in regions]
    return all(one is not None and one.national_prefix_for_parsing is None for one in found)


def kind_in_words(kind: PhoneKind) -> str:
    return _WORDS[kind]


def national(number: str) -> str:
    """As people of its country write it, such as ``556 400 001``. ``number``: E.164."""
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)


def mask(number: str) -> str:
    """For logs: the country and the last two digits, such as ``+420*******01``."""
    shown = _country_prefix(number)
    hidden = max(len(number) - len(shown) - _MASKED_END, 0)
    return shown + "*" * hidden + number[len(shown) + hidden :]


def _country_prefix(number: str) -> str:
    """Looked up, for parsing costs a hundred times as much; no country code begins another one (ITU-T E.164)."""
    starts = (number[:end] for end in (2, 3, 4))
    return next((start for start in starts if start in _COUNTRY_PREFIXES), "")


def _refuse_strange_signs(text: str) -> None:
    if not text.strip():
        raise _refused(text, "is empty")
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise _refused(text, "contains a line break or another control character")
    if _EXTENSION.search(text):
        raise _refused(text, "has an extension, which a call cannot reach")
    if any(sign.isalpha() for sign in text):
        raise _refused(text, "contains letters")
    if not _WRITTEN_NUMBER.fullmatch(text.strip()):
        raise _refused(text, "contains signs that no phone number has")


def _refuse_uncallable(text: str, parsed: phonenumbers.PhoneNumber, country: str) -> None:
    if phonenumbers.is_emergency_number(str(parsed.national_number), country):
        raise _refused(text, "is an emergency number", _ORDINARY)
    impossible = _IMPOSSIBLE.get(phonenumbers.is_possible_number_with_reason(parsed))
    if impossible or not phonenumbers.is_valid_number(parsed):
        raise _refused(text, impossible or "is not a number that exists")


def _kind(text: str, parsed: phonenumbers.PhoneNumber, country: str) -> PhoneKind:
    line = phonenumbers.number_type(parsed)
    if line not in _KINDS:
        raise _refused(text, f"is {_REFUSED_KINDS.get(line, 'a number of an unknown kind')}", _ORDINARY)
    at_home = phonenumbers.region_code_for_number(parsed) == country
    return _KINDS[line] if at_home else PhoneKind.OTHER


def _refused(text: str, reason: str, mend: str = _FORM) -> InputError:
    return InputError(f"phone number {text!r} {reason}", mend=mend)
