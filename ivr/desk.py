"""What all calls to the town's number share: built once in ``service``, handed to every call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from announcements.callbacks import CallbackLimits
from announcements.manual import NO_MANUAL, Manual
from announcements.ways import Ways
from announcements.windows import Calendar
from ivr.settings import HotlineSettings
from store.database import Store
from store.states import Priority
from tts.library import Library
from tts.prompts import Prompts

NO_WAYS = Ways()
USUAL_LIMITS = CallbackLimits()
# Seniors need time to find the key.
KEY_SECONDS = 6
# Between two digits of a number.
DIGIT_SECONDS = 4


@dataclass(frozen=True)
class Sounds:
    """Sound names of what is not speech: silence of KEY_SECONDS and of DIGIT_SECONDS, the tone before a recording."""

    wait: Path
    pause: Path
    tone: Path

    @classmethod
    def of(cls, library: Library) -> "Sounds":
        return cls(library.silence(KEY_SECONDS), library.silence(DIGIT_SECONDS), library.tone())


@dataclass(frozen=True)
class Office:
    """Whom key 0 rings: an extension over a trunk, in these hours. Nobody where there is no extension."""

    extension: str
    trunk: str
    ring_seconds: int
    hours: Calendar

    def is_open(self, now: datetime) -> bool:
        return bool(self.extension) and self.hours.open(Priority.NORMAL, now)


@dataclass(frozen=True)
class Desk:
    store: Store
    library: Library
    # By language; the town's own is always there.
    prompts: Mapping[str, Prompts]
    language: str
    # ISO 3166 code: how numbers that callers type or show are read.
    country: str
    zone: tzinfo
    clock: Callable[[], datetime]
    sounds: Sounds
    office: Office
    # The part of an announcement that has to be heard, 0 to 1.
    heard_share: float
    # What callers say is kept here; Asterisk writes it.
    recordings: Path
    settings: HotlineSettings
    # By which an announcement of the staff can go out, and which numbers can be called back.
    ways: Ways = NO_WAYS
    callbacks: CallbackLimits = USUAL_LIMITS
    # Which topics nobody launches without approval.
    manual: Manual = NO_MANUAL
    # E.164; where people hear an announcement that an SMS tells of. Empty: nowhere.
    town_phone: str = ""

    @property
    def now(self) -> datetime:
        return self.clock()

    @property
    def office_is_open(self) -> bool:
        return self.office.is_open(self.now)
