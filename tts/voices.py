"""The engines in the order of preference: the first one that can, speaks; the next steps in with a warning."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeVar

import structlog

from store.errors import SpeechError
from tts.engines.engine import Engine

log = structlog.get_logger()

Done = TypeVar("Done")


class Voice(NamedTuple):
    """An engine that is there, speaking one language. ``identity``: all that makes its sound what it is."""

    engine: Engine
    identity: str
    language: str


class Voices:
    def __init__(self, engines: Sequence[Engine]) -> None:
        self._engines = tuple(engines)
        self._asking = asyncio.Lock()
        self._whole: set[str] = set()  # names of engines seen to be installed

    async def first(self, language: str, work: Callable[[Voice], Awaitable[Done]]) -> Done:
        """What ``work`` makes of the first voice with which it does not raise SpeechError.

        Raises SpeechError with what each of them said when none did.
        """
        refusals: list[str] = []
        for engine in self._engines:
            if language not in engine.languages:
                continue
            try:
                if identity := await self._identity(engine, language):
                    return await work(Voice(engine, identity, language))
            except SpeechError as error:
                log.warning("engine_passed_over", engine=engine.name, reason=error.what, mend=error.mend)
                refusals.append(f"{engine.name}: {error}")
        raise SpeechError(
            f"no engine speaks “{language}” ({'; '.join(refusals) or 'none of those in the settings'})",
            mend="install one of them, or add one to speech.engines",
        )

    async def _identity(self, engine: Engine, language: str) -> str | None:
        """None where an engine is missing that may be. One asks at a time, for it starts programs.

        Raises SpeechError where it should be there.
        """
        async with self._asking:
            if engine.name not in self._whole:
                if mend := await engine.missing():
                    if engine.optional:
                        return None
                    raise SpeechError("is missing", mend=mend)
                self._whole.add(engine.name)
            return await engine.identity(language)
