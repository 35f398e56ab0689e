"""Who says something in a language, and the wordings and numbers that others are filled with."""

import re
from functools import partial
from typing import Protocol

from ivr.desk import Desk
from ivr.numbers import JOINT
from ivr.numbers import number as parted
from tts.template import Value


class Speaker(Protocol):
    """Whoever says something in a language: a call, or who prepares for calls."""

    @property
    def desk(self) -> Desk: ...

    @property
    def language(self) -> str: ...


def word(speaker: Speaker, key: str, **values: str) -> str:
    """A wording of the table ``[words]``, filled."""
    return speaker.desk.prompts[speaker.language].text(f"words.{key}").format(**values)


def apart(text: str) -> Value:
    """Each thing of a list, and each part of a number, a piece of its own, which is spoken again in others."""
    return tuple(re.split(rf"(?<=,) {JOINT}?| ?{JOINT}", text.removeprefix(JOINT)))


def number(speaker: Speaker, written: str) -> Value:
    """A house number, a year, a count."""
    return apart(number_text(speaker, written))


def number_text(speaker: Speaker, written: str) -> str:
    """As ``number``, to be put into a longer text that is set apart."""
    return parted(written, speaker.language, partial(word, speaker))
