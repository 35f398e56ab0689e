"""Templates of frequent announcements: their values in square brackets are filled when the announcement is written.

Personal placeholders in braces stay, for they are filled for each person (``announcements.personal``).
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from announcements import when
from announcements.personal import check_personal
from store.errors import InputError, SettingsError
from subscribers.names import NameBook

SHIPPED = Path(__file__).parent / "templates.toml"
PLACEHOLDER = re.compile(r"\[([^\[\]]*)\]")
MOST_LETTERS = 500
# Moments and a day among the values; the other ones are words.
SINCE, UNTIL, BEGINS, DAY = "od", "do", "zacatek", "den"
# Made by us: when it is, and the town's name.
WHEN, TOWN = "kdy", "mesto"
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Text = Annotated[str, Field(min_length=1)]


class Template(BaseModel):
    """One of the file; ``needs`` are the values that have to be given."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    title: Text
    topic: Text
    needs: tuple[Word, ...] = ()
    text: Text
    sms: str | None = None
    subject: str | None = None
    # It came with the program, so a town may lack its topic.
    shipped: Annotated[bool, Field(exclude=True, init=False)] = False

    @property
    def parts(self) -> Mapping[str, str | None]:
        return {"title": self.title, "text": self.text, "sms": self.sms, "subject": self.subject}

    @model_validator(mode="after")
    def _whole(self) -> "Template":
        """Every placeholder has a value, every value a place, and every personal one is known."""
        known = {*self.needs, TOWN} | ({WHEN} if self._tells_when else set())
        used: set[str] = set()
        for part, text in self.parts.items():
            names = set(PLACEHOLDER.findall(text or ""))
            used |= names
            if strange := sorted(names - known):
                raise ValueError(f"{part} has [{strange[0]}], which is not in needs")
            try:
                check_personal(text or "")
            except InputError as error:
                raise ValueError(f"{part}: {error}") from error
        told = {SINCE, UNTIL, BEGINS, DAY} if WHEN in used else set()
        if idle := sorted(set(self.needs) - used - told):
            raise ValueError(f"needs {idle[0]}, which stands nowhere")
        return self

    @property
    def _tells_when(self) -> bool:
        return {SINCE, UNTIL} <= set(self.needs) or bool({BEGINS, DAY} & set(self.needs))


_FILE = TypeAdapter(dict[Word, Template])


@dataclass(frozen=True)
class Filled:
    """A template with its values: what an announcement says. None: no wording of its own."""

    title: str
    topic: str
    text: str
    sms_text: str | None
    email_subject: str | None


@dataclass(frozen=True)
class Given:
    """One value, as it is told at length and in an SMS."""

    long: str
    short: str


def load_templates(own: Path | None = None) -> Mapping[str, Template]:
    """The shipped ones, and over them the town's own, if it has that file. Raises SettingsError that names the key."""
    found = {name: one.model_copy(update={"shipped": True}) for name, one in read_templates(SHIPPED).items()}
    return {**found, **read_templates(own)} if own is not None and own.exists() else found


def read_templates(file: Path) -> dict[str, Template]:
    try:
        return _FILE.validate_python(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file}: {error}", mend="see announcements/templates.toml for the form") from error
    except ValidationError as error:
        told = error.errors()[0]
        where = ".".join(str(step) for step in told["loc"] if step != "[key]")
        raise SettingsError(f"{file}: {where}: {told['msg']}", mend="see announcements/templates.toml") from error


def find_template(templates: Mapping[str, Template], name: str) -> Template:
    """Raises UnknownName with the nearest ones."""
    book = NameBook("template", ((one, one) for one in templates), mend="see: hlasatel manual templates")
    return templates[book.find(name)]


def fill(template: Template, values: Mapping[str, str], *, town: str, now: datetime, zone: tzinfo) -> Filled:
    """Raises InputError for a value that is missing, unknown, or none of its kind."""
    _check_names(template, values)
    given = {name: _given(name, value, now, zone) for name, value in values.items()}
    if not {SINCE, UNTIL, BEGINS, DAY}.isdisjoint(given):
        given[WHEN] = _when(values, now, zone)
    given[TOWN] = Given(town, town)
    long = {name: value.long for name, value in given.items()}
    short = {name: value.short for name, value in given.items()}
    return Filled(
        title=_put(template.title, long),
        topic=template.topic,
        text=_put(template.text, long),
        sms_text=None if template.sms is None else _put(template.sms, short),
        email_subject=None if template.subject is None else _put(template.subject, long),
    )


def _check_names(template: Template, values: Mapping[str, str]) -> None:
    if missing := [name for name in template.needs if name not in values]:
        raise InputError(f"the template needs {', '.join(missing)}", mend=f"add: --set {missing[0]}=…")
    if strange := sorted(values.keys() - set(template.needs)):
        raise InputError(
            f"the template has no place for {', '.join(strange)}", mend=f"it needs {', '.join(template.needs)}"
        )


def _given(name: str, value: str, now: datetime, zone: tzinfo) -> Given:
    text = " ".join(value.split())
    if not text or len(text) > MOST_LETTERS or not text.isprintable() or set(text) & set("[]{}"):
        raise InputError(f"{name}: {value!r} cannot stand in a text", mend="write words without [ ] { }")
    today = now.astimezone(zone).date()
    if name == DAY:
        day = when.read_day(name, text, today)
        return Given(when.on_day(day, today), when.short_day(day))
    if name in (SINCE, UNTIL, BEGINS):
        at = when.read_moment(name, text, now, zone)
        return Given(when.at_moment(at, today), when.short_moment(at))
    return Given(text, text)


def _when(values: Mapping[str, str], now: datetime, zone: tzinfo) -> Given:
    today = now.astimezone(zone).date()
    if SINCE in values and UNTIL in values:
        since, until = (when.read_moment(name, values[name], now, zone) for name in (SINCE, UNTIL))
        if until <= since:
            raise InputError(f"it ends ({values[UNTIL]}) before it begins ({values[SINCE]})", mend="swap od and do")
        _check_ahead(until, values[UNTIL], now)
        return Given(when.span(since, until, today), when.short_span(since, until))
    if BEGINS in values:
        at = when.read_moment(BEGINS, values[BEGINS], now, zone)
        _check_ahead(at, values[BEGINS], now)
        return Given(when.at_moment(at, today), when.short_moment(at))
    day = when.read_day(DAY, values[DAY], today)
    _check_day(day, values[DAY], today)
    return Given(when.on_day(day, today), when.short_day(day))


def _check_ahead(at: datetime, text: str, now: datetime) -> None:
    if at <= now:
        raise InputError(f"{text} has passed", mend="look at the year")


def _check_day(day: date, text: str, today: date) -> None:
    if day < today:
        raise InputError(f"{text} has passed", mend="look at the year")


def _put(text: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: values[found[1]], text)
