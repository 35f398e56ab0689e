"""What a simulated landline does when it is called."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Number = Annotated[str, Field(pattern=r"^\+[0-9]{7,15}$")]
Seconds = Annotated[float, Field(ge=0, le=60)]


class Act(StrEnum):
    """Names of the extensions in [behaviours] of dialplans/landlines/extensions.conf."""

    LISTENS = "listens"
    PRESSES = "presses"
    BUSY = "busy"
    BUSY_THEN_FREE = "busy_then_free"
    NO_ANSWER = "no_answer"
    UNALLOCATED = "unallocated"
    MACHINE = "machine"
    LOUDSPEAKER = "loudspeaker"
    HANGS_UP_EARLY = "hangs_up_early"
    CONGESTION = "congestion"
    # Does what a script says (lab.caller); without one it hangs up.
    FOLLOWS = "follows"


class Behaviour(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    does: Act = Act.LISTENS
    # Between the call's arrival and the answer.
    ring_seconds: Seconds = 0.7
    # A human who answers says a short "Haló?".
    says_hello: bool = True
    # Pressed one by one, each when the caller has fallen silent for two seconds; a loudspeaker waits for these.
    keys: Annotated[str, Field(pattern=r"^[0-9A-D*#]{0,20}$")] = ""
    # Calls refused as busy before the line is free.
    busy_times: Annotated[int, Field(ge=1, le=99)] = 1
    # From the end of the hello to the early hang-up.
    stays_seconds: Seconds = 2.0

    @model_validator(mode="after")
    def _keys_are_for_pressing(self) -> Self:
        if bool(self.keys) != (self.does in (Act.PRESSES, Act.LOUDSPEAKER)):
            raise ValueError("keys belong to “presses” and “loudspeaker”, which both need some")
        return self


Behaviours = Mapping[Number, Behaviour]
LISTENS = Behaviour()
