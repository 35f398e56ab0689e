"""The adapters that a ``[[sms]]`` section may name."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

from pydantic import Field

from channels.carrier import Carrier, Report, TakeReport
from channels.file import FileCarrier, FileSettings
from channels.gammu import Gammu, GammuSettings
from channels.gateway import Gateway
from channels.gateway_settings import HttpSettings
from channels.kannel import Kannel, KannelSettings

SmsSettings = Annotated[KannelSettings | GammuSettings | HttpSettings | FileSettings, Field(discriminator="adapter")]


def idle_carrier(settings: KannelSettings | GammuSettings | HttpSettings | FileSettings) -> Carrier:
    """One that brings no reports, for a look or a single message."""
    return make_carrier(settings, door="", take_report=_nobody, waiting=_nothing)


async def _nobody(_: Report) -> None:
    return


async def _nothing(_: str) -> Sequence[str]:
    return ()


def make_carrier(
    settings: KannelSettings | GammuSettings | HttpSettings | FileSettings,
    *,
    door: str,
    take_report: TakeReport,
    waiting: Callable[[str], Awaitable[Sequence[str]]],
) -> Carrier:
    """``door``: URL of our door, without a path; ``waiting``: ids of a carrier's attempts whose end is not known."""
    match settings:
        case KannelSettings():
            return Kannel(settings, door, take_report)
        case HttpSettings():
            return Gateway(settings, door, take_report)
        case GammuSettings():
            return Gammu(settings, take_report, lambda: waiting(settings.name))
        case FileSettings():
            return FileCarrier(settings)
