"""The announce command: from what staff typed to a launched announcement."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.audience import AudienceRule, build_rule
from announcements.control import find_announcement
from announcements.correction import correction_rule
from announcements.launch import prepare
from announcements.manual import USUAL
from announcements.plan import Plan
from announcements.templates import find_template
from service.cli.acting import ByOption
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.files import read_text
from service.cli.following import possible_id
from service.cli.launching import Then, go_on
from service.cli.moments import moment
from service.cli.planning import (
    ChannelsOption,
    EmailOption,
    Planned,
    PlanOption,
    SmsOption,
    SubjectOption,
    UnheardOption,
)
from service.cli.words import PriorityWord
from service.cli.writing import Typed, Usual, values_of
from service.clock import utc_now
from service.current import current_store
from service.guide import Guide, load_guide
from service.settings import Settings, require_complete
from store.errors import InputError
from store.states import Pace, Priority
from tts.speech import configured_library

Words = list[str] | None
Rule = Callable[[AsyncSession], Awaitable[AudienceRule]]


@app.command()
def announce(
    context: typer.Context,
    text: Annotated[str | None, typer.Option(metavar="TEXT", help="What to say.")] = None,
    text_file: Annotated[Path | None, typer.Option(metavar="FILE", help="File with what to say, UTF-8.")] = None,
    audio: Annotated[Path | None, typer.Option(metavar="FILE", help="Recording to play: WAV, MP3, OGG or M4A.")] = None,
    template: Annotated[str | None, typer.Option(metavar="NAME", help="A ready text; see `manual templates`.")] = None,
    fill: Annotated[Words, typer.Option("--set", metavar="NAME=VALUE", help="A value of the template.")] = None,
    topic: Annotated[Words, typer.Option(metavar="TOPIC", help="Code or name; may be repeated.")] = None,
    package: Annotated[Words, typer.Option(metavar="PACKAGE", help="Topics by package: number or name.")] = None,
    title: Annotated[str, typer.Option(metavar="TITLE", help="Short name for lists; else the first words.")] = "",
    part: Annotated[Words, typer.Option(metavar="PART", help="Town part; may be repeated.")] = None,
    street: Annotated[Words, typer.Option(metavar="STREET", help="Such as Tyršova or Tyršova:1-20.")] = None,
    age_from: Annotated[int | None, typer.Option(metavar="YEARS", min=0, max=130, help="This age or older.")] = None,
    age_to: Annotated[int | None, typer.Option(metavar="YEARS", min=0, max=130, help="This age or younger.")] = None,
    language: Annotated[str | None, typer.Option(metavar="CODE", help="Only its speakers, in its voice.")] = None,
    group: Annotated[Words, typer.Option(metavar="GROUP", help="Only its members; may be repeated.")] = None,
    corrects: Annotated[
        int | None,
        typer.Option(metavar="ID", help="A correction or all-clear, for those who heard that one or wait for it."),
    ] = None,
    priority: Annotated[
        PriorityWord | None, typer.Option(help="Which one is called first; else normal, or as the one corrected.")
    ] = None,
    not_before: Annotated[str | None, typer.Option(metavar="ISO", help="First call: 2026-11-24T08:00.")] = None,
    not_after: Annotated[str | None, typer.Option(metavar="ISO", help="No call after: 2026-11-24T18:00.")] = None,
    plan: PlanOption = None,
    channels: ChannelsOption = None,
    unheard: UnheardOption = None,
    sms_text: SmsOption = None,
    email_subject: SubjectOption = None,
    email_text: EmailOption = None,
    slow: Annotated[bool, typer.Option("--slow", metavar="", help="Speak slowly (speech.slow_rate).")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", metavar="", help="Tell whom it reaches; call nobody.")] = False,
    keep: Annotated[
        bool, typer.Option("--draft", metavar="", help="Call nobody yet: it waits for approval (`hlasatel drafts`).")
    ] = False,
    by: ByOption = None,
    wait: Annotated[bool, typer.Option("--wait", metavar="", help="Wait for the end; print the report.")] = False,
    json: JsonOption = False,
) -> None:
    """Announce to everyone it concerns. A running service (`hlasatel run`) starts within a second."""
    settings = settings_of(context)
    require_complete(settings)
    guide = load_guide(settings)
    chosen = None if template is None else find_template(guide.templates, template)
    own = (chosen.topic,) if chosen and corrects is None and not package else ()
    about = {"topics": topic or own, "packages": package or ()}
    narrower = {
        "town_parts": part,
        "streets": street,
        "age_from": age_from,
        "age_to": age_to,
        "language": language,
        "groups": group,
    }
    rule = _rule(corrects, about, {name: value for name, value in narrower.items() if value is not None})
    typed = Typed(
        text=_text(text, text_file),
        audio=audio,
        title=title,
        sms_text=sms_text,
        email_subject=email_subject,
        email_text=email_text,
        template=chosen,
        values=values_of(fill or ()),
        pace=Pace.SLOW if slow else Pace.NORMAL,
        priority=None if priority is None else Priority[priority.name],
        not_before=moment(not_before, "--not-before", settings.town.zone),
        not_after=moment(not_after, "--not-after", settings.town.zone),
        planned=Planned(plan, channels, unheard),
    )
    if keep and wait:
        raise InputError("a draft has no end to wait for", mend="leave out --wait")
    then = Then(by=by, dry_run=dry_run, keep=keep, wait=wait, json=json)
    run_async(_announce(settings, rule, typed, guide, then))


async def _announce(settings: Settings, rule: Rule, typed: Typed, guide: Guide, then: Then) -> None:
    async with current_store(settings.store) as store:
        async with store.reading() as session:
            concerned = await rule(session)
            usual = await _usual(session, concerned, typed, guide, settings)
        entry = guide.manual.entry(concerned.topics)
        written = typed.draft(concerned, usual, entry if not concerned.corrects else USUAL, guide, utc_now())
        prepared = await prepare(
            store,
            configured_library(settings.speech),
            written,
            settings.ways,
            utc_now(),
            speak_all=not (then.dry_run or then.keep),
            told=_tell_rendered,
        )
        await go_on(store, prepared, settings, then, approval=entry.approval)


def _tell_rendered(made: int, of: int) -> None:
    typer.echo(f"{made} of {of} renderings", err=True)


def _rule(corrects: int | None, about: Mapping[str, Any], narrower: Mapping[str, Any]) -> Rule:
    """Raises InputError for a correction to some only: whom it is for is settled by the original."""
    if corrects is None:
        return partial(build_rule, **about, **narrower)
    if narrower:
        raise InputError(
            "a correction is for all who heard the original and for those who wait for it",
            mend="leave out --part, --street, --age-from, --age-to, --language and --group",
        )
    return partial(correction_rule, corrects=possible_id(corrects), **about)


async def _usual(session: AsyncSession, rule: AudienceRule, typed: Typed, guide: Guide, settings: Settings) -> Usual:
    """A correction is spoken in the language of the original, is as urgent, and has its plan."""
    if not rule.corrects:
        entry = guide.manual.entry(rule.topics)
        ranked = entry.ranked(Priority.NORMAL) if typed.priority is None else typed.priority
        return Usual(settings.town.language, ranked, entry.plan(settings.plan.of(ranked)))
    original = await find_announcement(session, rule.corrects[0])
    ranked = original.priority if typed.priority is None else typed.priority
    return Usual(original.language, ranked, Plan.model_validate(original.plan))


def _text(text: str | None, file: Path | None) -> str | None:
    if text is not None and file is not None:
        raise InputError("both --text and --text-file were given", mend="give one of them")
    return text if file is None else read_text(file)
