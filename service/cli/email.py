"""Commands about e-mail: a message to try the mail server by, and what it sends back."""

import sys
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Annotated

import typer

from announcements.outcome import Ending
from announcements.texts import end_texts
from channels.carrier import Accepted
from channels.mail.bounces import Bounce, read_bounce
from channels.mailer import Mailer
from service.cli.app import app, run_async, settings_of
from service.cli.files import read_file
from service.clock import utc_now
from service.current import current_store
from service.settings import Settings
from store.errors import CarrierError, SettingsError
from subscribers.fields import email_address

email = typer.Typer(help="E-mail: a first try, and messages that come back.", no_args_is_help=True)
app.add_typer(email, name="email")


@email.command("try")
def try_command(
    context: typer.Context, address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Your own, to see it come.")]
) -> None:
    """Send a short message by the mail server of the settings."""
    settings = settings_of(context)
    if not settings.email.host:
        raise SettingsError("email.host is missing", mend="name the mail server in [email]; see hlasatel.example.toml")
    run_async(_try(settings, email_address(address)))
    typer.echo(f"{settings.email.host} took it. Look whether it has come, and not among spam.")


async def _try(settings: Settings, address: str) -> None:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = settings.email.sender, address
    mail["Subject"] = "Hlásatel: zkušební zpráva"
    mail["Date"] = format_datetime(utc_now())
    mail["Message-ID"] = make_msgid(domain=settings.email.sender.rpartition("@")[2])
    mail.set_content(f"Toto je zkušební zpráva Hlásatele, {settings.town.name}. Žluťoučký kůň ji přinesl v pořádku.\n")
    mailer = Mailer(settings.email)
    try:
        answer = await mailer.send(mail, address)
    finally:
        await mailer.close()
    if not isinstance(answer, Accepted):
        raise CarrierError(f"{settings.email.host} did not take it: {answer.why}", mend="see [email] in the settings")


@email.command("bounce")
def bounce_command(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A message that came back; - for standard input.")] = "-",
) -> None:
    """Take what a mail server sent back: the delivery it tells of has failed. For an alias of the mail server that
    pipes what comes to email.sender into this command; anything else that comes there is left alone.
    """
    raw = sys.stdin.buffer.read() if file == "-" else read_file(Path(file))
    found = read_bounce(raw)
    if found is None:
        typer.echo("This tells of no message of ours that failed; nothing was changed.")
        return
    changed = run_async(_take(settings_of(context), found))
    known = f"{found.disposition}: {found.why}" if changed else "known already, or not ours"
    typer.echo(f"Attempt {found.attempt_id}: {known}")


async def _take(settings: Settings, found: Bounce) -> bool:
    ending = Ending(found.disposition, utc_now(), found.cause)
    async with current_store(settings.store) as store, store.writing() as session:
        return found.attempt_id in await end_texts(session, {found.attempt_id: ending}, settings.outcome_rules)
