"""What stands around a number or an abbreviation: the word that governs its case, and the noun that it counts."""

import re
from re import Match
from typing import NamedTuple

from tts.czech.declension import Case
from tts.czech.nouns import FORMS, Form
from tts.words.listed import listed
from tts.words.sentence import LOWER, UPPER

# Cases that a preposition asks for, the likeliest for an amount first.
PREPOSITIONS: dict[str, tuple[Case, ...]] = {
    **dict.fromkeys(
        listed("od ode do z ze u bez beze kolem okolo podle dle vedle včetně během kromě blízko poblíž podél dne vč"),
        (Case.GENITIVE,),
    ),
    **dict.fromkeys(["k", "ke", "kvůli", "díky", "proti", "naproti", "vůči", "oproti"], (Case.DATIVE,)),
    **dict.fromkeys(["pro", "přes", "mimo"], (Case.ACCUSATIVE,)),
    **dict.fromkeys(["na", "o"], (Case.ACCUSATIVE, Case.LOCATIVE)),
    **dict.fromkeys(["v", "ve", "po"], (Case.LOCATIVE, Case.ACCUSATIVE)),
    **dict.fromkeys(["nad", "pod", "za"], (Case.ACCUSATIVE, Case.INSTRUMENTAL)),
    **dict.fromkeys(["před", "mezi"], (Case.INSTRUMENTAL, Case.ACCUSATIVE)),
    **dict.fromkeys(["s", "se"], (Case.INSTRUMENTAL,)),
    "při": (Case.LOCATIVE,),
}
# Nouns after which an amount is genitive, as after a preposition: ve výši pěti tisíc korun, oprava dvou silnic.
OF_AN_AMOUNT = listed(
    """
    dosáhl dosáhla dosáhlo dosáhne dosahuje výši délce délky šířce výměře hodnotě počtu množství vzdálenosti
    výšce hloubce hmotnosti dobu dodávka dodávky dodávku přerušení oprava opravu opravy opravě výměna výměnu
    výměny výměně rekonstrukce rekonstrukci rekonstrukcí uzavření uzavírka uzavírku uzavírky odstávka odstávku
    odstávky prodej prodeje pronájem pronájmu nákup nákupu pořízení výstavba výstavbu výstavby kácení výsadba
    výsadbu výsadby odstranění dosažení překročení starší mladší většina většinu většiny část polovina polovinu
    """
)
GOVERNORS = PREPOSITIONS | dict.fromkeys(OF_AN_AMOUNT, (Case.GENITIVE,))

# Words that may stand between the governor and the number.
BETWEEN = (
    "cca|asi|až|zhruba|přibližně|téměř|skoro|celkem|nejméně|nejvýše|nejvíce|alespoň|aspoň|minimálně|maximálně|pouze|jen|"
    r"max\.|min\.|všech|všem|všemi|všechny|těchto|těmto|těmito|těch|dalších|dalším|dalšími|prvních|posledních|jejích"
)
AMOUNT = r"[-−+]?\d[\d ]*(?:[,.:]\d+)?"
GOVERNOR = re.compile(
    rf"(?<!\w)([^\W\d_]+)(?:(?<=\bvč)\.)? (?:(?:{BETWEEN}) )*(?:{AMOUNT}(?: ?[–-] ?| (?:a|až|nebo|či|i) ))?$",
    re.IGNORECASE,
)
ADJECTIVE_ENDING = rf"{LOWER}+(?:ý|á|é|í|ých|ím|ým|ými|ími|ého|ému|ém|ou|ích|ího|ímu)"
GOVERNOR_OF_PHRASE = re.compile(
    rf"(?<!\w)([^\W\d_]+) (?:(?!{LOWER}+[eá]ní ){ADJECTIVE_ENDING} )?(?:(?:\d+|[IVX]+)\. )?$", re.IGNORECASE
)
ADJECTIVE = re.compile(ADJECTIVE_ENDING)
UP_TO = re.compile(r"(?<!\w)(?:od|z|ze) .{2,50} po $")  # od čísla popisného 5 po číslo popisné 20
REACH = 60  # letters before a number that are looked at

OTHER_NUMBER = re.compile(r" ?(?:[–-]|,? (?:a|až|nebo|či|i)) ?\d+(?= )")
WORDS = re.compile(r" ?[^\W\d_]+(?: [^\W\d_]+){0,2}")
# Endings that only one case of the plural has.
TELLING = (
    (Case.LOCATIVE, ("ách", "ích", "ech")),
    (Case.DATIVE, ("ům", "ám")),
    (Case.INSTRUMENTAL, ("ami", "emi", "ími", "ými")),
)


