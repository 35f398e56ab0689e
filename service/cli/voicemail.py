"""Commands about what callers said to the office after the tone: list, play, done."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.cli.acting import operator
from service.cli.app import JsonOption, app, run_async, settings_of
from service.cli.files import write_file
from service.cli.moments import shown
from service.cli.output import print_json, results, table
from service.clock import utc_now
from service.current import current_store
from service.settings import Settings
from store.errors import InputError
from store.inbound import InboundCall, VoiceMessage
from store.work import Attempt
from subscribers.audit import note
from tts.play import play

voicemail = typer.Typer(help="Messages that callers left for the office.", no_args_is_help=True)
app.add_typer(voicemail, name="voicemail")

IdArgument = Annotated[int, typer.Argument(metavar="ID", help="As `hlasatel voicemail list` shows it.")]


@voicemail.command("list")
def list_command(
    context: typer.Context,
    all_of_them: Annotated[bool, typer.Option("--all", metavar="", help="Those dealt with too.")] = False,
    json: JsonOption = False,
) -> None:
    """What waits for somebody to listen to, the oldest first."""
    settings = settings_of(context)
    found = run_async(_messages(settings, all_of_them=all_of_them))
    if json:
        print_json([_as_json(message, number) for message, number in found])
        return
    rows = [
        (message.id, _moment(message.recorded_at, settings), number or "withheld", f"{message.seconds:.0f}",
         _moment(message.done_at, settings))
        for message, number in found
    ]  # fmt: skip
    results.print(table("Voice messages", ("id", "recorded", "number", "seconds", "dealt with"), rows))


@voicemail.command("play")
def play_command(
    context: typer.Context,
    message: IdArgument,
    file: Annotated[Path | None, typer.Option("-o", metavar="FILE", help="Write the WAV there instead.")] = None,
) -> None:
    """Play a message on this machine's loudspeaker."""
    run_async(_play(settings_of(context), message, file))


@voicemail.command("done")
def done_command(context: typer.Context, message: IdArgument) -> None:
    """Somebody has dealt with a message: its recording is deleted."""
    run_async(_done(settings_of(context), message))


async def _messages(settings: Settings, *, all_of_them: bool) -> list[tuple[VoiceMessage, str]]:
    """With the number of the call, which came in or was a call back of ours."""
    query = (
        select(VoiceMessage, InboundCall.number, Attempt.address)
        .join(InboundCall, InboundCall.id == VoiceMessage.call_id, isouter=True)
        .join(Attempt, Attempt.id == VoiceMessage.call_id, isouter=True)
        .order_by(VoiceMessage.id)
    )
    if not all_of_them:
        query = query.where(VoiceMessage.done_at.is_(None))
    async with current_store(settings.store) as store, store.reading() as session:
        return [(message, number or address or "") for message, number, address in await session.execute(query)]


async def _play(settings: Settings, message_id: int, out: Path | None) -> None:
    async with current_store(settings.store) as store, store.reading() as session:
        message = await _find(session, message_id)
    recording = settings.hotline.recordings / message.file
    if out is not None:
        write_file(out, recording.read_bytes())
    else:
        await play(recording, message.seconds)


async def _done(settings: Settings, message_id: int) -> None:
    async with current_store(settings.store) as store, store.writing() as session:
        message = await _find(session, message_id)
        message.done_at = utc_now()
        await note(session, operator(), "dealt with", f"voice message {message_id}", message.done_at)
    (settings.hotline.recordings / message.file).unlink(missing_ok=True)


async def _find(session: AsyncSession, message_id: int) -> VoiceMessage:
    message = await session.get(VoiceMessage, message_id)
    if message is None:
        raise InputError(f"no voice message {message_id}", mend="see: hlasatel voicemail list")
    if message.done_at is not None:
        raise InputError(f"voice message {message_id} has been dealt with: its recording is deleted")
    return message


def _moment(moment: datetime | None, settings: Settings) -> str:
    return shown(moment, settings.town.zone) if moment else ""


def _as_json(message: VoiceMessage, number: str) -> dict[str, object]:
    return {
        "id": message.id,
        "recorded_at": message.recorded_at,
        "number": number,
        "seconds": message.seconds,
        "done_at": message.done_at,
    }
