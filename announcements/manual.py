"""The communication manual (harmonogram rozesílek): by topic, how an announcement goes out by default."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from announcements.bodies import check_given
from announcements.clock import DAY, stretches
from announcements.personal import check_personal
from announcements.plan import Mode, Plan
from announcements.retry import MOST_TRIES
from announcements.templates import Template
from announcements.ways import SmsWay
from store.errors import HlasatelError, InputError, SettingsError
from store.states import Channel, Priority
from subscribers.quiet import Hours, read_hours
from tts.text import check_text

Text = Annotated[str, Field(min_length=1)]


def _hours(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return read_hours(value)
    except InputError as error:
        raise ValueError("must be hours such as 8:00-18:00") from error


class Entry(BaseModel):
    """What the manual says of one topic; None: the usual."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    mode: Mode | None = None
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] | None = None
    unheard_attempts: Annotated[int, Field(ge=1, le=MOST_TRIES)] | None = None
    overrides: bool | None = None
    priority: Literal["crisis", "urgent", "normal"] | None = None
    # Of the day, in the town's time: what is launched outside waits for the next one.
    hours: Annotated[Hours | None, BeforeValidator(_hours)] = None
    # No try after so many hours from its start.
    lasts_hours: Annotated[float, Field(gt=0, le=24 * 60)] | None = None
    # Whoever may not approve it only drafts it.
    approval: bool = False
    template: Text | None = None
    # What it says where nothing else was given.
    title: Text | None = None
    text: Text | None = None
    sms_text: Text | None = None
    email_subject: Text | None = None
    email_text: Text | None = None

    def plan(self, usual: Plan) -> Plan:
        told = self.model_dump(include={"mode", "channels", "unheard_attempts", "overrides"}, exclude_none=True)
        return Plan.model_validate({**usual.model_dump(), **told})

    def ranked(self, usual: Priority) -> Priority:
        return usual if self.priority is None else Priority[self.priority.upper()]

    def begins(self, now: datetime, zone: tzinfo) -> datetime | None:
        """When it may begin; None: at once."""
        if self.hours is None:
            return None
        today = now.astimezone(zone).date()
        around = [one for day in (today - DAY, today, today + DAY) for one in stretches(self.hours, day, zone)]
        if any(since <= now < until for since, until in around):
            return None
        return min((since for since, _ in around if since > now), default=None)

    def ends(self, begins: datetime) -> datetime | None:
        return None if self.lasts_hours is None else begins + timedelta(hours=self.lasts_hours)


USUAL = Entry()
_FILE = TypeAdapter(dict[str, Entry])


@dataclass(frozen=True)
class Manual:
    """Entries by topic code, in the order of the file."""

    entries: Mapping[str, Entry]
    file: Path | None = None

    def entry(self, topics: Collection[str]) -> Entry:
        """Of several topics, the one that stands first in the manual; approval is needed where any of them needs it."""
        found = next((entry for topic, entry in self.entries.items() if topic in topics), USUAL)
        return found.model_copy(update={"approval": True}) if self.needs_approval(topics) else found

    def needs_approval(self, topics: Collection[str]) -> bool:
        return any(entry.approval for topic, entry in self.entries.items() if topic in topics)


NO_MANUAL = Manual({})


def read_manual(file: Path) -> Manual:
    """Nothing in it where there is no such file. Raises SettingsError that names the key."""
    if not file.exists():
        return NO_MANUAL
    try:
        return Manual(_FILE.validate_python(tomllib.loads(file.read_text(encoding="utf-8"))), file)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file}: {error}", mend="see docs/communication.md for the form") from error
    except ValidationError as error:
        told = error.errors()[0]
        where = ".".join(str(step) for step in told["loc"])
        reason = told["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{file}: {where}: {reason}", mend="see docs/communication.md for the form") from error


def complaints(
    manual: Manual, topics: Collection[str], templates: Mapping[str, Template], sms: SmsWay | None
) -> Iterator[tuple[str, str]]:
    """Key and reason of all that is wrong in the light of the town's topics and templates."""
    for name, template in templates.items():
        if template.topic not in topics and not template.shipped:
            yield f"{name}.topic", _no_topic(template.topic, topics)
        yield from _too_long(f"{name}.sms", template.sms, sms)
    for topic, entry in manual.entries.items():
        if topic not in topics:
            yield topic, _no_topic(topic, topics)
        if entry.template is not None and entry.template not in templates:
            yield f"{topic}.template", f"there is no such template; they are {', '.join(sorted(templates))}"
        yield from _too_long(f"{topic}.sms_text", entry.sms_text, sms)
        yield from _unsayable(topic, entry)


def _no_topic(topic: str, topics: Collection[str]) -> str:
    return f"there is no topic {topic}; the codes are {', '.join(sorted(topics))}"


def _too_long(key: str, text: str | None, sms: SmsWay | None) -> Iterator[tuple[str, str]]:
    parts = sms.parts_of(text) if sms is not None and text else 0
    if sms is not None and parts > sms.most_parts:
        yield key, f"{parts} SMS parts, over texting.most_parts = {sms.most_parts}"


def _unsayable(topic: str, entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.template is not None and entry.text is not None:
        yield f"{topic}.text", "a template is given, too: leave one out"
    try:
        check_given(entry.sms_text, entry.email_subject, entry.email_text)
        if entry.text is not None:
            check_text(entry.text)
            check_personal(entry.text)
    except HlasatelError as error:
        yield topic, str(error)
