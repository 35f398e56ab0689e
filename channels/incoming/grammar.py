"""From a message to what somebody wants. Pure: the text, the town's book and the question that is open.

::

    message  = [greeting] order | answer
    order    = REGISTRUJ person | ZMENA person | ODREGISTRUJ [name] [topic …] | STOP | STAV | POMOC | P text
    person   = [name] [town] [part] street number [EVID] [topic …]
    topic    = T1 | 1 | 1-3 | B2 | a name          answer = 2 | ANO | NE | what was asked for

Case, diacritics, commas and blanks do not matter; the name may also follow the address, and topics written ``T1`` or
``B2`` may stand anywhere.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from channels.incoming.address import Located, guess_place, locate
from channels.incoming.book import KIND_WORDS, Book
from channels.incoming.intents import (
    Asked,
    Enrol,
    Intent,
    Leave,
    Letter,
    Plain,
    Reason,
    Refused,
    Unclear,
    Verb,
    Wishes,
)
from channels.incoming.tokens import Kind, Token, tokenise, word_set
from channels.incoming.wishes import Reading, read_codes, read_wishes
from channels.incoming.words import FILLERS, KEYWORDS, Order, find_order, without_parting
from subscribers.folding import fold

LONGEST_NAME = 80
_LETTER = re.compile(r"\s*p(?:[\s:.,;-]+|$)(?P<text>.*)", re.IGNORECASE | re.DOTALL)
_AROUND_CHOICE = FILLERS | word_set("c cislo moznost volim vybiram odpoved je to ta ten no number option")
_YES = word_set("ano jo jasne yes ok")
_TITLES = word_set("ing mgr bc mudr judr phdr rndr mvdr dr doc prof ml st")
_NO = word_set("ne no zadna zadny nic")


def read(text: str, book: Book, pending: Unclear | None = None) -> Intent:
    """What ``text`` wants; ``pending`` is the question that this number was asked last."""
    if letter := _LETTER.fullmatch(text):
        return _letter(letter["text"].strip())
    tokens = _apart(tokenise(text), book)
    order = find_order(tokens)
    if order is None or (pending and not order.exact):
        return _answer(text, tokens, book, pending) if pending else _stray(text, tokens)
    body = [*tokens[: order.begin], *without_parting(tokens[order.end :])]
    if order.is_late(tokens) and not _is_meant(order, body, book):
        return _answer(text, tokens, book, pending) if pending else Refused(Reason.NOT_UNDERSTOOD)
    return _ordered(order, body, book)


def _apart(tokens: Sequence[Token], book: Book) -> list[Token]:
    """With "Studénka-Butovice" as two words; double names stay one."""
    return [piece for token in tokens for piece in _pieces(token, book)]


def _pieces(token: Token, book: Book) -> list[Token]:
    halves = [Token(token.kind, half, fold(half), token.after_stop) for half in token.written.split("-")]
    if token.kind is not Kind.WORD or len(halves) == 1 or book.street_names.exact([token]):
        return [token]
    return halves if all(book.town_names.exact([h]) or book.part_names.exact([h]) for h in halves) else [token]


def _letter(text: str) -> Intent:
    return Letter(text) if text else Refused(Reason.LETTER_EMPTY)


def _stray(text: str, tokens: Sequence[Token]) -> Refused:
    return Refused(Reason.NOT_UNDERSTOOD if text.strip() and tokens else Reason.EMPTY)


def _is_meant(order: Order, body: Sequence[Token], book: Book) -> bool:
    """A keyword in mid-sentence may be a word like any other, unless there is an address with a number."""
    located = locate(body, book) if order.verb in (Verb.REGISTER, Verb.CHANGE) else None
    return located is not None and bool(located.place.number)


def _ordered(order: Order, body: Sequence[Token], book: Book) -> Intent:
    match order.verb:
        case Verb.REGISTER | Verb.CHANGE:
            return _enrol(Enrol(order.verb, language=order.language), body, book)
        case Verb.LEAVE:
            return _leave(order, body, book)
        case _:
            return Plain(order.verb, order.language)


def _enrol(known: Enrol, body: Sequence[Token], book: Book) -> Intent:
    """``known`` with what the body tells."""
    codes = read_codes(body, book)
    rest = codes.rest
    located = locate(rest, book)
    if located is None:
        return _without_place(known, codes, rest, book)
    wishes = read_wishes(rest[located.end :], book)
    name = known.name or _name(rest[: located.begin]) or _name_behind(wishes, book)
    wishes.rest = [token for token in wishes.rest if token.folded not in fold(name).split()]
    order = _filled(known, name, located, [codes, wishes])
    return _refusal([codes, wishes], order) or order


def _without_place(known: Enrol, codes: Reading, rest: Sequence[Token], book: Book) -> Intent:
    if guess := guess_place(rest, book):
        if not guess.options:
            return Refused(Reason.UNKNOWN_STREET, guess.written, known.language)
        located = guess.located
        wishes = read_wishes(rest[located.end :], book)
        name = known.name or _name(_before_guess(rest, guess.written, located))
        order = _filled(known, name, located, [codes, wishes])
        return _refusal([codes, wishes], order) or Unclear(order, Asked.STREET, guess.options)
    wishes = read_wishes(rest, book)
    name = known.name or _name(wishes.rest)
    wishes.rest.clear()
    order = _filled(known, name, None, [codes, wishes])
    if refusal := _refusal([codes, wishes], order):
        return refusal
    told_enough = order.verb is Verb.CHANGE and (order.name or order.wishes)
    return order if told_enough or order.place else Unclear(order, Asked.ADDRESS)


def _before_guess(rest: Sequence[Token], written: str, located: Located) -> Sequence[Token]:
    words = len(tokenise(written))
    end = next((at for at in range(len(rest)) if _written(rest[at : at + words]) == written), located.begin)
    return rest[: min(end, located.begin)]


def _written(tokens: Sequence[Token]) -> str:
    return " ".join(token.written for token in tokens)


def _filled(known: Enrol, name: str, located: Located | None, readings: Sequence[Reading]) -> Enrol:
    wishes = Wishes(
        tuple(dict.fromkeys(topic for reading in readings for topic in reading.topics)) or known.wishes.topics,
        tuple(dict.fromkeys(package for reading in readings for package in reading.packages)) or known.wishes.packages,
        any(reading.everything for reading in readings) or known.wishes.everything,
    )
    return replace(known, name=name, place=located.place if located else known.place, wishes=wishes)


def _refusal(readings: Sequence[Reading], order: Enrol) -> Refused | None:
    wrong = [word for reading in readings for word in reading.unknown]
    wrong += [token.written for token in readings[-1].rest]
    return Refused(Reason.UNKNOWN_TOPIC, wrong[0], order.language) if wrong else None


def _name(tokens: Sequence[Token]) -> str:
    """The first words between commas that are no label; "Novák, Jan" is one name in two pieces."""
    street = next((at for at, token in enumerate(tokens) if at and token.folded in KIND_WORDS), len(tokens))
    tokens = tokens[:street]
    words = [token for token in tokens if token.kind is Kind.WORD and token.folded not in FILLERS]
    pieces: list[list[Token]] = []
    for token in words:
        if not pieces or (token.after_stop and len(pieces[-1]) != 1):
            pieces.append([])
        pieces[-1].append(token)
    return _as_name(pieces[0]) if pieces else ""


def _as_name(words: Sequence[Token]) -> str:
    written = _written(words)[:LONGEST_NAME].strip()
    if written.isupper() or written.islower():
        written = written.title()
    return " ".join(f"{word}." if _is_shortened(word) else word for word in written.split())


def _is_shortened(word: str) -> bool:
    """ "Ing", "J": the grammar has lost its dot."""
    return len(word) == 1 or fold(word) in _TITLES


def _name_behind(wishes: Reading, book: Book) -> str:
    """ "Tyršova 5, Jan Novák": two or three words that are like no topic are taken from the rest as a name."""
    words = [token for token in wishes.rest if token.kind is Kind.WORD]
    if not 2 <= len(words) <= 3 or len(words) != len(wishes.rest) or book.topic_names.nearest(words):
        return ""
    wishes.rest.clear()
    return _as_name(words)


def _leave(order: Order, body: Sequence[Token], book: Book) -> Intent:
    wishes = read_wishes([token for token in body if token.folded not in KEYWORDS], book)
    if wishes.unknown:
        return Refused(Reason.UNKNOWN_TOPIC, wishes.unknown[0], order.language)
    everything = wishes.everything or not wishes.wishes
    name = "" if order.at_once else _name(wishes.rest)
    return Leave(name, Wishes() if everything else wishes.wishes, order.language)


def _answer(text: str, tokens: Sequence[Token], book: Book, pending: Unclear) -> Intent:
    """The answer to a question: a candidate's number or name, yes or no, or the address again."""
    words = {token.folded for token in tokens}
    if words and words <= _NO:
        return Refused(Reason.GIVEN_UP, language=pending.order.language)
    if pending.asked is Asked.ADDRESS:
        return _enrol(pending.order, tokens, book)
    if (number := _choice(tokens, words, pending)) is not None:
        return _chosen(pending, number, book)
    again = _enrol(pending.order, tokens, book) if pending.asked is Asked.STREET else None
    if isinstance(again, Enrol) and again.place.street:
        kept = again.place.number or pending.order.place.number
        return replace(again, place=replace(again.place, number=kept))
    return Refused(Reason.WRONG_CHOICE, text.strip()[:20], pending.order.language)


def _choice(tokens: Sequence[Token], words: set[str], pending: Unclear) -> int | None:
    """The number that was chosen, counted from 1; by its name too."""
    if words and words <= _YES and len(pending.options) == 1:
        return 1
    names = [fold(option) for option in pending.options]
    if (name := " ".join(token.folded for token in tokens)) in names:
        return names.index(name) + 1
    numbers = [token for token in tokens if token.kind is Kind.NUMBER]
    around = {token.folded for token in tokens if token.kind is not Kind.NUMBER}
    if len(numbers) != 1 or not numbers[0].folded.isdecimal() or not around <= _AROUND_CHOICE:
        return None
    return int(numbers[0].folded[:4])


def _chosen(pending: Unclear, number: int, book: Book) -> Intent:
    if not 1 <= number <= len(pending.options):
        return Refused(Reason.WRONG_CHOICE, str(number), pending.order.language)
    option, order = pending.options[number - 1], pending.order
    if pending.asked is Asked.PERSON:
        return replace(order, name=option)
    place = replace(order.place, street=option) if option in book.streets else replace(order.place, part=option)
    return replace(order, place=place)
