"""The settings' own sections of the service: town, store, communication, metrics."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phonenumbers import SUPPORTED_REGIONS
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from sqlalchemy import make_url

from store.database import async_url
from store.errors import SettingsError

OneLine = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")]
# E.164, or none.
Number = Annotated[str, Field(pattern=r"^(\+[0-9]{7,15})?$")]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class TownSettings(Section):
    """``[town]``"""

    name: Annotated[OneLine, Field(max_length=100)] = ""
    # ISO 3166 code: how national phone numbers are read.
    country: str = "CZ"
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "cs"
    timezone: str = "Europe/Prague"
    # ISO 4217 code: what the trunks' prices are in.
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CZK"
    # The town's own number, shown to people as the caller where a trunk has no caller_id.
    phone: Number = ""

    @field_validator("country")
    @classmethod
    def _known_country(cls, code: str) -> str:
        if code not in SUPPORTED_REGIONS:
            raise ValueError("must be the two capital letters of a country, such as CZ")
        return code

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("must be the name of a time zone, such as Europe/Prague") from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class StoreSettings(Section):
    """``[store]``"""

    url: str = "sqlite:///var/hlasatel.db"

    @field_validator("url")
    @classmethod
    def _usable(cls, url: str) -> str:
        try:
            async_url(url)
            if make_url(url).database:
                return url
        except (SettingsError, ValueError):
            pass  # their words may show the password
        raise ValueError("must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")

    @property
    def file(self) -> Path | None:
        """Where SQLite keeps it; None with PostgreSQL."""
        url = make_url(self.url)
        return Path(url.database or "") if url.get_backend_name() == "sqlite" else None

    def anchored(self, folder: Path) -> "StoreSettings":
        if self.file is None:
            return self
        url = make_url(self.url).set(database=str(folder / self.file))
        return StoreSettings(url=url.render_as_string(hide_password=False))


class CommunicationSettings(Section):
    """``[communication]``"""

    # By topic, how an announcement goes out and what needs approval; none where there is no such file.
    manual: Path = Path("rozesilky.toml")
    # The town's own templates, over those that come with the program.
    templates: Path = Path("sablony.toml")


class MetricsSettings(Section):
    """``[metrics]``"""

    # Where Prometheus reads our figures, on loopback; 0: nowhere.
    port: Annotated[int, Field(ge=0, le=65535)] = 0
