"""Commands about the communication manual and the templates."""

import typer

from announcements.manual import Entry
from announcements.plan import Mode, Plan
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.output import print_json, results, table
from service.current import current_store
from service.guide import complaints_of, load_guide
from service.settings import Settings
from store.errors import SettingsError
from store.states import Priority
from subscribers.quiet import write_hours

group = typer.Typer(help="The communication manual: how announcements of each topic go out.", no_args_is_help=True)
app.add_typer(group, name="manual")


@group.command("show")
def show_command(context: typer.Context, json: JsonOption = False) -> None:
    """What holds for each topic of the manual, the settings' plan filled in."""
    settings = settings_of(context)
    guide = load_guide(settings)
    if json:
        print_json({topic: _as_json(entry, settings) for topic, entry in guide.manual.entries.items()})
        return
    columns = ("topic", "priority", "plan", "hours", "lasts", "approval", "says")
    rows = [_row(topic, entry, settings) for topic, entry in guide.manual.entries.items()]
    results.print(table(f"Communication manual: {guide.manual.file or 'none'}", columns, rows))


def _row(topic: str, entry: Entry, settings: Settings) -> tuple[object, ...]:
    ranked = entry.ranked(Priority.NORMAL)
    return (
        topic,
        ranked.name.lower(),
        _plan_in_words(entry.plan(settings.plan.of(ranked))),
        write_hours(entry.hours) if entry.hours else "any",
        f"{entry.lasts_hours:g} h" if entry.lasts_hours else "",
        "needed" if entry.approval else "",
        f"template {entry.template}" if entry.template else (entry.title or entry.text or "")[:40],
    )


def _plan_in_words(plan: Plan) -> str:
    arrow = " → " if plan.mode is Mode.ESCALATE else ", "
    after = f" after {plan.unheard_attempts} calls" if plan.mode is Mode.ESCALATE else ""
    return f"{plan.mode}{after}: {arrow.join(plan.channels)}" + (", whatever people chose" if plan.overrides else "")


def _as_json(entry: Entry, settings: Settings) -> dict[str, object]:
    ranked = entry.ranked(Priority.NORMAL)
    told = entry.model_dump(
        mode="json", exclude_none=True, exclude={"mode", "channels", "unheard_attempts", "overrides"}
    )
    plan = entry.plan(settings.plan.of(ranked)).model_dump(mode="json")
    return {**told, "priority": ranked.name.lower(), "plan": plan} | (
        {"hours": write_hours(entry.hours)} if entry.hours else {}
    )


@group.command("check")
def check_command(context: typer.Context) -> None:
    """Look at the manual and the templates with this town's topics; each thing wrong is told with its key."""
    settings = settings_of(context)
    guide = load_guide(settings)
    wrong = run_async(_complaints(settings))
    if wrong:
        told = "\n".join(f"  {key}: {reason}" for key, reason in wrong)
        raise SettingsError(f"{len(wrong)} thing(s) wrong\n{told}", mend="mend them there")
    there = f"{len(guide.manual.entries)} topic(s)" if guide.manual.file else f"none ({settings.communication.manual})"
    typer.echo(f"Manual: {there}; templates: {len(guide.templates)}. All is well.")


async def _complaints(settings: Settings) -> list[tuple[str, str]]:
    async with current_store(settings.store) as store, store.reading() as session:
        return await complaints_of(session, settings)


@group.command("templates")
def templates_command(context: typer.Context, json: JsonOption = False) -> None:
    """Ready texts for `announce --template NAME --set NAME=VALUE`."""
    templates = load_guide(settings_of(context)).templates
    if json:
        print_json({name: template.model_dump() for name, template in templates.items()})
        return
    rows = [(name, one.topic, ", ".join(one.needs), " ".join(one.text.split())) for name, one in templates.items()]
    results.print(table("Templates", ("template", "topic", "--set", "text"), rows))
