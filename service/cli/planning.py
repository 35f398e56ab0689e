"""Options about channels that announce has: the plan, and what is said on the text channels."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from announcements.forecast import Forecast
from announcements.plan import Mode, Plan
from announcements.reach import Reach
from service.cli.output import results, table
from store.errors import InputError
from store.states import Channel
from subscribers.channels import read_channels

PlanOption = Annotated[
    Mode | None,
    typer.Option("--plan", help="Each person's first channel, all of them, or one after another till they have it."),
]
ChannelsOption = Annotated[str | None, typer.Option(metavar="LIST", help="Only these, in this order: voice,sms,email.")]
UnheardOption = Annotated[
    int | None, typer.Option(metavar="N", min=1, max=50, help="With escalate: calls not heard before the next channel.")
]
SmsOption = Annotated[str | None, typer.Option(metavar="TEXT", help="What the SMS says; else what is spoken.")]
SubjectOption = Annotated[str | None, typer.Option(metavar="TEXT", help="Subject of the e-mail; else the title.")]
EmailOption = Annotated[str | None, typer.Option(metavar="TEXT", help="What the e-mail says; else what is spoken.")]


@dataclass(frozen=True)
class Planned:
    """What was typed of a plan; None: not said."""

    mode: Mode | None = None
    channels: str | None = None
    unheard_attempts: int | None = None

    def over(self, usual: Plan) -> Plan:
        """The usual plan with what was said in it. Raises InputError for channels that are none."""
        said: dict[str, Any] = {"mode": self.mode, "unheard_attempts": self.unheard_attempts}
        if self.channels is not None:
            said["channels"] = read_channels(self.channels)
        try:
            told = {name: value for name, value in said.items() if value is not None}
            return Plan.model_validate({**usual.model_dump(), **told})
        except ValidationError as error:
            raise InputError(f"--channels: {self.channels!r} names no channel", mend="such as voice,sms") from error


def in_words(reach: Reach) -> str:
    """Such as “35 people on 34 lines”, or by channel where it goes by several."""
    by_channel = {one.channel: one for one in reach.channels}
    if by_channel.keys() <= {Channel.VOICE}:
        return f"{reach.people} people on {reach.lines} lines"
    told = {
        Channel.VOICE: f"{reach.lines} lines to ring",
        Channel.SMS: f"{by_channel[Channel.SMS].addresses} SMS" if Channel.SMS in by_channel else "",
        Channel.EMAIL: f"{by_channel[Channel.EMAIL].addresses} e-mails" if Channel.EMAIL in by_channel else "",
    }
    return f"{reach.people} people; at first {', '.join(told[channel] for channel in by_channel)}"


def show_channels(made: Forecast, currency: str) -> None:
    rows = [(one.channel.value, one.people, one.addresses, one.parts or "", one.price or "") for one in made.channels]
    if rows:
        columns = ("first by", "people", "addresses", "SMS parts", f"price, {currency}")
        results.print(table("Channels", columns, rows))
    if len(made.sms_messages) > 1:
        told = ", ".join(f"{many} of {parts}" for parts, many in made.sms_messages.items())
        results.print(f"SMS by parts, with names filled in: {told}.")
    elif made.sms_parts > 1:
        results.print(f"One SMS has {made.sms_parts} parts.")
