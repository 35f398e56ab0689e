"""Ordinals by the noun that follows, and Roman numerals: ve 2. patře, 1.–5. třída, III. etapa, Karla IV., II/464."""

import re
from re import Match

from tts.czech.agreement import meant
from tts.czech.context import PREPOSITIONS, Following, following, governed, is_label
from tts.czech.declension import FEMININE, MASCULINE, Case
from tts.czech.nouns import NOUNS
from tts.czech.numerals import LARGEST_ORDINAL, cardinal, digits, ordinal
from tts.words.rule import Doubt, Rule
from tts.words.sentence import LOWER, full_stop

ROMAN = r"(?:X{1,3}(?:IX|IV|V?I{0,3})|IX|IV|VI{0,3}|I{1,3})"
VALUES = {"I": 1, "V": 5, "X": 10}

NUMBER = rf"(?:\d{{1,3}}|{ROMAN})\."
JOINED = r"(?:,? (?:a|až|i|nebo|do) |, | ?[–-] ?)"
BEFORE_NOUN = re.compile(rf"(?<![\w.,:/–-])(?<!\d [–-] )(?:{NUMBER}{JOINED}){{0,12}}{NUMBER} ?(?=[^\W\d_])")
ALONE = re.compile(rf"(?<![\w.,:/])(\d{{1,3}})\. (?={LOWER})")

INVITING = re.compile(
    r"\b(?:zve\w*|zvou|pozv\w+|přij[dď]\w*|srdečně|vstupenk\w+|jdeme|svol\w+|přesun\w+)\b[^.!?]* $", re.IGNORECASE
)


def value(roman: str) -> int:
    """I to XXXIX."""
    numbers = [VALUES[letter] for letter in roman.upper()]
    return sum(-number if number < after else number for number, after in zip(numbers, [*numbers[1:], 0], strict=True))


def _before_noun(match: Match[str]) -> str | None:
    noun = following(match)
    forms = noun.forms if _belongs(match, noun) else frozenset()
    numbers = re.findall(rf"\d+|{ROMAN}", match[0])
    if not forms or any(_number(number) > LARGEST_ORDINAL for number in numbers):
        return None
    form = meant(forms, _cases(match), several=len(numbers) > 1 or _is_decade(match, _number(numbers[0])))
    said = re.sub(
        rf"({'|'.join(sorted(numbers, key=len, reverse=True))})\.",
        lambda one: ordinal(_number(one[1]), form.gender, form.case, plural=form.plural),
        match[0],
    )
    return re.sub(r" ?[–-] ?", " až ", said).strip() + " "


def _belongs(match: Match[str], noun: Following) -> bool:
    """Whether a noun with a capital letter is numbered, or begins the next sentence: č. 1–6. Volby."""
    if not noun.word.istitle() or is_label(match):
        return not noun.word.istitle()
    before = match.string[: match.start()].rstrip()
    return not before or before[-1] in ".!?:•" or any(form.case in governed(match) for form in noun.forms)


def _is_decade(match: Match[str], number: int) -> bool:
    """80. léta are years, the eighties; 80. léto would be a summer."""
    return (
        number % 10 == 0 and number > 0 and following(match).word.lower() in ("léta", "let", "letech", "letům", "lety")
    )


def _cases(match: Match[str]) -> tuple[Case, ...]:
    cases = governed(match)
    words = match.string[: match.start()].split()
    if not cases or not words or words[-1].lower() not in ("na", "o"):
        return cases
    inviting = INVITING.search(match.string, 0, match.start() - len(words[-1]) - 1)
    return (Case.ACCUSATIVE, Case.LOCATIVE) if inviting else (Case.LOCATIVE, Case.ACCUSATIVE)


def _number(written: str) -> int:
    return int(written) if written.isdigit() else value(written)


def _alone(match: Match[str]) -> Doubt:
    return Doubt("an ordinal before a word whose gender is not known")


# Stems of names with numbers: nominative, and the others without their ending.
RULERS = {
    "Karel": "Karl",
    "Václav": "Václav",
    "Rudolf": "Rudolf",
    "Ferdinand": "Ferdinand",
    "Josef": "Josef",
    "Jan": "Jan",
    "Pavel": "Pavl",
    "Otakar": "Otakar",
    "Leopold": "Leopold",
    "František": "Františk",
    "Vladislav": "Vladislav",
    "Boleslav": "Boleslav",
    "Maxmilián": "Maxmilián",
    "Vratislav": "Vratislav",
    "Břetislav": "Břetislav",
    "Zikmund": "Zikmund",
    "Matyáš": "Matyáš",
    "Pius": "Pi",
}
ENDINGS = {
    "a": Case.GENITIVE,
    "e": Case.GENITIVE,
    "ovi": Case.DATIVE,
    "u": Case.DATIVE,
    "em": Case.INSTRUMENTAL,
}
KING = re.compile(
    rf"(?<!\w)(?P<name>{'|'.join(RULERS)}|(?:{'|'.join(RULERS.values())})(?:a|e|ovi|u|em)) (?P<number>{ROMAN})\b\.?"
)
QUEEN = re.compile(rf"(?<!\w)(?P<name>(?:Alžbět|Kateřin)(?:a|y|ě|u|ou)) (?P<number>{ROMAN})\b\.?")
QUEENS = {"a": Case.NOMINATIVE, "y": Case.GENITIVE, "ě": Case.DATIVE, "u": Case.ACCUSATIVE, "ou": Case.INSTRUMENTAL}


