"""People of the town who call its number, or are called by it: each a script in Python, at a phone of the lab.

A call file makes the phone dial; once it is answered its leg is ours over FastAGI, so the script presses keys, waits
till the other side has spoken, says something and hangs up when it likes. What was heard is recorded.
"""

import asyncio
import uuid
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ivr.leg import HungUp, Leg, plain
from ivr.server import AgiServer
from lab.landlines import CALL_FILES
from lab.pair import Pair
from store.errors import LabError

ROUTE = "caller"
# A phone rings that long at most before it is answered.
ANSWER_SECONDS = 45
# So long a silence says that somebody has finished speaking, milliseconds.
SILENCE_MS = 1500
POLL_SECONDS = 0.1
RECORDING_SECONDS = 10.0


class Caller:
    """Somebody who has dialled; ``number`` is what their phone shows, empty where they withhold it.

    ``dials``: which number, the town's own where it is empty.

    Every method raises HungUp where the other side has ended the call.
    """

    def __init__(self, number: str, folder: Path, dials: str = "") -> None:
        self.id = uuid.uuid4().hex
        self.number = number
        self.dials = dials
        # WAV, 8 kHz: what they heard; whole once the call has ended.
        self.recording = folder / "recordings" / f"{self.id}.wav"
        self._leg: asyncio.Future[Leg] = asyncio.get_running_loop().create_future()
        self._over = asyncio.Event()

    async def answered(self) -> Leg:
        """Wait till the other side answers, and the script has the phone. Raises LabError where it does not."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await asyncio.shield(self._leg)
        except TimeoutError as error:
            raise LabError(f"nobody answered {self.number or 'a withheld number'}") from error

    async def press(self, keys: str) -> None:
        """One after another, at once, whatever is being said."""
        leg = await self.answered()
        for key in keys:
            await leg.execute("SendDTMF", key)

    async def until_silence(self) -> None:
        """Till the other side has spoken and is silent, as after a question."""
        leg = await self.answered()
        await leg.execute("WaitForNoise", "100")
        await leg.execute("WaitForSilence", str(SILENCE_MS))

    async def say(self, sound: Path) -> None:
        """``sound``: without suffix."""
        await (await self.answered()).play(str(sound))

    def hang_up(self) -> None:
        self._over.set()

    async def ended(self, seconds: float = 60.0) -> None:
        """Wait till the other side hangs up. Raises TimeoutError where it does not."""
        leg = await self.answered()
        async with asyncio.timeout(seconds):
            try:
                while True:
                    await leg.status()
                    await asyncio.sleep(POLL_SECONDS)
            except HungUp:
                pass

    async def heard(self) -> Path:
        """The recording of what was heard, whole: after the call. Raises TimeoutError where none comes."""
        async with asyncio.timeout(RECORDING_SECONDS):
            while not _frames(self.recording):
                await asyncio.sleep(POLL_SECONDS)
        return self.recording

    async def live(self, leg: Leg) -> None:
        """The phone's end of the call, while the script goes on; then the dialplan hangs up."""
        self._leg.set_result(leg)
        await self._over.wait()


class Callers:
    """The phones from which people call our managed Asterisk, by the town's own number unless they dial another."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._calling: dict[str, Caller] = {}
        self._server = AgiServer({ROUTE: self._take})
        self._port = 0

    @asynccontextmanager
    async def calling(self, number: str, dials: str = "") -> AsyncIterator[Caller]:
        """Somebody dials the town's own number, or another one that leads to it.

        Inside the block they are on the phone, at its end they hang up.
        Raises LabError when nobody answers.
        """
        caller = Caller(number, self._pair.landlines.folder, dials)
        self._calling[caller.id] = caller
        try:
            await asyncio.to_thread(self._dial, caller)
            await caller.answered()
            yield caller
        finally:
            caller.hang_up()
            del self._calling[caller.id]

    async def ring(self, number: str, seconds: int) -> None:
        """Somebody lets it ring that long at most, and hangs up unless it is answered. Returns at once."""
        await asyncio.to_thread(self._dial, Caller(number, self._pair.landlines.folder), seconds)

    @asynccontextmanager
    async def lifting(self, number: str) -> AsyncIterator[Caller]:
        """Somebody whose phone ``follows``, and who is called; they have lifted the phone when it is ``answered``."""
        caller = Caller(number, self._pair.landlines.folder)
        self._calling[number] = caller
        try:
            yield caller
        finally:
            caller.hang_up()
            del self._calling[number]

    async def start(self) -> None:
        self._port = await self._server.start("127.0.0.1", 0)
        await self._pair.landlines.asterisk.command(f"database put lab scripts {self._url}")

    @property
    def _url(self) -> str:
        return f"agi://127.0.0.1:{self._port}/{ROUTE}"

    async def stop(self) -> None:
        await self._server.stop()

    async def _take(self, leg: Leg) -> None:
        if caller := self._calling.get(leg.headers.get("agi_arg_1", "")):
            await caller.live(leg)

    def _dial(self, caller: Caller, seconds: int = ANSWER_SECONDS) -> None:
        """Written beside the folder that is watched, then moved there whole."""
        outgoing = self._pair.landlines.folder / CALL_FILES
        file = outgoing.parent / f"{caller.id}.call"
        file.write_text(self._call_file(caller, seconds), encoding="ascii")
        file.rename(outgoing / file.name)

    def _call_file(self, caller: Caller, seconds: int) -> str:
        town = caller.dials or self._pair.trunk.caller_id
        lines = [
            f"Channel: PJSIP/network/sip:{plain(town)}@127.0.0.1:{self._pair.sip_port}",
            f"CallerID: <{plain(caller.number) or 'anonymous'}>",
            f"WaitTime: {seconds}",
            "MaxRetries: 0",
            "Context: callers",
            "Extension: s",
            "Priority: 1",
            f"Setvar: CALL={caller.id}",
            f"Setvar: SCRIPT={self._url}",
        ]
        if not caller.number:
            lines.append("Setvar: CALLERID(pres)=prohib")
        return "\n".join(lines) + "\n"


def _frames(file: Path) -> int:
    """Asterisk writes the number of frames into the file's head when it closes it (0 till then)."""
    try:
        with wave.open(str(file), "rb") as sound:
            return sound.getnframes()
    except (OSError, EOFError, wave.Error):
        return 0


@asynccontextmanager
async def open_callers(pair: Pair) -> AsyncIterator[Callers]:
    callers = Callers(pair)
    await callers.start()
    try:
        yield callers
    finally:
        await callers.stop()
