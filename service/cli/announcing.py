"""The announce command: from what staff typed to a launched announcement."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.audience import AudienceRule, build_rule
from announcements.control import find_announcement
from announcements.correction import correction_rule
from announcements.drafts import launch_as, save_draft
from announcements.forecast import Capacity, Forecast, forecast
from announcements.launch import Draft, Prepared, prepare
from announcements.money import NOTHING
from announcements.plan import Plan
from service.cli.acting import ByOption, acting
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.files import read_text
from service.cli.following import possible_id, show_report, wait_for_end
from service.cli.moments import moment, shown
from service.cli.output import print_json, results, table
from service.cli.planning import (
    ChannelsOption,
    EmailOption,
    Planned,
    PlanOption,
    SmsOption,
    SubjectOption,
    UnheardOption,
    in_words,
    parts_of,
    show_channels,
)
from service.cli.words import PriorityWord
from service.current import current_store
from service.service import require_complete, utc_now
from service.settings import Settings
from store.database import Store
from store.errors import InputError
from store.states import Pace, Priority
from tts.speech import configured_library


class Usual(NamedTuple):
    """What holds where nothing else was said."""

    language: str
    priority: Priority
    plan: Plan


Words = list[str] | None
Rule = Callable[[AsyncSession], Awaitable[AudienceRule]]


@app.command()
def announce(
    context: typer.Context,
    text: Annotated[str | None, typer.Option(metavar="TEXT", help="What to say.")] = None,
    text_file: Annotated[Path | None, typer.Option(metavar="FILE", help="File with what to say, UTF-8.")] = None,
    audio: Annotated[Path | None, typer.Option(metavar="FILE", help="Recording to play: WAV, MP3, OGG or M4A.")] = None,
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
    about = {"topics": topic or (), "packages": package or ()}
    narrower = {
        "town_parts": part,
        "streets": street,
        "age_from": age_from,
        "age_to": age_to,
        "language": language,
        "groups": group,
    }
    rule = _rule(corrects, about, {name: value for name, value in narrower.items() if value is not None})
    draft = partial(
        Draft,
        text=_text(text, text_file),
        audio=audio,
        title=title,
        sms_text=sms_text,
        email_subject=email_subject,
        email_text=email_text,
        pace=Pace.SLOW if slow else Pace.NORMAL,
        not_before=moment(not_before, "--not-before", settings.town.zone),
        not_after=moment(not_after, "--not-after", settings.town.zone),
    )
    ranked = None if priority is None else Priority[priority.name]
    if keep and wait:
        raise InputError("a draft has no end to wait for", mend="leave out --wait")
    then = _Then(by=by, dry_run=dry_run, keep=keep, wait=wait, json=json)
    run_async(_announce(settings, rule, draft, ranked, Planned(plan, channels, unheard), then))


class _Then(NamedTuple):
    """What becomes of a prepared announcement."""

    # Name of one of the staff; None: the operator.
    by: str | None
    dry_run: bool
    keep: bool
    wait: bool
    json: bool


async def _announce(
    settings: Settings,
    rule: Rule,
    draft: Callable[..., Draft],
    priority: Priority | None,
    planned: Planned,
    then: _Then,
) -> None:
    async with current_store(settings.store) as store:
        async with store.reading() as session:
            concerned = await rule(session)
            usual = await _usual(session, concerned, priority, settings)
        written = draft(
            rule=concerned,
            language=concerned.language or usual.language,
            priority=usual.priority,
            plan=planned.over(usual.plan),
        )
        prepared = await prepare(
            store,
            configured_library(settings.speech),
            written,
            settings.ways,
            utc_now(),
            speak_all=not (then.dry_run or then.keep),
            told=_tell_rendered,
        )
        if then.dry_run:
            _show_forecast(_forecast(prepared, settings), settings, json=then.json)
        elif then.keep:
            await _keep(store, prepared, then)
        else:
            await _launch(store, prepared, settings, then)


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


async def _usual(session: AsyncSession, rule: AudienceRule, priority: Priority | None, settings: Settings) -> Usual:
    """A correction is spoken in the language of the original, is as urgent, and has its plan."""
    if not rule.corrects:
        ranked = Priority.NORMAL if priority is None else priority
        return Usual(settings.town.language, ranked, settings.plan.of(ranked))
    original = await find_announcement(session, rule.corrects[0])
    ranked = original.priority if priority is None else priority
    return Usual(original.language, ranked, Plan.model_validate(original.plan))


def _text(text: str | None, file: Path | None) -> str | None:
    if text is not None and file is not None:
        raise InputError("both --text and --text-file were given", mend="give one of them")
    return text if file is None else read_text(file)


async def _keep(store: Store, prepared: Prepared, then: _Then) -> None:
    async with store.writing() as session:
        draft_id = await save_draft(session, prepared, await acting(session, then.by), utc_now())
    reach = prepared.reach
    if then.json:
        print_json({"draft": draft_id, "people": reach.people, "lines": reach.lines})
    else:
        typer.echo(f"Draft {draft_id}: {in_words(reach)}. It waits for: hlasatel drafts approve {draft_id}")


async def _launch(store: Store, prepared: Prepared, settings: Settings, then: _Then) -> None:
    async with store.reading() as session:
        who = await acting(session, then.by)
    announcement_id = await launch_as(store, prepared, who, utc_now())
    reach = prepared.reach
    if then.wait:
        show_report(await wait_for_end(store, announcement_id), settings, json=then.json)
    elif then.json:
        print_json({"id": announcement_id, "people": reach.people, "lines": reach.lines})
    else:
        typer.echo(
            f"Announcement {announcement_id}: {in_words(reach)}. Follow it with: hlasatel report {announcement_id}"
        )


def _forecast(prepared: Prepared, settings: Settings) -> Forecast:
    trunks = [
        Capacity(trunk.name, trunk.calls_per_second, trunk.lines, trunk.weight, trunk.tariff)
        for trunk in settings.trunks
    ]
    starts_at = max(prepared.draft.not_before or utc_now(), utc_now())
    return forecast(
        prepared.reach,
        prepared.rendering.seconds,
        trunks,
        starts_at,
        priority=prepared.draft.priority,
        calendar=settings.calendar,
        renderings=prepared.renderings,
        sms_parts=parts_of(prepared.bodies.sms_text, prepared.ways.sms),
        price_per_part=prepared.ways.sms.price_per_part if prepared.ways.sms else NOTHING,
    )


def _show_forecast(made: Forecast, settings: Settings, *, json: bool) -> None:
    if json:
        print_json(made)
        return
    rows = [
        ("people", made.people),
        ("lines to ring", made.lines),
        ("concerned, but no channel leads there", made.without_line),
        ("distinct renderings", made.renderings),
        ("seconds of speech a call", made.message_seconds),
        ("minutes of speech in all", made.minutes),
        ("starts", shown(made.starts_at, settings.town.zone)),
        ("done, if everybody answers, about", shown(made.ends_at, settings.town.zone)),
        (f"price, if everybody answers, {settings.town.currency}", made.price),
    ]
    results.print(table("Dry run: nobody was called", ("what", "how much"), rows))
    show_channels(made, settings.town.currency)
    by_trunk = [(one.trunk, one.calls, one.minutes, one.price) for one in made.trunks]
    results.print(table("Trunks", ("trunk", "calls", "minutes", f"price, {settings.town.currency}"), by_trunk))
