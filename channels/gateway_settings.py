"""``[[sms]]`` with ``adapter = "http"``: a gateway of the internet, described in TOML or by a preset."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, SecretStr, field_validator, model_validator
from pydantic.networks import IPvAnyNetwork

from channels.settings import CarrierSettings, HttpUrl, PublicUrl
from channels.templates import PLACEHOLDERS, placeholders

# What a gateway's word may mean. "down": it would refuse any message now (wrong password, no credit).
Refusal = Literal["invalid_number", "rejected", "congestion", "failed", "down"]
Outcome = Literal["delivered", "invalid_number", "rejected", "failed"]


class AnswerSettings(BaseModel):
    """``[sms.answer]``: where its answer says whether it took the message."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # "json": id and status are paths such as accepted.0.message_id; "text": regular expressions with a group.
    format: Literal["json", "text"] = "json"
    id: str = ""
    # Empty: the status of HTTP alone tells.
    status: str = ""
    # Values of status. One that is in neither list is a failure.
    accepted: tuple[str, ...] = ()
    refused: Mapping[str, Refusal] = {}

    @field_validator("id", "status")
    @classmethod
    def _readable(cls, place: str) -> str:
        try:
            re.compile(place)
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from error
        return place


class ReportSettings(BaseModel):
    """``[sms.reports]``: where its delivery reports, brought to our door, name the message and its state."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    status: str
    # Values of status; any other one is only on the way.
    states: Mapping[str, Outcome]
    # Addresses that may bring them; none: any that knows the secret.
    allowed: tuple[IPvAnyNetwork, ...] = ()


class HttpSettings(CarrierSettings):
    adapter: Literal["http"]
    # Name of a description that we bring (docs/sms.md); what is given here wins over it.
    preset: str = ""
    url: HttpUrl
    method: Literal["GET", "POST", "PUT"] = "POST"
    headers: Mapping[str, str] = {}
    query: Mapping[str, str] = {}
    # How fields are sent.
    body: Literal["json", "form", "none"] = "json"
    fields: Mapping[str, Any] = {}
    # +420602000001, 420602000001, or 602000001 (of the town's own country).
    numbers: Literal["e164", "digits", "national"] = "e164"
    username: str = ""
    password: SecretStr = SecretStr("")
    answer: AnswerSettings = AnswerSettings()
    reports: ReportSettings | None = None
    # What reports have to show; empty: none are asked for, and what the gateway took counts as sent.
    secret: SecretStr = SecretStr("")
    # Our door as the internet sees it, such as https://hlaseni.example.cz; empty: the door itself.
    public_url: PublicUrl = ""

    @model_validator(mode="before")
    @classmethod
    def _from_preset(cls, given: Any) -> Any:
        name = given.get("preset") if isinstance(given, dict) else None
        if not name:
            return given
        if name not in presets():
            raise ValueError(f"preset {name} is none of {', '.join(sorted(presets()))}")
        return _merged(presets()[name], given)

    @field_validator("url", "headers", "query", "fields")
    @classmethod
    def _known_placeholders(cls, template: Any) -> Any:
        if unknown := sorted(placeholders(template) - PLACEHOLDERS):
            raise ValueError(f"has {{{unknown[0]}}}, which is none of {', '.join(sorted(PLACEHOLDERS))}")
        return template


@cache
def presets() -> Mapping[str, Mapping[str, Any]]:
    """By name, the gateways that we describe."""
    return tomllib.loads(resources.files("channels").joinpath("presets.toml").read_text(encoding="utf-8"))


def _merged(preset: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Key by key, tables too."""
    both = {
        key: _merged(preset[key], value) if isinstance(value, dict) and isinstance(preset.get(key), dict) else value
        for key, value in given.items()
    }
    return {**preset, **both}
