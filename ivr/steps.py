"""What a dialogue is made of, declared beside its coroutine, and the turns that a caller may give it.

A dialogue reads like the menu that it is: ``choice = await call.choose(MENU)``. The tree of all menus is read from the
code (``ivr.tree``), so steps and dialogues are module-level names, mentioned by name where they are used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

REPEAT, BACK, PERSON = "*", "#", "0"
DIGITS = "123456789"
MOST_CHOICES = 5
# Of a list: four items and a key for the further ones.
ITEMS_A_PAGE = MOST_CHOICES - 1

# Wording of the engine itself, whatever the dialogue.
WRONG_KEY = "engine.wrong_key"
MORE_ITEMS = "engine.more_items"
COMMON = (WRONG_KEY,)

Choice = TypeVar("Choice")


class Turn(Exception):
    """The caller leaves the step where they are; whoever asked may catch it."""


class Back(Turn):
    """Key ``#``."""


class WantsPerson(Turn):
    """Key ``0``."""


class Stuck(Turn):
    """Silence or wrong keys, also when it was said slowly."""


class Over(Turn):
    """The goodbye has been said: only the hang-up is left."""


@dataclass(frozen=True, eq=False)
class Step:
    """``prompt``: key of its wording in ``sounds/prompts``."""

    prompt: str

    @property
    def prompts(self) -> tuple[str, ...]:
        """All wording it may need, besides what every step has in common (``COMMON``)."""
        return (self.prompt,)


@dataclass(frozen=True, eq=False)
class Say(Step):
    """Said once. A digit pressed meanwhile is kept for the next question."""


@dataclass(frozen=True, eq=False)
class Menu(Step, Generic[Choice]):
    """One key out of at most five. ``back``: ``#`` leads back where the dialogue came from."""

    choices: Mapping[str, Choice]
    back: bool = True
    # Keys that are not told, for those who know them.
    untold: Mapping[str, Choice] = field(default_factory=dict)

    @property
    def all_choices(self) -> Mapping[str, Choice]:
        return {**self.untold, **self.choices}

    def __post_init__(self) -> None:
        if not 1 <= len(self.choices) <= MOST_CHOICES or not all(key in DIGITS for key in self.all_choices):
            raise ValueError(f"{self.prompt}: a menu has one to {MOST_CHOICES} choices, on the keys 1 to 9")


@dataclass(frozen=True, eq=False)
class Ask(Step):
    """Several digits, ended by ``#``, a pause, or the last possible one. ``optional``: ``#`` alone skips it."""

    most: int
    least: int = 1
    optional: bool = False


@dataclass(frozen=True, eq=False)
class Pick(Step):
    """One of a list that only the call knows: four items at a time, each with its key; ``#``: none of them."""

    item: str = "engine.item"

    @property
    def prompts(self) -> tuple[str, ...]:
        return (self.prompt, self.item, MORE_ITEMS)


@dataclass(frozen=True, eq=False)
class Record(Step):
    """What the caller says after the tone, until ``#`` or silence."""

    most_seconds: int
