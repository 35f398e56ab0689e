"""A call to the town's number without Asterisk: a desk whose prompts are named, not spoken, and a call at it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from announcements.ways import Ways
from announcements.windows import ANY_HOUR, Calendar
from ivr.call import Call
from ivr.desk import Desk, Office, Sounds
from ivr.leg import Leg
from ivr.reception import converse
from ivr.server import AgiServer
from ivr.settings import HotlineSettings
from ivr.tree import Dialogue
from store.database import Store
from store.states import Pace
from tests.fake_agi import calling
from tests.people import NOW
from tests.tones import ToneEngine
from tts.library import Library
from tts.prompts import NO_VALUES, prompt_texts
from tts.template import Value

NUMBER = "+420556415001"
OPEN = Office("200", "lab", 20, Calendar(ANY_HOUR, ZoneInfo("Europe/Prague"), ()))
NOBODY = Office("", "", 20, OPEN.hours)


class NamedPrompts:
    """Each prompt is a sound of its own name; those that were said slowly end with ``.slow``. ``said``: all values."""

    def __init__(self, language: str = "cs") -> None:
        self.texts = prompt_texts(language)
        self.said: list[tuple[str, Mapping[str, str]]] = []

    def text(self, key: str) -> str:
        return self.texts[key]

    async def sound(self, key: str, values: Mapping[str, Value] = NO_VALUES, pace: Pace = Pace.NORMAL) -> Path:
        if values:
            told = {name: value if isinstance(value, str) else " ".join(value) for name, value in values.items()}
            self.said.append((key, told))
        return Path(f"/sounds/{key}{'.slow' if pace is Pace.SLOW else ''}")


def desk_for(store: Any, folder: Path, *, clock: Callable[[], datetime] = lambda: NOW, **changes: Any) -> Desk:
    """``changes``: fields of the desk that shall be others."""
    usual: dict[str, Any] = {
        "store": store,
        "library": Library(folder / "library", [ToneEngine()]),
        "prompts": {"cs": NamedPrompts()},
        "language": "cs",
        "country": "CZ",
        "ways": Ways(voice=("+420",)),
        "zone": ZoneInfo("Europe/Prague"),
        "clock": clock,
        "sounds": Sounds(Path("/sounds/wait"), Path("/sounds/pause"), Path("/sounds/tone")),
        "office": NOBODY,
        "heard_share": 0.8,
        "recordings": folder,
        "settings": HotlineSettings(),
    }
    return Desk(**{**usual, **changes})


@asynccontextmanager
async def answered(handler: Callable[[Leg], Awaitable[None]], path: str = "hotline") -> AsyncIterator[int]:
    """The port of a server that gives calls to the handler."""
    server = AgiServer({path: handler})
    try:
        yield await server.start("127.0.0.1", 0)
    finally:
        await server.stop()


async def talked(
    desk: Desk, dialogue: Dialogue, presses: Mapping[str, Sequence[str]], number: str = NUMBER, **changes: Any
) -> list[str]:
    """The sounds that somebody hears who presses these keys, each while its sound is played, in this dialogue alone."""

    async def handle(leg: Leg) -> None:
        call = Call(leg, desk, call_id="0" * 32, number=number)
        vars(call).update(changes)
        await converse(call, dialogue)

    async with answered(handle) as port, calling(port, path="hotline") as caller:
        return await caller.live(presses)


STORE_UNUSED: Store = None  # type: ignore[assignment]
