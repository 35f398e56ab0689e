"""The words of answers: data, in the languages that there are, made to fit one message."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from channels.encoding import without_diacritics

# Letters of the GSM alphabet in one message.
ONE_MESSAGE = 160
OTHER_LANGUAGE = "cs"
_CUT = ".."
# A value is not cut below this.
_SHORTEST = 8
# Never cut: a wrong number or example would be worse than a second message.
_WHOLE = frozenset({"number", "example"})


@cache
def wordings() -> Mapping[str, Mapping[str, str]]:
    """The texts by language and key."""
    return tomllib.loads(files("channels.incoming").joinpath("answers.toml").read_text(encoding="utf-8"))


def compose(key: str, language: str, values: Mapping[str, str]) -> str:
    """The answer, with the longest of its values shortened until one message holds it without diacritics."""
    wording = wordings().get(language, wordings()[OTHER_LANGUAGE])[key]
    used = {name: value for name, value in values.items() if f"{{{name}}}" in wording}
    while (over := len(without_diacritics(_fill(wording, used))) - ONE_MESSAGE) > 0:
        name = max((name for name in used if name not in _WHOLE), key=lambda name: len(used[name]), default=None)
        if name is None or len(used[name]) <= _SHORTEST:
            break
        used[name] = used[name][: max(len(used[name]) - over - len(_CUT), _SHORTEST - len(_CUT))].rstrip(" ,") + _CUT
    return _fill(wording, used)


def _fill(wording: str, values: Mapping[str, str]) -> str:
    """One pass, so that braces in what a person wrote stay what they are."""
    return wording.format_map(values)
