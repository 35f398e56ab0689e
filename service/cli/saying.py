"""The command say: how a text is read and how it sounds, in one voice or in all of them side by side."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel
from rich.table import Table

from announcements.personal import Addressee, Wording, check_personal, worded
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.files import write_file
from service.cli.listening import give
from service.cli.output import print_json, results, table
from service.cli.writing import values_of
from store.errors import InputError, SpeechError
from store.states import Pace
from tts.engines.engine import Engine
from tts.export import check_suffix, exported
from tts.formats import decode
from tts.library import Library, Rendering
from tts.measure import loudness
from tts.normaliser import Normalised
from tts.speech import configured_engines, configured_library
from tts.template import placeholders

FileOption = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="File to write, of the kind its name ends with.")
]
LanguageOption = Annotated[str | None, typer.Option(metavar="CODE", help="Else the town's language.")]
WordsOption = Annotated[bool, typer.Option("--show-words", help="Tell how each piece is read; play nothing.")]
SlowOption = Annotated[bool, typer.Option("--slow", help="As those hear it who want it slowly.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Who listens: jmeno, ulice, cislo or cast; may be repeated."),
]
CompareOption = Annotated[bool, typer.Option("--compare", help="All engines of the settings side by side.")]

# {osloveni} follows from the name.
KNOWN_OF_PEOPLE = frozenset({"jmeno", "ulice", "cislo", "cast"})


class Heard(BaseModel):
    """One engine's reading. ``took``: seconds till it was there, which are few where it was made before."""

    engine: str
    seconds: float | None = None
    took: float | None = None
    loudness: float | None = None
    file: Path | None = None
    # Why there is none.
    trouble: str = ""


@app.command()
def say(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to say.")],
    output: FileOption = None,
    language: LanguageOption = None,
    show_words: WordsOption = False,
    compare: CompareOption = False,
    slow: SlowOption = False,
    known: SetOption = None,
    json: JsonOption = False,
) -> None:
    """Speak a text as a telephone would: on this machine's loudspeaker, or into a file.

    Personal parts such as {osloveni} are worded for whom --set tells of, else as for somebody of whom nothing is known.
    """
    settings = settings_of(context)
    if output is not None:
        check_suffix(output)
    spoken_in = language or settings.town.language
    pace = Pace.SLOW if slow else Pace.NORMAL
    wording = worded_for(values_of(known or ()), text, spoken_in)
    library = configured_library(settings.speech).at(pace)
    if compare:
        engines = configured_engines(settings.speech, pace)
        _show_comparison(run_async(_compare(library, engines, wording, spoken_in, output)), json=json)
        return
    reading = library.reading(wording.filled().text, spoken_in)
    if show_words and not json:
        results.print(words_table(reading))
    made = run_async(_say(library, wording, spoken_in, output, silent=show_words))
    if json:
        print_json(_as_json(made, output, reading, show_words=show_words))
    elif made and output:
        typer.echo(f"{output}: {made.seconds:.1f} s")


def worded_for(known: Mapping[str, str], text: str, language: str) -> Wording:
    """What somebody hears of whom this is ``known``.

    Raises InputError for something we know of nobody, and for a placeholder that there is not.
    """
    check_personal(text)
    if strange := sorted(known.keys() - KNOWN_OF_PEOPLE):
        offered = ", ".join(sorted(KNOWN_OF_PEOPLE))
        raise InputError(f"--set {strange[0]} is nothing we know of people", mend=f"give some of: {offered}")
    if not placeholders(text):
        return Wording(text)
    name, street, number, part = (known.get(key, "") for key in ("jmeno", "ulice", "cislo", "cast"))
    return worded(text, [Addressee(name, street, number, part)] if known else [], language)


async def spoken(library: Library, wording: Wording, language: str) -> Rendering:
    if not wording.values:
        return await library.render(wording.template, language)
    return await library.render_filled(wording.template, dict(wording.values), language)


async def _say(
    library: Library, wording: Wording, language: str, output: Path | None, *, silent: bool
) -> Rendering | None:
    """None where there was nothing to make: the words alone were asked for."""
    if silent and output is None:
        return None
    made = await spoken(library, wording, language)
    await give(made, output)
    return made


def words_table(reading: Normalised) -> Table:
    """What was written and what is said for it; doubts are left as they are written."""
    rows = [(change.place, change.written, change.spoken, change.rule) for change in reading.changes]
    rows += [(doubt.place, doubt.written, "?", doubt.reason) for doubt in reading.unsure]
    cells = [row[1:] for row in sorted(rows)]
    return table(reading.words, ("written", "spoken", "rule, or the doubt"), cells)


def _as_json(
    made: Rendering | None, output: Path | None, reading: Normalised, *, show_words: bool
) -> dict[str, object]:
    told: dict[str, object] = {"words": made.words if made else reading.words}
    if made:
        told |= {"seconds": round(made.seconds, 1), "voice": made.voice}
    if output:
        told["file"] = str(output)
    return told | ({"changes": reading.changes, "unsure": reading.unsure} if show_words else {})


async def _compare(
    library: Library, engines: Sequence[Engine], wording: Wording, language: str, output: Path | None
) -> list[Heard]:
    """Raises InputError where no engine speaks the language."""
    speaking = [engine for engine in engines if language in engine.languages]
    if not speaking:
        raise InputError(f"no engine of the settings speaks “{language}”", mend="add one to speech.engines")
    return [await _heard(library.with_engine(engine), engine, wording, language, output) for engine in speaking]


async def _heard(library: Library, engine: Engine, wording: Wording, language: str, output: Path | None) -> Heard:
    began = time.monotonic()
    try:
        made = await spoken(library, wording, language)
    except SpeechError as error:
        return Heard(engine=engine.name, trouble=error.what)
    took = time.monotonic() - began
    file = made.path.with_suffix(library.forms[0].suffix)
    if output is not None:
        file = output.with_stem(f"{output.stem}-{engine.name}")
        write_file(file, await exported(made.path, file.suffix))
    return Heard(
        engine=engine.name,
        seconds=round(made.seconds, 1),
        took=round(took, 2),
        loudness=round(await _line_loudness(library, made), 1),
        file=file,
    )


async def _line_loudness(library: Library, made: Rendering) -> float:
    """LUFS at 8 kHz, of what Asterisk plays."""
    form = library.forms[0]
    with tempfile.TemporaryDirectory(prefix="hlasatel-say-") as folder:
        heard = Path(folder) / "heard.wav"
        await decode(made.path.with_suffix(form.suffix), form, heard)
        return await loudness(heard)


def _show_comparison(heard: list[Heard], *, json: bool) -> None:
    if json:
        print_json(heard)
        return
    columns = ("engine", "seconds", "made in, s", "LUFS", "file")
    rows = [
        (one.engine, one.seconds or "–", one.took or "–", one.loudness or "–", one.file or one.trouble) for one in heard
    ]
    results.print(table("Voices", columns, rows))
