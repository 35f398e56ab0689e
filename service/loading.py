"""Where settings come from: one TOML file, and ``HLASATEL_*`` variables over it.

Nothing else reads settings from a file or the environment.
"""

import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as VariableError

from service.complaints import SECRETS, explain, unknown_key
from service.settings import Settings
from store.errors import SettingsError

DEFAULT_FILE = Path("hlasatel.toml")
PREFIX = "HLASATEL_"
# Variables of the launcher, which are no settings.
OTHER_VARIABLES = frozenset({"HLASATEL_PYTHON", "HLASATEL_VENV"})


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
        what = explain(error, Settings, lambda key: _variable(key, os.environ))
        raise SettingsError(what, mend=_mend(chosen)) from error
    except VariableError as error:
        raise _not_json(error, os.environ) from error
    return settings.anchored(chosen.parent if chosen else Path())


def _read(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}", mend="name the settings file with -c FILE") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file}: not UTF-8 at byte {error.start}", mend="save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: {error}", mend="mend the TOML there") from error
    for name, value in values.items():
        if name not in Settings.model_fields:
            raise SettingsError(f"{name}: {unknown_key(name, Settings)}", mend=_mend(file))
        for section in value if isinstance(value, list) else [value]:
            _take_secret_files(name, section, file.parent)
    return values


def _mend(file: Path | None) -> str:
    return f"see hlasatel.example.toml; read: {file or 'no file'}"


def _take_secret_files(name: str, section: Any, folder: Path) -> None:
    """A secret KEY may be given as KEY_file: the path of a file that holds it."""
    for key in SECRETS if isinstance(section, dict) else ():
        path = section.pop(f"{key}_file", None)
        if path is not None:
            section[key] = _secret(f"{name}.{key}_file", folder / str(path))


def _secret(key: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{key}: {file}: {error.strerror}", mend="give a file that can be read") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{key}: {file}: not UTF-8 text", mend="give a file with the secret alone") from error


def _refuse_unknown_variables(environment: Iterable[str]) -> None:
    for name in environment:
        section = name.removeprefix(PREFIX).partition("__")[0].lower()
        if name.startswith(PREFIX) and name not in OTHER_VARIABLES and section not in Settings.model_fields:
            raise SettingsError(f"{name}: {unknown_key(section, Settings)}", mend="write HLASATEL_SECTION__KEY")


def _variable(key: str, environment: Mapping[str, str]) -> str | None:
    """The variable that set ``key``, if one did."""
    name = PREFIX + key.upper().replace(".", "__")
    return name if environment.get(name) else None


def _not_json(error: VariableError, environment: Mapping[str, str]) -> SettingsError:
    """pydantic-settings names the section only; the variable is the one with the text that could not be read."""
    text = getattr(error.__cause__, "doc", None)
    names = [name for name, value in environment.items() if name.startswith(PREFIX) and value == text]
    return SettingsError(
        f"{names[0] if names else PREFIX + '*'}: is no JSON", mend='write lists as JSON, such as ["a", "b"]'
    )
