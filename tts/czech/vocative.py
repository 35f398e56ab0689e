"""How somebody is addressed by their name: „pane Nováku“, „paní Nováková“; nothing where nobody can be sure."""

import re
import unicodedata
from collections.abc import Mapping
from re import Pattern

from tts.czech.given_names import MEN, WOMEN

# What comes before a name, by language: to a man, to a woman.
WORDS: Mapping[str, tuple[str, str]] = {
    "cs": ("pane", "paní"),
    "sk": ("pán", "pani"),
    "de": ("Herr", "Frau"),
    "en": ("Mr", "Ms"),
}
TITLE = re.compile(r"\S*\.\S*")  # Ing., Ph.D.
AFTER_NAME = frozenset({"dis", "mba", "st", "ml", "starší", "mladší"})
NAME = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")

# A man's surname by its ending: the rest of it stands, the ending becomes that; None: nobody can be sure. First match.
ENDINGS: tuple[tuple[Pattern[str], str | None], ...] = tuple(
    (re.compile(rf"(?:{pattern})$", re.IGNORECASE), vocative)
    for pattern, vocative in (
        (r"(?<=^kr)ál", "áli"),
        (r"(?<=^pav)el|(?<=^kar)el|(?<=^hav)el", "le"),
        (r"(?<=[iau])el", "eli"),  # Daniel, Michael, Samuel
        (r"el|ěl|eň|ev|z|ius", None),
        (r"(?<=^.)e[kc]|(?<=^..)e[kc]", None),  # Bek, Švec
        (r"(?<=.)něk", "ňku"),
        (r"(?<=.)děk", "ďku"),
        (r"(?<=.)těk", "ťku"),
        (r"(?<=.)ek", "ku"),
        (r"(?<=[aeiouyáéěíóúůý][bcčdfghjklmnprřsštvzž])ec", "če"),
        (r"ec|ěc|ěk", None),
        (r"(?<=[kgh])", "u"),
        (r"(?<=[šžčřcjďťňsx])", "i"),
        (r"(?<=[bdfghklmnptvz])r", "ře"),
        (r"(?<=[aiuy])r", None),  # is it Kolář without its signs?
        (r"(?<=[bdflmnprtv])", "e"),
        (r"a", "o"),
        (r"(?<=[yýíůeéěoui])", ""),
    )
)


def folded(name: str) -> str:
    """Names come by SMS, too: without signs, in capitals."""
    letters = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def address(name: str, language: str = "cs") -> str:
    """``name``: given name and surname as somebody wrote them, in any order, with titles.

    Empty where it is no person's, or may be read two ways, or the language has no words for it.
    """
    words = WORDS.get(language)
    sex_and_surname = _parted(name)
    if words is None or sex_and_surname is None:
        return ""
    man, surname = sex_and_surname
    called = _called(surname) if man and language == "cs" else surname
    return f"{words[0] if man else words[1]} {called}" if called else ""


def _parted(name: str) -> tuple[bool, str] | None:
    """Whether it is a man, and the surname."""
    plain = [word for word in name.replace(",", " ").split() if not TITLE.fullmatch(word)]
    parts = [word for word in plain if word.lower() not in AFTER_NAME]
    if not 1 <= len(parts) <= 3 or not all(NAME.fullmatch(part) for part in parts):
        return None
    given = [part for part in parts if folded(part) in SEXES]
    surnames = [part for part in parts if folded(part) not in SEXES]
    if (len(given) > 1 and len(surnames) != 1) or not surnames or len(surnames) > 2:
        return None
    return _agreed({SEXES[folded(one)] for one in given}, surnames)


def _agreed(sexes: set[bool], surnames: list[str]) -> tuple[bool, str] | None:
    womans = {folded(one).endswith("ova") for one in surnames}
    if not sexes and womans == {True}:
        return False, " ".join(map(_written, surnames))
    if len(sexes) != 1:
        return None
    (man,) = sexes
    if (man and (True in womans or len(surnames) > 1)) or (not man and len(surnames) > 1 and False in womans):
        return None
    return man, " ".join(map(_written, surnames))


def _called(surname: str) -> str:
    for pattern, vocative in ENDINGS:
        if pattern.search(surname):
            return "" if vocative is None else pattern.sub(vocative, surname, count=1)
    return ""


def _written(word: str) -> str:
    """NOVÁK and novák are Novák; McDonald stays."""
    return word.title() if word in (word.upper(), word.lower()) else word


# By the name without its signs: a man's?
SEXES: Mapping[str, bool] = {folded(name): name in MEN for name in MEN | WOMEN}
