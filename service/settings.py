"""The settings: one TOML file, ``HLASATEL_*`` variables over it, checked at start.

The only place that reads the environment or a settings file; rooms below get their own section.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from rapidfuzz import process

from dialer.dispatcher import DialerSettings
from dialer.trunk import HostName, PlainWord, Port, Trunk
from store.errors import SettingsError
from tts.speech import SpeechSettings

DEFAULT_FILE = Path("hlasatel.toml")
PREFIX = "HLASATEL_"
# Variables of the launcher and of this module, which are no settings.
OTHER_VARIABLES = frozenset({"HLASATEL_PYTHON", "HLASATEL_VENV"})
# A key KEY of this list may be given as KEY_file: the path of a file that holds the secret.
SECRETS = ("ami_secret", "password")


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TownSettings(Section):
    """``[town]``"""

    name: Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f]*$")] = ""
    # ISO 3166 code: how national phone numbers are read.
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "CZ"
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "cs"
    timezone: str = "Europe/Prague"
    # The town's own number, shown to people as the caller where a trunk has no caller_id.
    phone: Annotated[str, Field(pattern=r"^(\+[0-9]{7,15})?$")] = ""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"no time zone is called {name!r}; write one such as Europe/Prague") from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class StoreSettings(Section):
    """``[store]``"""

    url: str = "sqlite:///var/hlasatel.db"


class AsteriskSettings(Section):
    """``[asterisk]``"""

    # Start and watch an Asterisk of our own; false: one runs already, and AMI leads to it.
    managed: bool = True
    # Where our own one keeps its configuration, logs and database.
    folder: Path = Path("var/asterisk")
    # Address and port its SIP listens on; empty: loopback where all trunks are there, else all addresses.
    sip_bind: Annotated[str, Field(pattern=r"^[0-9A-Fa-f.:]{0,45}$")] = ""
    sip_port: Port = 5060
    rtp_ports: tuple[Port, Port] = (10000, 10999)
    ami_host: HostName = "127.0.0.1"
    ami_port: Port = 5038
    ami_user: PlainWord = "hlasatel"
    # Empty with managed = true: made at first start, kept in the folder.
    ami_secret: SecretStr = SecretStr("")
    # Where Asterisk reaches our FastAGI server; port 0 takes a free one.
    agi_host: HostName = "127.0.0.1"
    agi_port: Annotated[int, Field(ge=0, le=65535)] = 4573

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.rtp_ports[0] + 10 > self.rtp_ports[1]:
            raise ValueError("rtp_ports: give a first and a last port, at least ten apart")
        if not self.managed and not self.ami_secret.get_secret_value():
            raise ValueError("ami_secret: is needed where Asterisk is not managed by us")
        return self


class Settings(Section):
    """All sections."""

    town: TownSettings = TownSettings()
    store: StoreSettings = StoreSettings()
    asterisk: AsteriskSettings = AsteriskSettings()
    trunks: tuple[Trunk, ...] = ()
    speech: SpeechSettings = SpeechSettings()
    dialer: DialerSettings = DialerSettings()

    @model_validator(mode="after")
    def _distinct_trunks(self) -> Self:
        names = [trunk.name for trunk in self.trunks]
        if len(names) != len(set(names)):
            raise ValueError("trunks: two of them have the same name")
        return self

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Numbers that some trunk may dial."""
        return tuple(sorted({prefix for trunk in self.trunks for prefix in trunk.prefixes}))


class _WithEnvironment(Settings, BaseSettings):
    """The file's values, given as arguments, with HLASATEL_* variables over them."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings


def load_settings(file: Path | None) -> Settings:
    """Settings from ``file``, else from hlasatel.toml here if there is one, else the defaults.

    Relative paths in it are counted from its folder. Raises SettingsError that names the key and the reason.
    """
    chosen = file or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    values = _read(chosen) if chosen else {}
    _refuse_unknown_variables(os.environ)
    try:
        settings = _WithEnvironment(**values)
    except ValidationError as error:
        raise SettingsError(_explain(error), mend=f"see hlasatel.example.toml; read: {chosen or 'no file'}") from error
    except ValueError as error:  # a variable that is no JSON where a list is wanted
        raise SettingsError(f"{PREFIX}*: {error}", mend="lists are written as JSON") from error
    return anchored(settings, chosen.parent if chosen else Path())


def anchored(settings: Settings, folder: Path) -> Settings:
    """The settings with their relative paths counted from ``folder``."""
    here = folder.absolute()
    url = settings.store.url
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        url = f"sqlite:///{here / url.removeprefix('sqlite:///')}"
    return settings.model_copy(
        update={
            "store": settings.store.model_copy(update={"url": url}),
            "asterisk": settings.asterisk.model_copy(update={"folder": here / settings.asterisk.folder}),
            "speech": settings.speech.model_copy(update={"library": here / settings.speech.library}),
        }
    )


def cache_folder() -> Path:
    """Where a fetched Asterisk is kept, for all checkouts of this user (XDG base directories)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hlasatel"


def _read(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}", mend="name the settings file with -c FILE") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: {error}", mend="mend the TOML there") from error
    for section in _sections(values):
        _take_secret_files(section, file.parent)
    return values


def _sections(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for value in values.values():
        for section in value if isinstance(value, list) else [value]:
            if isinstance(section, dict):
                yield section


def _take_secret_files(section: dict[str, Any], folder: Path) -> None:
    for key in SECRETS:
        name = section.pop(f"{key}_file", None)
        if name is not None:
            try:
                section[key] = (folder / str(name)).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsError(f"{key}_file: {name}: {error.strerror}", mend="give a readable file") from error


def _refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    known = [name.upper() for name in Settings.model_fields]
    for name in environment:
        section = name.removeprefix(PREFIX).split("__")[0]
        if name.startswith(PREFIX) and name not in OTHER_VARIABLES and section not in known:
            nearest = process.extractOne(section, known)
            raise SettingsError(
                f"{name}: no such setting", mend=f"did you mean {PREFIX}{nearest[0]}__…?" if nearest else ""
            )


def _explain(error: ValidationError) -> str:
    return "\n".join(_explain_one(dict(detail)) for detail in error.errors(include_url=False))


def _explain_one(detail: dict[str, Any]) -> str:
    key = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"{key}: there is no such key"
    reason = str(detail["msg"]).removeprefix("Value error, ")
    shown = "" if any(secret in key for secret in SECRETS) or not key else f" (it is {detail['input']!r})"
    return f"{key}: {reason}{shown}" if key else reason
