"""The ``[hotline]`` section: how the town's number answers."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from announcements.callbacks import CallbackLimits
from announcements.windows import Week

Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class HotlineSettings(BaseModel):
    """The ``[hotline]`` section."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    # Callers are answered; false: they are refused, as if the number took no calls.
    answers: bool = True
    # Offered by a first key besides the town's language, such as ["en"].
    languages: Annotated[tuple[Language, ...], Field(max_length=4)] = ()
    # The office's number as it is spoken, where nothing else helps; empty: town.phone.
    office_phone: Annotated[str, Field(pattern=r"^(\+[0-9]{7,15})?$")] = ""
    # Whom key 0 rings in office hours: a number or an extension, by this trunk (empty: the first); empty: nobody.
    office_extension: Annotated[str, Field(pattern=r"^(\+?[0-9]{2,15})?$")] = ""
    office_trunk: str = ""
    office_ring_seconds: Annotated[int, Field(ge=5, le=120)] = 25
    # The staff's own number, or the extension that the trunk delivers: there what key 9 is for begins at once.
    staff_number: Annotated[str, Field(pattern=r"^(\+?[0-9]{2,15})?$")] = ""
    office_hours: Week = Week.model_validate({"weekdays": "8:00-16:00", "weekend": "closed", "holidays": "closed"})
    # Calls at once, and calls of one number within an hour; whoever comes on top hears why and a goodbye.
    most_calls: Annotated[int, Field(ge=1, le=500)] = 30
    calls_an_hour: Annotated[int, Field(ge=1, le=1000)] = 20
    # No call lasts longer, a conversation with the office apart.
    most_minutes: Annotated[int, Field(ge=2, le=15)] = 15
    # Who rings and hangs up within so many seconds is called back with the menu; 0: calls are answered at once.
    ring_back_seconds: Annotated[int, Field(ge=0, le=30)] = 0
    callbacks: CallbackLimits = CallbackLimits()
    # Announcements are read to callers for so many days, unless they say themselves how long they hold.
    listening_days: Annotated[int, Field(ge=1, le=90)] = 7
    # The record of a call is kept for so many days, which shows who called in when something was agreed to.
    calls_days: Annotated[int, Field(ge=1, le=3650)] = 365
    # What callers said, for so many days after a clerk has dealt with it; never removed before.
    recordings_days: Annotated[int, Field(ge=1, le=3650)] = 30
    # Where voice messages are kept; Asterisk writes them, so it needs the right to.
    recordings: Path = Path("var/recordings")

    @field_validator("languages")
    @classmethod
    def _once(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(languages)) < len(languages):
            raise ValueError("names a language twice")
        return languages