class Following(NamedTuple):
    """The words after a number: what the noun may be (empty: not a noun that we know), and as they are written."""

    forms: frozenset[Form]
    adjective: str
    word: str
    shared: bool  # with another number that stands between: 1 nebo 2 osoby

    @property
    def telling(self) -> Case | None:
        """The case that the ending of an unknown word, or of its adjective, tells."""
        for word in (self.word, self.adjective):
            for case, endings in TELLING:
                if len(word) > 4 and word.endswith(endings):
                    return case
        return None


# Common words after a number that it does not count.
NOT_COUNTED = frozenset(
    listed(
        """
        nebo až jsou byla bylo byly bude budou bez pro před při nad pod kde kdy který která které
        """
    )
)
NOTHING = Following(frozenset(), "", "", shared=False)


def governed(match: Match[str]) -> tuple[Case, ...]:
    """Cases that the words before ``match`` ask for; none where they ask for nothing."""
    found = GOVERNOR.search(match.string, max(0, match.start() - REACH), match.start())
    return GOVERNORS.get(_lower(found[1]), ()) if found else ()


def phrase_case(match: Match[str], heads: frozenset[str]) -> Case:
    """The case of an abbreviated noun phrase: by its preposition, genitive after a noun or ``heads``, else nominative.

    With no ``heads``, nouns before it do not matter: dům číslo 5.
    """
    found = GOVERNOR_OF_PHRASE.search(match.string, max(0, match.start() - REACH), match.start())
    word = _lower(found[1]) if found else ""
    if word == "po" and UP_TO.search(match.string, max(0, match.start() - REACH), match.start()):
        return Case.ACCUSATIVE
    if word in heads or (heads and word in FORMS):
        return Case.GENITIVE
    return PHRASE_CASES.get(word, Case.NOMINATIVE)


def _lower(word: str) -> str:
    """But KE is an illness, not a preposition."""
    return word if len(word) == 2 and word.isupper() else word.lower()


def year_case(match: Match[str]) -> Case:
    """As ``phrase_case``, but what is planned na rok 2027 has no place there."""
    planned = re.search(r"\bna $", match.string[: match.start()], re.IGNORECASE)
    return Case.ACCUSATIVE if planned else phrase_case(match, frozenset())


# Places and people rather than amounts: na městském úřadě, před školou, za školou.
PHRASE_CASES = {word: cases[0] for word, cases in GOVERNORS.items()} | {
    **dict.fromkeys(("na", "o"), Case.LOCATIVE),
    **dict.fromkeys(("za", "nad", "pod"), Case.INSTRUMENTAL),
}


def following(match: Match[str]) -> Following:
    """The noun phrase after ``match``; past another number of the same phrase (1 nebo 2 osoby)."""
    other = OTHER_NUMBER.match(match.string, match.end())
    found = WORDS.match(match.string, other.end() if other else match.end())
    words = found[0].split() if found else []
    adjectives = 0
    while adjectives < len(words) - 1 and not _forms(words[adjectives]) and ADJECTIVE.fullmatch(words[adjectives]):
        adjectives += 1
    if not words or not (_forms(words[adjectives]) or _is_counted(words[adjectives])):
        return NOTHING
    adjective = words[adjectives - 1] if adjectives else ""
    return Following(_forms(words[adjectives]), adjective, words[adjectives], shared=bool(other))


def _forms(word: str) -> frozenset[Form]:
    return frozenset(FORMS.get(word) or FORMS.get(word.lower()) or ())


def _is_counted(word: str) -> bool:
    return len(word) > 2 and word.islower() and word not in PREPOSITIONS and word not in NOT_COUNTED


# A street, another name within a sentence, a noun or its abbreviation; then perhaps more numbers.
STREET = rf"{UPPER}{LOWER}+(?:ova|ově|ovy|ovu|ovou|ská|ské|skou|cká|cké|ckou|ní|ého)|(?<=[\w,] ){UPPER}{LOWER}+"
LABELLED = re.compile(
    rf"(?<!\w)(?:(?P<street>{STREET}|(?:č|čp|p|o|odst|čl|str|obr|tab|kap|příl|vel|kl)\.|§)|(?P<word>{LOWER}+))"
    r" ?(?:\d+[a-z]?(?:,| a| až| i|[–-]) ?)*$"
)


def is_label(match: Match[str]) -> bool:
    """Whether the number names rather than counts: linka 2, v domech 1 a 2, Tyršova 2."""
    found = LABELLED.search(match.string, max(0, match.start() - REACH), match.start())
    return bool(found and (found["street"] or found["word"].lower() in FORMS))
