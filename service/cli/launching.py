"""What becomes of a prepared announcement: told only, kept for approval, or launched; and how that is shown."""

from typing import NamedTuple

import typer

from announcements.drafts import launch_as, save_draft
from announcements.forecast import Capacity, Forecast, forecast
from announcements.launch import Prepared
from announcements.money import NOTHING
from announcements.staff import launches_approved
from service.cli.acting import acting
from service.cli.following import show_report, wait_for_end
from service.cli.moments import shown
from service.cli.output import print_json, results, table
from service.cli.planning import in_words, show_channels
from service.clock import utc_now
from service.settings import Settings
from store.database import Store
from store.errors import InputError


class Then(NamedTuple):
    """What was asked for."""

    # Name of one of the staff; None: the operator.
    by: str | None
    dry_run: bool
    keep: bool
    wait: bool
    json: bool


async def go_on(store: Store, prepared: Prepared, settings: Settings, then: Then, *, approval: bool) -> None:
    """``approval``: the communication manual wants it for these topics, so who may not approve it drafts it.

    Raises InputError where it is to be waited for and waits for approval itself.
    """
    if then.dry_run:
        show_forecast(_forecast(prepared, settings), settings, json=then.json)
        return
    async with store.reading() as session:
        draft = prepared.draft
        who = await acting(session, then.by)
        waits = approval and not await launches_approved(session, who, draft.rule.topics, draft.priority)
    if waits and then.wait:
        raise InputError(
            "the communication manual wants approval for this, so it has no end yet", mend="leave out --wait"
        )
    if then.keep or waits:
        await _keep(store, prepared, then)
    else:
        await _launch(store, prepared, settings, then)


async def _keep(store: Store, prepared: Prepared, then: Then) -> None:
    async with store.writing() as session:
        draft_id = await save_draft(session, prepared, await acting(session, then.by), utc_now())
    reach = prepared.reach
    if then.json:
        print_json({"draft": draft_id, "people": reach.people, "lines": reach.lines})
    else:
        typer.echo(f"Draft {draft_id}: {in_words(reach)}. It waits for: hlasatel drafts approve {draft_id}")


async def _launch(store: Store, prepared: Prepared, settings: Settings, then: Then) -> None:
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
        sms=prepared.sms,
        price_per_part=prepared.ways.sms.price_per_part if prepared.ways.sms else NOTHING,
    )


def show_forecast(made: Forecast, settings: Settings, *, json: bool) -> None:
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
