"""What a message means, once read: what somebody wants, or what has to be asked or told instead."""

from dataclasses import dataclass, field
from enum import StrEnum


class Verb(StrEnum):
    """What the first word of a message asks for."""

    REGISTER = "register"
    CHANGE = "change"
    LEAVE = "leave"
    STATUS = "status"
    HELP = "help"
    LETTER = "letter"


@dataclass(frozen=True)
class Wishes:
    """Topics by code and packages by number; ``everything`` is all that the town offers."""

    topics: tuple[str, ...] = ()
    packages: tuple[int, ...] = ()
    everything: bool = False

    def __bool__(self) -> bool:
        return bool(self.topics or self.packages or self.everything)


@dataclass(frozen=True)
class Place:
    """By the names of the address register; the number as it is written there: ``123``, ``123/4a``, ``ev. 7``."""

    part: str = ""
    street: str = ""
    number: str = ""

    def __bool__(self) -> bool:
        return bool(self.part or self.street)


@dataclass(frozen=True)
class Enrol:
    """Register or change. What is empty was not told."""

    verb: Verb
    name: str = ""
    place: Place = field(default_factory=Place)
    wishes: Wishes = field(default_factory=Wishes)
    language: str = "cs"


@dataclass(frozen=True)
class Leave:
    """No more of these; no wishes mean no more at all. ``name`` is the person, where several share the number."""

    name: str = ""
    wishes: Wishes = field(default_factory=Wishes)
    language: str = "cs"


@dataclass(frozen=True)
class Plain:
    """STATUS or HELP."""

    verb: Verb
    language: str = "cs"


@dataclass(frozen=True)
class Letter:
    """To the office, as it was written."""

    text: str
    language: str = "cs"


class Asked(StrEnum):
    """What is asked back. Of STREET and PERSON there are candidates to choose from."""

    STREET = "street"
    ADDRESS = "address"
    PERSON = "person"


@dataclass(frozen=True)
class Unclear:
    """The order is kept until the question is answered."""

    order: Enrol
    asked: Asked
    options: tuple[str, ...] = ()


class Reason(StrEnum):
    """Why nothing can be done; each has its answer."""

    NOT_UNDERSTOOD = "not_understood"
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    INCOMPLETE = "incomplete"
    LETTER_EMPTY = "letter_empty"
    UNKNOWN_STREET = "unknown_street"
    UNKNOWN_TOPIC = "unknown_topic"
    WRONG_CHOICE = "wrong_choice"
    GIVEN_UP = "given_up"


@dataclass(frozen=True)
class Refused:
    """``what`` is the word that is wrong, as it was written."""

    reason: Reason
    what: str = ""
    language: str = "cs"


Intent = Enrol | Leave | Plain | Letter | Unclear | Refused
