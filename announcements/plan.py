"""The plan of an announcement: by which channels it goes to people, in which order."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from announcements.retry import MOST_TRIES
from store.states import Channel, Priority


class Mode(StrEnum):
    # The first of each person's channels that reaches them.
    PREFERRED = "preferred"
    # All of each person's channels.
    ALL = "all"
    # One after another, in the plan's order, till the person has it.
    ESCALATE = "escalate"


class Plan(BaseModel):
    """Stored with the announcement as it was resolved at launch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode = Mode.PREFERRED
    # Those it may use; with *escalate* also their order.
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = tuple(Channel)
    # With *escalate*: calls that were not heard, before the next channel takes over.
    unheard_attempts: Annotated[int, Field(ge=1, le=MOST_TRIES)] = 2
    # Every channel that reaches a person, whatever they chose: as the crisis settings may say.
    overrides: bool = False

    @field_validator("channels")
    @classmethod
    def _each_once(cls, channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
        if len(set(channels)) != len(channels):
            raise ValueError("must name each channel once")
        return channels


class PlanSettings(Plan):
    """The ``[plan]`` section: what holds where neither staff nor the communication manual say otherwise."""

    # Of a crisis: every channel that each person chose; ``overrides = true``: every one that leads to them.
    crisis: Plan = Plan(mode=Mode.ALL)

    def of(self, priority: Priority) -> Plan:
        if priority is Priority.CRISIS:
            return self.crisis
        return Plan.model_validate(self.model_dump(exclude={"crisis"}))
