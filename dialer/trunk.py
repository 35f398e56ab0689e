"""A trunk: one way out to the phone network, as the settings describe it."""

from datetime import tzinfo
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from announcements.money import Budget, Tariff
from subscribers.phones import expensive

Port = Annotated[int, Field(ge=1, le=65535)]
# Names become AMI headers and Asterisk section names, so they are plain words.
PlainWord = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
HostName = Annotated[str, Field(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")]
# ITU-T G.711 and G.722, and 16 kHz samples as they are.
Codec = Literal["alaw", "ulaw", "g722", "slin16"]
Money = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=4)]


class Transport(StrEnum):
    """How SIP travels."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class Trunk(BaseModel):
    """One ``[[trunks]]`` section."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: PlainWord
    host: HostName
    # With TLS most operators listen on 5061.
    port: Port = 5060
    transport: Transport = Transport.UDP
    # Speech is encrypted (SDES); its keys travel in SIP, so only with TLS.
    srtp: bool = False
    # TLS: who may vouch for the peer (PEM; none: those whom this machine trusts), and our own certificate and key
    # where the peer asks for them.
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Annotated[Path | None, Field(validate_default=True)] = None
    # Given: Asterisk registers and answers challenges with them; empty: the peer knows us by address.
    username: Annotated[str, Field(pattern=r"^[A-Za-z0-9._+@-]{0,80}$")] = ""
    password: SecretStr = SecretStr("")
    # E.164 number shown to the people called.
    caller_id: Annotated[str, Field(pattern=r"^(\+[0-9]{7,15})?$")] = ""
    calls_per_second: Annotated[float, Field(gt=0, le=500)] = 1.0
    # Calls up at once.
    lines: Annotated[int, Field(ge=1, le=2000)] = 2
    # Of these, kept free for people who call in, and for a crisis.
    lines_for_callers: Annotated[int, Field(ge=0)] = 0
    lines_for_crisis: Annotated[int, Field(ge=0)] = 0
    # Numbers this trunk may dial, by their E.164 beginning.
    prefixes: tuple[Annotated[str, Field(pattern=r"^\+[0-9]{1,15}$")], ...] = ("+420",)
    ring_seconds: Annotated[int, Field(ge=3, le=180)] = 30
    # Offered to the peer, the best first.
    codecs: Annotated[tuple[Codec, ...], Field(min_length=1)] = ("alaw", "ulaw")
    # Share of the calls where several trunks have a free line.
    weight: Annotated[int, Field(ge=1, le=1000)] = 1

    # Prefixes outside the town's own country, which cost more and tempt a fraudster.
    allow_foreign: bool = False
    # In the town's currency, as the operator charges answered calls. Seconds of billing_seconds: the first block, then
    # the steps; [60, 1] is the whole first minute, then by seconds.
    price_per_minute: Money = Decimal(0)
    price_per_call: Money = Decimal(0)
    billing_seconds: tuple[Annotated[int, Field(ge=1, le=600)], Annotated[int, Field(ge=1, le=600)]] = (1, 1)
    # What calls of one day may cost before no further one is started; 0: no limit. A crisis goes on unless told so.
    daily_spend_cap: Money = Decimal(0)
    cap_stops_crisis: bool = False

    @field_validator("srtp")
    @classmethod
    def _keys_kept_secret(cls, srtp: bool, given: ValidationInfo) -> bool:
        if srtp and given.data.get("transport") is not Transport.TLS:
            raise ValueError('needs transport = "tls", for its keys travel in SIP')
        return srtp

    @field_validator("key_file")
    @classmethod
    def _both_or_none(cls, key: Path | None, given: ValidationInfo) -> Path | None:
        if (key is None) != (given.data.get("cert_file") is None):
            raise ValueError("is needed with cert_file, and only with it")
        return key

    @field_validator("daily_spend_cap")
    @classmethod
    def _of_some_price(cls, cap: Decimal, given: ValidationInfo) -> Decimal:
        if cap and not given.data.get("price_per_minute") and not given.data.get("price_per_call"):
            raise ValueError("needs price_per_minute or price_per_call")
        return cap

    def may_dial(self, number: str) -> bool:
        """``number``: E.164."""
        return number.startswith(self.prefixes) and not expensive(number)

    def foreign_prefixes(self, country: str) -> list[str]:
        """Those outside ``country`` (ISO 3166 code) that ``allow_foreign`` would have to allow."""
        home = f"+{phonenumbers.country_code_for_region(country)}"
        return [] if self.allow_foreign else [prefix for prefix in self.prefixes if not prefix.startswith(home)]

    @property
    def tariff(self) -> Tariff:
        return Tariff(self.price_per_minute, self.price_per_call, *self.billing_seconds)

    def budget(self, zone: tzinfo) -> Budget:
        """``zone``: whose midnight begins a new day."""
        return Budget(self.tariff, self.daily_spend_cap, zone)

    @property
    def endpoint(self) -> str:
        """Name of the PJSIP endpoint in Asterisk's configuration."""
        return f"trunk-{self.name}"

    @property
    def account(self) -> str:
        """Name of its account and registration there."""
        return f"{self.endpoint}-account"
