"""Words of options that several commands share."""

from enum import StrEnum


class PriorityWord(StrEnum):
    CRISIS = "crisis"
    URGENT = "urgent"
    NORMAL = "normal"
