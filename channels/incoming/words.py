"""The words that a message begins with, in the many ways people write them; and those that mean nothing to us."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz, process

from channels.incoming.intents import Verb
from channels.incoming.tokens import Kind, Token, word_set

# A keyword with a letter wrong, missing or too many: "REGISTUJ".
LEAST_LIKENESS = 80
_SHORTEST_GUESSED = 5

_CZECH: Mapping[Verb, str] = {
    Verb.REGISTER: "registruj registrujte registruji registrace registraci registrovat zaregistruj zaregistrovat reg"
    " prihlas prihlasit prihlaseni prihlasuji",
    Verb.CHANGE: "zmena zmenu zmenit zmen zmente",
    Verb.LEAVE: "odregistruj odregistrujte odregistrovat odregistrace odregistraci odreg odhlas odhlasit odhlaseni"
    " odhlasuji odhlaste zrus zrusit zruste zruseni stop konec nechci neposilat neposilejte",
    Verb.STATUS: "stav",
    Verb.HELP: "pomoc napoveda info",
    Verb.LETTER: "p",
}
_ENGLISH: Mapping[Verb, str] = {
    Verb.REGISTER: "register subscribe",
    Verb.CHANGE: "change",
    Verb.LEAVE: "unregister unsubscribe",
    Verb.STATUS: "status",
    Verb.HELP: "help",
}
KEYWORDS: Mapping[str, tuple[Verb, str]] = {
    word: (verb, language)
    for language, table in (("cs", _CZECH), ("en", _ENGLISH))
    for verb, words in table.items()
    for word in words.split()
}
_GUESSED = [word for word in KEYWORDS if len(word) >= _SHORTEST_GUESSED]

# Greetings, labels of a form and the like: never part of a name.
FILLERS = word_set(
    "dobry den hezky pekny krasny dobre rano odpoledne vecer ahoj zdravim vazeni prosim prosime prosil prosila "
    "bych bychom chci chceme chtel chtela chteli se si mne me mi nas nam o k do na v ve z ze za od pro jsem "
    "jmenuji jmenuju bydlim bydlime bytem trvale adresa adresu adresy adrese jmeno prijmeni obec obce mesto mesta "
    "cast casti ulice ulici cislo popisne orientacni evid evidencni domu dum tel telefon telefonu mobil posilam "
    "zasilam maminku tatinka babicku dedecka manzela manzelku cislem odber odberu odebirat zasilani posilani "
    "posilat sms esemes zprav zprava zpravy hlaseni hlasatel hlasatele rozhlas rozhlasu mistni mistniho informace "
    "informaci pan pani a i taky take uz moje muj moji vas vase vsech bydliste hello hi dear please want would "
    "like to my name is am live at address street number town city and the tema temata temat topic topics balicek "
    "balicky balik package packages "
)
# What follows one of these is a courtesy and a signature.
_PARTING = word_set("dekuji dekuju dekujeme diky dik pozdravem thanks thank")
_NO = "ne"
_AT_ONCE = "stop"


class Order(NamedTuple):
    """The keyword's verb and language, and where in the tokens it stands; ``exact``: written without a mistake."""

    verb: Verb
    language: str
    begin: int
    end: int
    exact: bool
    # STOP: to be obeyed whatever follows it.
    at_once: bool = False

    def is_late(self, tokens: Sequence[Token]) -> bool:
        """Whether more than a greeting comes before it, so that it may be a word like any other."""
        return any(token.folded not in FILLERS for token in tokens[: self.begin])


def find_order(tokens: Sequence[Token]) -> Order | None:
    """The first keyword: the first word that is no greeting, in two pieces too ("OD REGISTRUJ"), or one further on."""
    first = next((at for at, token in enumerate(tokens) if token.folded not in FILLERS), None)
    if first is None:
        return None
    return _at(tokens, first) or _later(tokens, first)


def _at(tokens: Sequence[Token], at: int) -> Order | None:
    word = tokens[at].folded
    if tokens[at].kind is not Kind.WORD:
        return None
    joined = "".join(token.folded for token in tokens[max(at - 1, 0) : at + 1])
    if at and joined in KEYWORDS:
        return Order(*KEYWORDS[joined], at - 1, at + 1, exact=True)
    if word in KEYWORDS:
        return Order(*KEYWORDS[word], at, at + 1, exact=True, at_once=word == _AT_ONCE)
    guess = None if _is_negated(word) else _guess(word)
    return Order(*KEYWORDS[guess], at, at + 1, exact=False) if guess else None


def _guess(word: str) -> str | None:
    if len(word) < _SHORTEST_GUESSED:
        return None
    found = process.extractOne(word, _GUESSED, scorer=fuzz.ratio, score_cutoff=LEAST_LIKENESS)
    return found[0] if found else None


def _is_negated(word: str) -> bool:
    """ "Neregistrujte" is one letter from an order to do the contrary."""
    return word.startswith(_NO) and _guess(word.removeprefix(_NO)) is not None


def _later(tokens: Sequence[Token], first: int) -> Order | None:
    """ "Jmenuji se Jan Novák a chci registrovat": only a word that is a keyword to the letter, and not a short one."""
    for at in range(first + 1, len(tokens)):
        word = tokens[at].folded
        if word in KEYWORDS and len(word) >= _SHORTEST_GUESSED:
            return Order(*KEYWORDS[word], at, at + 1, exact=True)
    return None


def without_parting(tokens: Sequence[Token]) -> list[Token]:
    """The tokens up to "Děkuji", "S pozdravem" …"""
    end = next((at for at, token in enumerate(tokens) if token.folded in _PARTING), len(tokens))
    if 0 < end < len(tokens) and tokens[end].folded == "pozdravem" and tokens[end - 1].folded == "s":
        end -= 1
    return list(tokens[:end])
