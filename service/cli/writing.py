"""From what staff typed to a draft: over a template, over the communication manual, over the settings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from announcements.audience import AudienceRule
from announcements.launch import Draft
from announcements.manual import Entry
from announcements.plan import Plan
from announcements.templates import Filled, Template, fill, find_template
from service.cli.planning import Planned
from service.guide import Guide
from store.errors import InputError
from store.states import Pace, Priority


class Usual(NamedTuple):
    """What holds where nothing else was said."""

    language: str
    priority: Priority
    plan: Plan


NOTHING_PLANNED = Planned()


@dataclass(frozen=True)
class Typed:
    """What was typed; None: not said."""

    text: str | None = None
    audio: Path | None = None
    title: str = ""
    sms_text: str | None = None
    email_subject: str | None = None
    email_text: str | None = None
    template: Template | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    pace: Pace = Pace.NORMAL
    priority: Priority | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    planned: Planned = NOTHING_PLANNED

    def draft(self, rule: AudienceRule, usual: Usual, entry: Entry, guide: Guide, now: datetime) -> Draft:
        """``usual`` has the manual's plan and priority in it. Raises InputError as ``fill``."""
        filled = self._filled(entry, guide, now)
        said = self.text if self.audio is not None else _first(self.text, filled.text if filled else entry.text)
        begins = self.not_before or self._begins(usual, entry, guide, now)
        return Draft(
            rule=rule,
            text=said,
            audio=self.audio,
            title=self.title or (filled.title if filled else entry.title or ""),
            language=rule.language or usual.language,
            priority=usual.priority,
            pace=self.pace,
            not_before=begins,
            not_after=self.not_after or entry.ends(begins or now),
            plan=self.planned.over(usual.plan),
            sms_text=_first(self.sms_text, filled.sms_text if filled else entry.sms_text),
            email_subject=_first(self.email_subject, filled.email_subject if filled else entry.email_subject),
            email_text=_first(self.email_text, entry.email_text),
        )

    def _filled(self, entry: Entry, guide: Guide, now: datetime) -> Filled | None:
        """The manual's template, too, where nothing else is to be said."""
        own_words = self.text is not None or self.audio is not None
        template = self.template
        if template is None and entry.template is not None and not own_words:
            template = find_template(guide.templates, entry.template)
        if template is None:
            if self.values:
                raise InputError("--set without a template", mend="add --template; see: hlasatel manual templates")
            return None
        if own_words:
            raise InputError("both a template and a text or recording were given", mend="give one of them")
        return fill(template, self.values, town=guide.town, now=now, zone=guide.zone)

    def _begins(self, usual: Usual, entry: Entry, guide: Guide, now: datetime) -> datetime | None:
        """A crisis waits for no hour of the manual."""
        return None if usual.priority is Priority.CRISIS else entry.begins(now, guide.zone)


def _first(*texts: str | None) -> str | None:
    """The first that was given, be it empty: that is refused then."""
    return next((text for text in texts if text is not None), None)


def values_of(pairs: Iterable[str]) -> dict[str, str]:
    """Of ``NAME=VALUE``. Raises InputError for what is none, and for a name given twice."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        name = name.strip()
        if not equals or not name:
            raise InputError(f"--set {pair}: no NAME=VALUE", mend="write it such as --set ulice=Tyršova")
        if name in found:
            raise InputError(f"--set {name} was given twice", mend="give it once")
        found[name] = value
    return found
