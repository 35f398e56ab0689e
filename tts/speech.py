"""Settings of speech, and the library they describe."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tts.engines import Engine, EspeakNg, Festival
from tts.library import Library

EngineName = Literal["festival", "espeak-ng"]

ENGINES: Mapping[EngineName, Callable[..., Engine]] = {"festival": Festival, "espeak-ng": EspeakNg}


class SpeechSettings(BaseModel):
    """The ``[speech]`` section."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # In the order of preference; the next one steps in, with a warning, when one fails.
    engines: Annotated[tuple[EngineName, ...], Field(min_length=1)] = ("festival", "espeak-ng")
    # Folder of the renderings; Asterisk must be able to read it.
    library: Path = Path("sounds/library")
    # 1 is the voice's own speed, less is slower.
    rate: Annotated[float, Field(ge=0.5, le=1.5)] = 1.0
    # The longest that one text may take an engine.
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 60


def configured_engines(settings: SpeechSettings) -> tuple[Engine, ...]:
    return tuple(
        ENGINES[name](rate=settings.rate, timeout_seconds=settings.timeout_seconds) for name in settings.engines
    )


def configured_library(settings: SpeechSettings) -> Library:
    """Raises SettingsError for a folder that Asterisk could not name."""
    return Library(settings.library, configured_engines(settings))
