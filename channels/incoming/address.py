"""Where in the tokens an address stands: a house number, and before it (or after) a street, a town part, the town."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from channels.incoming.book import LONGEST, MARGIN, MOST_OPTIONS, Book, Names
from channels.incoming.intents import Place
from channels.incoming.tokens import Kind, Token, word_set
from channels.incoming.words import FILLERS

_REGISTER_NUMBER = word_set("ev evid evidencni e ec ce cev")
_MARKS = _REGISTER_NUMBER | word_set("c p cp cislo popisne orientacni domu dum d number no nr")
_FLATS = word_set("byt bytu patro prizemi poschodi vchod flat floor")
_POSTCODE_DIGITS = 5
_HOUSE_DIGITS = 4
What = Literal["street", "part", "town"]


@dataclass(frozen=True)
class Located:
    """A place, and the tokens [begin, end) that it takes."""

    place: Place
    begin: int
    end: int


@dataclass(frozen=True)
class Guess:
    """Words that may mean one of several streets or parts, which ``located`` lacks. No ``options``: none is near."""

    located: Located
    options: tuple[str, ...]
    written: str


def locate(tokens: Sequence[Token], book: Book) -> Located | None:
    """The address told beyond doubt: with a number first, and names as they are in the book before those like it."""
    for exact in (True, False):
        found = [near for at in _house_numbers(tokens) if (near := _before_number(tokens, at, book, exact=exact))]
        if found:
            best = next((near for near in found if near.place.street), found[0])
            return replace(best, begin=min(best.begin, found[0].begin))
    return _behind_number(tokens, book) or _without_number(tokens, book) or _without_names(tokens, book)


def guess_place(tokens: Sequence[Token], book: Book) -> Guess | None:
    """What the words before a house number may mean, where ``locate`` found nothing."""
    guesses = [guess for at in _house_numbers(tokens) if (guess := _guess_before(tokens, at, book))]
    return next((guess for guess in guesses if guess.options), guesses[-1] if guesses else None)


def _house_numbers(tokens: Sequence[Token]) -> list[int]:
    return [at for at, token in enumerate(tokens) if token.kind is Kind.NUMBER and _is_house(token)]


def _is_house(token: Token) -> bool:
    return len(token.folded.partition("/")[0].rstrip("abcdefghijklmnopqrstuvwxyz")) <= _HOUSE_DIGITS


def _before_number(tokens: Sequence[Token], at: int, book: Book, *, exact: bool) -> Located | None:
    """The street and part that end right before the number, with its "č. p." between them or not."""
    marked = _marks_begin(tokens, at)
    for end in dict.fromkeys((at, marked)):
        place, begin = _names_before(tokens, end, book, exact=exact)
        if place:
            number, after = _number(tokens, at, begin if end == at else marked)
            return _with_rest(tokens, Located(replace(place, number=number), begin, after), book)
    return None


def _marks_begin(tokens: Sequence[Token], at: int) -> int:
    while at and tokens[at - 1].folded in _MARKS:
        at -= 1
    return at


def _names_before(tokens: Sequence[Token], end: int, book: Book, *, exact: bool) -> tuple[Place, int]:
    """Names of places read backwards from ``end``, each kind once."""
    told: dict[What, str] = {}
    while True:
        step = _name_before(tokens, end, _kinds(book, told), exact=exact)
        if step is None:
            return Place(told.get("part", ""), told.get("street", "")), _skip_postcode(tokens, end, told)
        what, name, end = step
        told[what] = name


def _kinds(book: Book, told: dict[What, str]) -> dict[What, Names]:
    kinds: dict[What, Names] = {"street": book.street_names, "part": book.part_names, "town": book.town_names}
    return {what: names for what, names in kinds.items() if what not in told}


def _name_before(
    tokens: Sequence[Token], end: int, kinds: dict[What, Names], *, exact: bool
) -> tuple[What, str, int] | None:
    for begin in range(max(end - LONGEST, 0), end):
        for what, names in kinds.items():
            if name := names.exact(tokens[begin:end]):
                return what, name, begin
    if exact:
        return None
    near = [
        (found.likeness, what, found.name, begin)
        for begin in range(max(end - LONGEST, 0), end)
        for what, names in kinds.items()
        if any(token.kind is Kind.WORD for token in tokens[begin:end]) and (found := names.accepted(tokens[begin:end]))
    ]
    if not near:
        return None
    _, what, name, begin = max(near, key=lambda found: found[0])
    return what, name, begin


def _skip_postcode(tokens: Sequence[Token], end: int, told: dict[What, str]) -> int:
    """ "742 13 Studénka": the begin of the postcode, if one stands before a part or the town."""
    if "part" not in told and "town" not in told:
        return end
    if end and tokens[end - 1].kind is Kind.NUMBER and len(tokens[end - 1].folded) == _POSTCODE_DIGITS:
        return end - 1
    lengths = [len(token.folded) if token.kind is Kind.NUMBER else 0 for token in tokens[max(end - 2, 0) : end]]
    return end - 2 if lengths == [3, 2] else end


def _number(tokens: Sequence[Token], at: int, marks_from: int) -> tuple[str, int]:
    """The number as the register writes it, and the end of its tokens: "12 b", "7 EVID", "ev. 7"."""
    number, end = tokens[at].folded, at + 1
    if end < len(tokens) and _is_letter_of_number(tokens, end):
        number, end = number + tokens[end].folded, end + 1
    marks = {token.folded for token in tokens[marks_from:at]}
    if end < len(tokens) and tokens[end].folded in _REGISTER_NUMBER:
        marks.add(tokens[end].folded)
        end += 1
    return (f"ev. {number}" if marks & _REGISTER_NUMBER and "/" not in number else number), end


def _is_letter_of_number(tokens: Sequence[Token], at: int) -> bool:
    """A single letter behind a number: "12 b". An "a" with something behind it is "and", as in "12 a voda"."""
    letter = tokens[at].folded
    if len(letter) != 1 or not "a" <= letter <= "h" or letter == "e" or tokens[at].after_stop:
        return False
    more = at + 1 < len(tokens) and not tokens[at + 1].after_stop
    if tokens[at - 1].folded[-1].isalpha():
        return False
    return not more or (letter != "a" and tokens[at + 1].kind is not Kind.NUMBER)


def _with_rest(tokens: Sequence[Token], located: Located, book: Book) -> Located:
    """With what is told behind the number: a flat, and the part or the town ("Tyršova 5, 742 13 Studénka")."""
    start = located.end
    while start < len(tokens) and tokens[start].folded in _FLATS:
        start += 1 + (start + 1 < len(tokens) and tokens[start + 1].kind is Kind.NUMBER)
    located = replace(located, end=start)
    lengths = [len(token.folded) if token.kind is Kind.NUMBER else 0 for token in tokens[start : start + 2]]
    start += 2 if lengths == [3, 2] else 1 if lengths[:1] == [_POSTCODE_DIGITS] else 0
    for end in range(min(start + LONGEST, len(tokens)), start, -1):
        if town := book.part_names.exact(tokens[start:end]) or book.town_names.exact(tokens[start:end]):
            part = located.place.part or (town if town in book.parts else "")
            return Located(replace(located.place, part=part), located.begin, end)
    return located


def _without_number(tokens: Sequence[Token], book: Book) -> Located | None:
    """A street or part without a number, as it stands in the book: the longest one, the last of those."""
    for length in range(min(LONGEST, len(tokens)), 0, -1):
        for begin in range(len(tokens) - length, -1, -1):
            words = tokens[begin : begin + length]
            if street := book.street_names.exact(words):
                place, first = _names_before(tokens, begin, book, exact=True)
                return Located(Place(place.part, street), first, begin + length)
    return None


def _behind_number(tokens: Sequence[Token], book: Book) -> Located | None:
    """ "č. p. 5 Nová Horka"."""
    for at in _house_numbers(tokens):
        marked = _marks_begin(tokens, at)
        number, start = _number(tokens, at, marked)
        for end in range(min(start + LONGEST, len(tokens)), start, -1):
            part, street = book.part_names.exact(tokens[start:end]), book.street_names.exact(tokens[start:end])
            if part or street:
                return Located(Place("" if street else part or "", street or "", number), marked, end)
    return None


def _without_names(tokens: Sequence[Token], book: Book) -> Located | None:
    """A village without streets and parts needs no more than a number."""
    numbers = _house_numbers(tokens)
    if book.streets or len(book.parts) != 1 or not numbers:
        return None
    marked = _marks_begin(tokens, numbers[0])
    number, end = _number(tokens, numbers[0], marked)
    return Located(Place(book.parts[0], "", number), marked, end)


def _guess_before(tokens: Sequence[Token], at: int, book: Book) -> Guess | None:
    end = _marks_begin(tokens, at)
    if not end or tokens[end - 1].kind is not Kind.WORD or tokens[end - 1].folded in FILLERS:
        return None
    best: tuple[float, int, tuple[str, ...]] = (0, end - 1, ())
    for begin in range(end - 1, max(end - LONGEST, 0) - 1, -1):
        near = [*book.street_names.nearest(tokens[begin:end]), *book.part_names.nearest(tokens[begin:end])]
        near.sort(key=lambda found: found.likeness, reverse=True)
        if near and near[0].likeness > best[0] + (MARGIN if best[0] else 0):
            best = (near[0].likeness, begin, tuple(dict.fromkeys(found.name for found in near))[:MOST_OPTIONS])
    _, begin, options = best
    number, after = _number(tokens, at, end)
    written = " ".join(token.written for token in tokens[begin:end])
    place, first = _names_before(tokens, begin, book, exact=True)
    return Guess(Located(Place(place.part, "", number), first, after), options, written)
