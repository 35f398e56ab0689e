"""Noun phrases in all their forms: městský úřad, číslo popisné, metr čtvereční."""

from tts.czech.declension import Case, Noun, adjective
from tts.czech.nouns import NOUNS


def phrase(written: str) -> Noun:
    """All forms of a phrase whose adjectives are marked by ~ and given as masculine: ~městský úřad, číslo ~popisný.

    The first word in NOUNS is its noun; words without a mark never change.
    """
    words = written.split()
    at = next(index for index, word in enumerate(words) if word in NOUNS)
    singular, plural = (
        tuple((" ".join(_form(words, index, at, case, more) for index in range(len(words))),) for case in Case)
        for more in (False, True)
    )
    return Noun(NOUNS[words[at]].gender, singular, plural)


def _form(words: list[str], index: int, at: int, case: Case, plural: int) -> str:
    word, noun = words[index], NOUNS[words[at]]
    if index == at:
        return noun.more(case) if plural else noun.one(case)
    return adjective(word[1:], noun.gender, case, plural=bool(plural)) if word.startswith("~") else word
