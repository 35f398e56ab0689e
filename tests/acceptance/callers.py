"""A town whose number answers, on the real pair, and people who call it and press keys by what they hear."""

import asyncio
import dataclasses
from collections import ChainMap
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from ivr.call import Call
from ivr.leg import HungUp
from ivr.settings import HotlineSettings
from lab.caller import Caller, Callers, open_callers
from service import hotline as service_hotline
from service.composition import open_service
from service.service import Service
from tests.acceptance.conftest import Scene
from tts.library import Rendering
from tts.prompts import Prompts

POLL_SECONDS = 0.02
# Whoever says nothing hears every menu twice, slowly.
DEADLINE_SECONDS = 240.0
HANG_UP = "hang up"
# A voice that is made at once.
QUICK = ("espeak-ng",)


@dataclasses.dataclass(frozen=True)
class LastWords:
    """Somebody says this (a sound name) after the tone, and hangs up while they are recorded."""

    sound: Path


# By prompt, the keys to press as soon as it is said, or the sound to be said then (a sound name); a list has those of
# the first time, the second …
Answer = str | Path | LastWords
Answers = Mapping[str, Answer | Sequence[Answer]]


@dataclasses.dataclass
class TownNumber:
    """A running service that answers, and the phones that call it."""

    scene: Scene
    service: Service
    callers: Callers
    followed: set[str] = dataclasses.field(default_factory=set)

    async def call(
        self, number: str, answers: Answers, seconds: float = DEADLINE_SECONDS, *, dials: str = ""
    ) -> list[str]:
        """Somebody calls, presses what the answers say, and listens to the end, or hangs up where they say HANG_UP.

        Gives the prompts that were said. ``dials``: another number than the town's own.
        """
        async with self.callers.calling(number, dials) as caller:
            return await self.follow(caller, answers, seconds)

    async def lift(self, number: str, answers: Answers, seconds: float = DEADLINE_SECONDS) -> list[str]:
        """Somebody is rung by the service, lifts the phone, and goes on as in ``call``."""
        async with self.callers.lifting(number) as caller:
            return await self.follow(caller, answers, seconds)

    async def follow(self, caller: Caller, answers: Answers, seconds: float = DEADLINE_SECONDS) -> list[str]:
        call = await asyncio.wait_for(self._call_of(caller), seconds)
        try:
            async with asyncio.timeout(seconds):
                await self._until_over(caller, call, answers)
        except TimeoutError as error:
            raise AssertionError(f"the call does not end: {call.said}") from error
        return call.said

    async def _until_over(self, caller: Caller, call: Call, answers: Answers) -> None:
        left = {prompt: [one] if isinstance(one, Answer) else list(one) for prompt, one in answers.items()}
        with suppress(HungUp):
            await self._follow(caller, call, left)
        while call.id in self.up:
            await asyncio.sleep(POLL_SECONDS)

    async def _follow(self, caller: Caller, call: Call, left: dict[str, list[Answer]]) -> None:
        heard = 0
        while call.id in self.up:
            for prompt in call.said[heard:]:
                heard += 1
                answer = left[prompt].pop(0) if left.get(prompt) else ""
                if answer == HANG_UP:
                    return caller.hang_up()
                if isinstance(answer, LastWords):
                    await _speak(caller, answer.sound)
                    return caller.hang_up()
                await _give(caller, answer)
            await asyncio.sleep(POLL_SECONDS)
        return None

    async def _call_of(self, caller: Caller) -> Call:
        while True:
            for call in self.up.values():
                if call.number == caller.number and call.id not in self.followed:
                    self.followed.add(call.id)
                    return call
            await asyncio.sleep(POLL_SECONDS)

    @property
    def up(self) -> Mapping[str, Call]:
        """Calls in progress, also those that the service made."""
        assert self.service.hotline is not None
        return ChainMap(self.service.hotline.reception.calls, self.service.hotline.callbacks.calls)


async def _give(caller: Caller, answer: str | Path) -> None:
    """What is said is recorded: a key ends the request for it, another one the recording."""
    if isinstance(answer, Path):
        await _speak(caller, answer)
        answer = "#"
    await caller.press(answer)


async def _speak(caller: Caller, sound: Path) -> None:
    await caller.press("#")
    await caller.say(sound)


def answering(scene: Scene, *, engines: Sequence[str] = QUICK, **hotline: Any) -> Scene:
    """The same scene, whose number answers; ``hotline``: its settings."""
    settings = scene.settings.hotline.model_copy(update={"answers": True, **hotline})
    speech = scene.settings.speech.model_copy(update={"engines": tuple(engines)})
    changed = scene.settings.model_copy(update={"hotline": settings, "speech": speech})
    return dataclasses.replace(scene, settings=changed)


async def _nothing(_prompts: Mapping[str, Prompts]) -> list[Rendering]:
    return []


@asynccontextmanager
async def town_number(scene: Scene, *, engines: Sequence[str] = QUICK, **hotline: Any) -> AsyncIterator[TownNumber]:
    """``hotline``: settings that are others than usual. The service runs until the end of the block.

    Prompts are rendered when they are needed: all of them ahead would take longer than any scene.
    """
    scene = answering(scene, engines=engines, **hotline)
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr(service_hotline, "render_dialogues", _nothing)
    async with open_service(scene.settings) as service, open_callers(scene.pair) as callers:
        running = asyncio.create_task(service.run())
        try:
            yield TownNumber(scene, service, callers)
        finally:
            monkeypatch.undo()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


__all__ = ["Answer", "Answers", "HotlineSettings", "LastWords", "TownNumber", "answering", "town_number"]
