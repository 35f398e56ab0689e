"""What is wrong with a settings file, in the words of a person who edits it: the key, the reason, never a secret."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from rapidfuzz import process

# Keys whose values are never shown.
SECRETS = ("ami_secret", "password", "secret")
HIDDEN = (*SECRETS, "url")  # a database's URL may hold a password
# 0 to 100 (rapidfuzz.fuzz.WRatio, which takes "busy" for "busy_seconds"); below it a hint would only confuse.
LEAST_LIKENESS = 60

# Of [[sms]], and of [[inboxes]].
CARRIERS = ("kannel", "gammu", "http", "file")
INBOXES = ("kannel", "gammu", "webhook")
ADAPTERS = frozenset(CARRIERS + INBOXES)

# pydantic's kinds of errors.
REASONS: Mapping[str, str] = {
    "missing": "is missing",
    "string_type": "must be a text in quotes",
    "path_type": "must be a path in quotes",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "tuple_type": "must be a list in square brackets",
    "model_type": "must be a section",
    "model_attributes_type": "must be a section",
}
_HOST = "must be a host name or an address"
_WORD = "must be letters without accents, digits, _ and -, beginning with a letter, 40 at most"
_FIELD = "must be the name of a field, or names with dots between them, without blanks"
_FOLDER = "must be the name of a folder in letters without accents, digits, blanks and . _ / & + , -, such as INBOX"
_NUMBER = "must be a number such as +420556400001, or empty"
# What is said where a section of several kinds does not tell its own.
KINDS: Mapping[str, str] = {
    "sms": f"needs adapter = one of {', '.join(CARRIERS)}",
    "inboxes": f"needs adapter = one of {', '.join(INBOXES)}",
}
# What the pattern of a key means.
FORMS: Mapping[str, str] = {
    "town.name": "must be one line",
    "town.language": "must be the two small letters of a language, such as cs",
    "town.currency": "must be the three capital letters of a currency, such as CZK",
    "town.phone": _NUMBER,
    "asterisk.ami_host": _HOST,
    "asterisk.agi_host": _HOST,
    "asterisk.ami_user": _WORD,
    "door.host": _HOST,
    "inboxes.name": _WORD,
    "inboxes.sender": _FIELD,
    "inboxes.text": _FIELD,
    "email.host": _HOST,
    "bounces.host": _HOST,
    "bounces.folder": _FOLDER,
    "bounces.done_folder": _FOLDER,
    "email.public_url": "must be a URL without a query, such as https://hlaseni.example.cz, or empty",
    "sms.name": _WORD,
    "sms.prefixes": "must be the beginning of a number, such as +420",
    "sms.url": "must be a URL, such as http://127.0.0.1:13013/cgi-bin/sendsms",
    "sms.public_url": "must be a URL without a query, such as https://hlaseni.example.cz, or empty",
    "hotline.languages": "must be the two small letters of a language, such as en",
    "hotline.office_phone": _NUMBER,
    "hotline.office_extension": "must be a number or an extension of two digits at least, or empty",
    "hotline.staff_number": "must be a number or an extension of two digits at least, or empty",
    "trunks.name": _WORD,
    "trunks.host": _HOST,
    "trunks.username": "must be letters without accents, digits and . _ + @ -, 80 at most",
    "trunks.caller_id": _NUMBER,
    "trunks.prefixes": "must be the beginning of a number, such as +420",
}


def explain(error: ValidationError, model: type[BaseModel], variable: Callable[[str], str | None]) -> str:
    """A line for each thing wrong; ``variable`` tells which variable has set a key, if one has."""
    return "\n".join(_explain_one(dict(detail), model, variable) for detail in error.errors(include_url=False))


def unknown_key(key: str, model: type[BaseModel]) -> str:
    """The reason, with the nearest key of the same section."""
    section, _, name = key.rpartition(".")
    beside = [one.rpartition(".")[2] for one in keys(model) if one.rpartition(".")[0] == section]
    nearest = process.extractOne(name, beside, score_cutoff=LEAST_LIKENESS)
    return f"there is no such key{f'; did you mean {nearest[0]}?' if nearest else ''}"


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Sections and keys, dotted; those of every ``[[trunks]]`` are ``trunks.…``."""
    for name, field in model.model_fields.items():
        yield prefix + name
        for kind in _models(field.annotation):
            yield from keys(kind, f"{prefix}{name}.")


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The sections that a key may hold, be it one, a list of them, or one of several kinds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _explain_one(detail: Mapping[str, Any], model: type[BaseModel], variable: Callable[[str], str | None]) -> str:
    key = ".".join(_names(detail["loc"]))
    places = ", ".join(f"no. {part + 1}" for part in detail["loc"] if isinstance(part, int))
    where = variable(key) or (f"{key} ({places})" if places else key)
    return f"{where}: {_reason(key, detail, model)}{_shown(key, detail)}"


def _names(places: Sequence[str | int]) -> Iterator[str]:
    """The keys among the places of an error; behind the number of a section of several kinds stands its adapter."""
    for before, place in zip((None, *places), places, strict=False):
        if isinstance(place, str) and not (isinstance(before, int) and place in ADAPTERS):
            yield place


def _reason(key: str, detail: Mapping[str, Any], model: type[BaseModel]) -> str:
    if detail["type"] == "extra_forbidden":
        return unknown_key(key, model)
    if detail["type"].startswith("union_tag"):
        return KINDS[key]
    if detail["type"] == "string_pattern_mismatch":
        return FORMS[key]
    said = str(detail["msg"]).removeprefix("Value error, ")
    return REASONS.get(detail["type"], re.sub("^(Input|String|Tuple) should", "must", said))


def _shown(key: str, detail: Mapping[str, Any]) -> str:
    """The value, where it is a single one and no secret."""
    value = detail["input"]
    hidden = detail["type"] == "extra_forbidden" or key.rpartition(".")[2] in HIDDEN
    return "" if hidden or not isinstance(value, str | int | float) else f" (it is {value!r})"
