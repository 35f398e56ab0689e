"""Commands about the wording of calls: list, render, check, draw."""

from pathlib import Path
from typing import Annotated

import typer

from ivr.page import with_tree
from ivr.roots import ROOTS
from ivr.tree import drawing
from ivr.wording import flaws, used_prompts
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.files import read_text, write_file
from service.cli.output import print_json, results, table
from service.clock import utc_now
from service.hotline import make_desk, render_dialogues
from service.settings import Settings
from store.database import opened
from tts.library import Rendering
from tts.prompts import is_recorded, prompt_languages, prompt_texts
from tts.speech import configured_library

KEY_COLUMN = "key"
LanguageOption = Annotated[str | None, typer.Option(metavar="CODE", help="Only this language, such as cs.")]

prompts = typer.Typer(help="What the telephone says of itself (sounds/prompts).", no_args_is_help=True)
app.add_typer(prompts, name="prompts")


@prompts.command("list")
def list_command(context: typer.Context, language: LanguageOption = None, json: JsonOption = False) -> None:
    """All prompts of the town's language, or of another: key, whether somebody recorded it, text."""
    spoken = language or settings_of(context).town.language
    rows = [
        (key, "recorded" if is_recorded(spoken, key) else "", " ".join(text.split()))
        for key, text in prompt_texts(spoken).items()
    ]
    if json:
        print_json([dict(zip(("key", "recorded", "text"), row, strict=True)) for row in rows])
    else:
        results.print(table(f"Prompts ({spoken})", (KEY_COLUMN, "", "text"), rows, unbroken=(KEY_COLUMN,)))


@prompts.command("render")
def render_command(context: typer.Context) -> None:
    """Speak ahead all that can be known, streets and numbers too, usually and slowly, in the languages of the settings.

    What is there stays.
    """
    made = run_async(_render(settings_of(context)))
    typer.echo(f"{len(made)} renderings, {sum(one.seconds for one in made) / 60:.0f} minutes of speech.")


@prompts.command("check")
def check_command(context: typer.Context, language: LanguageOption = None, json: JsonOption = False) -> None:
    """Look for prompts that are missing, that no call says, and that are too long; exit code 1 if there are some."""
    settings_of(context)
    found = [flaw for one in ([language] if language else prompt_languages()) for flaw in flaws(one)]
    if json:
        print_json(found)
    elif found:
        rows = [(flaw.language, flaw.key, flaw.what) for flaw in found]
        results.print(table("Flaws", ("language", KEY_COLUMN, "flaw"), rows, unbroken=(KEY_COLUMN,)))
    else:
        typer.echo(f"All {len(used_prompts())} prompts are well in {', '.join(prompt_languages())}.")
    if found:
        raise typer.Exit(1)


@prompts.command("draw")
def draw_command(
    into: Annotated[Path | None, typer.Option(metavar="FILE", help="Renew it in this page of the docs.")] = None,
) -> None:
    """The menus as a drawing (Mermaid), read from the program itself."""
    if into is None:
        typer.echo(drawing(*ROOTS), nl=False)
    else:
        write_file(into, with_tree(read_text(into)).encode())


async def _render(settings: Settings) -> list[Rendering]:
    async with opened(settings.store.url) as store:
        return await render_dialogues(make_desk(settings, store, configured_library(settings.speech), utc_now))