def _king(match: Match[str]) -> str:
    case = Case.NOMINATIVE
    if match["name"] not in RULERS:
        case = next(of for ending, of in ENDINGS.items() if match["name"].endswith(ending))
    if case is Case.DATIVE and Case.LOCATIVE in governed(match):
        case = Case.LOCATIVE
    return f"{match['name']} {ordinal(value(match['number']), MASCULINE, case)}{full_stop(match)}"


def _queen(match: Match[str]) -> str:
    case = next(of for ending, of in reversed(QUEENS.items()) if match["name"].endswith(ending))
    return f"{match['name']} {ordinal(value(match['number']), FEMININE, case)}{full_stop(match)}"


# Roads of the first to third class, and motorways.
ROAD = re.compile(
    r"(?<!\w)(?P<word>(?:[Ss]ilnic(?:e|i|í|ích|ím)|SILNIC[EI]|[Ss]il\.|[Kk]omunikac(?:e|i|í)) )?(?:č\. ?)?"
    r"(?P<grade>III|II|I)/(?P<number>\d{1,6}[a-z]?)\b"
)
GRADES = {"I": "první", "II": "druhé", "III": "třetí"}


# Silnice I. a II. tř.
ROAD_CLASS = re.compile(
    r"(?<!\w)(?P<word>[Ss]ilni(?:ce|ci|c|cích|cím|cemi)) (?P<grades>(?:I{1,3}\.(?: a |, | i ))*I{1,3}\.) ?"
    r"(?:tř\.|třídy\b)"
)


def _road_class(match: Match[str]) -> str:
    grades = re.sub(r"(I{1,3})\.", lambda one: GRADES[one[1]], match["grades"])
    return f"{match['word']} {grades} třídy{full_stop(match)}"


def _road(match: Match[str]) -> str:
    case = next(iter(PREPOSITIONS.get(_word_before(match), ())), Case.NOMINATIVE)
    if case is Case.ACCUSATIVE and _word_before(match) == "na":
        case = Case.LOCATIVE
    road = NOUNS["silnice"].one(case)
    word = match["word"].strip() if match["word"] else road
    word = road if word.endswith(".") else word
    number = match["number"]
    spoken = digits(number) if number.isdigit() else f"{cardinal(int(number[:-1]))} {number[-1].upper()}"
    return f"{word} {GRADES[match['grade']]} třídy číslo {spoken}"


# 1. p. is a floor, as long as no number follows, which would make it č. p.
FLOOR = re.compile(r"(?<![\w.])(\d{1,2})\. ?p\.(?! ?\d)")
# Dne 17. t. m.
OF_THIS = re.compile(r"(?<![\w.])(\d{1,2})\. ?(t\. ?m\.|t\. ?r\.)")
THIS = {"t. m.": "tohoto měsíce", "t.m.": "tohoto měsíce", "t. r.": "tohoto roku", "t.r.": "tohoto roku"}


def _floor(match: Match[str]) -> str:
    case = next(iter(governed(match)), Case.NOMINATIVE)
    floor = NOUNS["patro"]
    return f"{ordinal(int(match[1]), floor.gender, case)} {floor.one(case)}{full_stop(match)}"


def _word_before(match: Match[str]) -> str:
    words = match.string[max(0, match.start() - 30) : match.start()].split()
    return words[-1].lower() if words else ""


# A Roman numeral with a dot before a name or at the end: nobody can tell what it counts.
ROMAN_ALONE = re.compile(rf"(?<!\w)(?:{ROMAN}\.|[IVX]{{2,6}}\b)(?!\w)")

ORDINAL_RULES = (
    Rule("road", ROAD, _road),
    Rule("road", ROAD_CLASS, _road_class),
    Rule("floor", FLOOR, _floor),
    Rule("ordinal", OF_THIS, lambda match: f"{ordinal(int(match[1]), MASCULINE, Case.GENITIVE)} {THIS[match[2]]}"),
    Rule("ruler", KING, _king),
    Rule("ruler", QUEEN, _queen),
    Rule("ordinal", BEFORE_NOUN, _before_noun),
    Rule("ordinal", ALONE, _alone),
    Rule("Roman numeral", ROMAN_ALONE, lambda _: Doubt("a Roman numeral with no noun that we know")),
)
