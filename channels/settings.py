"""The sections of text channels: ``[texting]``, ``[door]`` and what every ``[[sms]]`` has."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Annotated

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator

from announcements.resend import ResendPolicy
from announcements.windows import WindowSettings
from channels.encoding import Diacritics, Encoded, encode
from store.database import async_url
from store.errors import SettingsError

CarrierName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
Money = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=4)]
HttpUrl = Annotated[str, Field(pattern=r"^https?://[^\s#]+$")]
LOOPBACK = "127.0.0.1"
# 3GPP TS 23.040, 9.1.2.5: a sender in letters has at most eleven, of the GSM alphabet.
SENDER = re.compile(r"\+[0-9]{7,15}|[0-9]{3,8}|[A-Za-z0-9 ._-]{1,11}|")


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TextingSettings(Section):
    """``[texting]``: what holds for all SMS, whoever carries them."""

    # A text that the GSM alphabet has not: without its diacritics ("strip"), or as it is, in more parts ("keep").
    diacritics: Diacritics = Diacritics.STRIP
    # A longer text is refused before it is launched.
    most_parts: Annotated[int, Field(ge=1, le=10)] = 4
    # How often an idle dispatcher looks for due messages.
    poll_seconds: Annotated[float, Field(gt=0, le=5)] = 0.5
    retries: ResendPolicy = ResendPolicy()

    def encode(self, text: str) -> Encoded:
        return _encoded(text, self.diacritics)


@lru_cache(maxsize=64)
def _encoded(text: str, diacritics: Diacritics) -> Encoded:
    """Remembered, for most people get the same."""
    return encode(text, diacritics)


def _database(url: SecretStr) -> SecretStr:
    try:
        async_url(url.get_secret_value())
    except SettingsError:
        raise ValueError("must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME") from None
    return url


# Somebody else's database, as store.url; may hold a password.
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database)]
# Our door as a gateway sees it.
PublicUrl = Annotated[str, Field(pattern=r"^(https?://[^\s?#]+)?$")]


class DoorSettings(Section):
    """``[door]``: where gateways bring delivery reports and incoming messages."""

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")] = LOOPBACK
    # 0 takes a free one, which only a gateway that is told the address with each message can follow.
    port: Annotated[int, Field(ge=0, le=65535)] = 8013


class CarrierSettings(Section):
    """What every ``[[sms]]`` section has."""

    name: CarrierName
    # Shown as the sender: a number, a short code, or letters where the operator lets them.
    sender: str = ""
    messages_per_second: Annotated[float, Field(gt=0, le=5000)] = 1.0
    # Numbers that it may text, by their E.164 beginning.
    prefixes: Annotated[tuple[Annotated[str, Field(pattern=r"^\+[0-9]{1,15}$")], ...], Field(min_length=1)] = ("+420",)
    # Prefixes outside the town's own country, which cost more.
    allow_foreign: bool = False
    # When a message may leave; a crisis leaves at any hour.
    windows: WindowSettings = WindowSettings()
    # In place of those of [texting].
    retries: ResendPolicy | None = None
    # What one part costs, in the town's currency.
    price_per_part: Money = Decimal(0)
    # How long we wait for a delivery report; a phone may be off for days.
    report_seconds: Annotated[float, Field(ge=1, le=7 * 86400)] = 2 * 86400
    # … and for a sign of a message whose submit was not answered.
    unsure_seconds: Annotated[float, Field(ge=60, le=7 * 86400)] = 600

    @field_validator("sender")
    @classmethod
    def _short(cls, sender: str) -> str:
        if not SENDER.fullmatch(sender):
            raise ValueError("must be a number such as +420602000001, a short code, or at most 11 letters and digits")
        return sender

    def foreign_prefixes(self, country: str) -> list[str]:
        """Those outside ``country`` (ISO 3166 code) that ``allow_foreign`` would have to allow."""
        home = f"+{phonenumbers.country_code_for_region(country)}"
        return [] if self.allow_foreign else [prefix for prefix in self.prefixes if not prefix.startswith(home)]
