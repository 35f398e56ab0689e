"""Settings of speech, and the library they describe."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from store.states import Pace
from tts.engines.engine import Engine
from tts.engines.espeak import EspeakNg
from tts.engines.festival import Festival
from tts.engines.google import Google
from tts.engines.piper import Piper
from tts.engines.remote import Remote, RemoteSettings
from tts.engines.rhvoice import RHVoice
from tts.formats import FormatName
from tts.lexicon import LexiconFile
from tts.library import Library

EngineName = Literal["piper", "festival", "rhvoice", "espeak-ng", "gtts", "http"]


class SpeechSettings(BaseModel):
    """The ``[speech]`` section."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    # In the order of preference; the next one steps in, with a warning, when one fails. Piper is passed over without a
    # model, RHVoice where it is not installed.
    engines: Annotated[tuple[EngineName, ...], Field(min_length=1)] = ("piper", "festival", "rhvoice", "espeak-ng")
    # Folder of the renderings; Asterisk must be able to read it.
    library: Path = Path("sounds/library")
    # The town's own readings, where the file is there (tts.lexicon).
    lexicon: Path = Path("lexicon.toml")
    # What the library may hold; beyond it goes what nobody used for longest, never what a running announcement needs.
    library_megabytes: Annotated[int, Field(ge=100)] = 2000
    # What is written for Asterisk, which takes the one that suits a trunk's codec best.
    formats: Annotated[tuple[FormatName, ...], Field(min_length=1)] = ("alaw",)
    # 1 is the voice's own speed, 0.8 is slow.
    rate: Annotated[float, Field(ge=0.5, le=1.5)] = 1.0
    # Those who asked for slow speech hear it at this part of that.
    slow_rate: Annotated[float, Field(ge=0.5, le=1)] = 0.8
    # The longest that one text may take an engine.
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 60
    # Whole path of a Piper voice (.onnx, with .onnx.json beside it); empty: none.
    piper_model: str = ""
    http: RemoteSettings = RemoteSettings()

    @property
    def most_bytes(self) -> int:
        return self.library_megabytes * 1_000_000

    @field_validator("piper_model")
    @classmethod
    def _whole_path(cls, path: str) -> str:
        if path and not (path.startswith("/") and path.endswith(".onnx")):
            raise ValueError("must be the whole path of an .onnx file, or empty")
        return path

    @field_validator("http")
    @classmethod
    def _where_asked(cls, http: RemoteSettings, given: ValidationInfo) -> RemoteSettings:
        if not http.url and "http" in given.data.get("engines", ()):
            raise ValueError("needs url, for speech.engines has http")
        return http


def configured_engines(settings: SpeechSettings, pace: Pace = Pace.NORMAL) -> tuple[Engine, ...]:
    """In the order of the settings; Piper only with a model."""
    rate = settings.rate if pace is Pace.NORMAL else settings.rate * settings.slow_rate
    usual = {"rate": rate, "timeout_seconds": settings.timeout_seconds}
    makers: Mapping[EngineName, Callable[[], Engine]] = {
        "piper": lambda: Piper(Path(settings.piper_model), **usual),
        "festival": lambda: Festival(**usual),
        "rhvoice": lambda: RHVoice(**usual),
        "espeak-ng": lambda: EspeakNg(**usual),
        "gtts": lambda: Google(**usual),
        "http": lambda: Remote(settings.http, **usual),
    }
    return tuple(makers[name]() for name in settings.engines if name != "piper" or settings.piper_model)


def configured_library(settings: SpeechSettings) -> Library:
    """Raises SettingsError for a folder that Asterisk could not name, and for a lexicon that is wrong."""
    return Library(
        settings.library,
        configured_engines(settings),
        slow_engines=configured_engines(settings, Pace.SLOW),
        formats=settings.formats,
        lexicon=LexiconFile(settings.lexicon),
    )
