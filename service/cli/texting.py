"""The command for a first try of the SMS carriers: text, one real message."""

from typing import Annotated

import typer

from channels.carrier import Accepted
from channels.carriers import idle_carrier
from channels.encoding import Encoded
from channels.metrics import TextMetrics
from channels.outlet import Outlet, Outlets
from service.cli.app import app, run_async, settings_of
from service.cli.output import results
from service.settings import Settings
from service.texting import terms_of
from store.errors import CarrierError, InputError, SettingsError
from subscribers.phones import mask, parse_phone


@app.command()
def text(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Whom to text; national or +… form.")],
    text: Annotated[str, typer.Option(metavar="TEXT", help="What to write.")],
    by: Annotated[
        str, typer.Option(metavar="CARRIER", help="Name of a [[sms]] section; else the first that may.")
    ] = "",
) -> None:
    """Send one SMS: a first try of a carrier. Leaves nothing in the store, and waits for no report."""
    settings = settings_of(context)
    content = settings.texting.encode(text)
    said = run_async(_text(settings, number, content, by))
    results.print(f"{said}, {content.parts} part(s), {content.alphabet}: {content.text}", markup=False, soft_wrap=True)


async def _text(settings: Settings, number: str, content: Encoded, by: str) -> str:
    """Raises SettingsError, InputError or CarrierError where it cannot go."""
    phone = parse_phone(number, settings.town.country).number
    sections = [one for one in settings.sms if by in ("", one.name)]
    if not sections:
        raise SettingsError(f"no SMS carrier {by}".rstrip(), mend="add a [[sms]] section to the settings (docs/sms.md)")
    metrics = TextMetrics()
    outlets = [Outlet(idle_carrier(one), terms_of(one, settings), metrics) for one in sections]
    able = next((one for one in outlets if one.terms.may_carry(phone)), None)
    if able is None:
        raise InputError(f"no carrier may text {mask(phone)}", mend="add its beginning to a carrier's prefixes")
    try:
        answer = await Outlets([able], lambda _: content).send(phone, content.text)
    finally:
        for one in outlets:
            await one.carrier.close()
    if not isinstance(answer, Accepted):
        raise CarrierError(f"{able.name}: {answer.why}", mend="see: hlasatel doctor")
    return f"{able.name} took it{f' as {answer.message_id}' if answer.message_id else ''}"
