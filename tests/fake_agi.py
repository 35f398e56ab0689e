"""Asterisk's side of a FastAGI call, over a real socket: plays nothing, presses keys, hangs up."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

DEADLINE_SECONDS = 40.0
SAMPLES_PER_SECOND = 8000
RECORDED_SECONDS = 8.0
SOUND = re.compile(r'STREAM FILE (\S+) "([0-9*#]*)"')


@dataclass
class Caller:
    """A person on the phone."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    # All commands that came, and the sounds among them by their last name.
    commands: list[str] = field(default_factory=list)
    sounds: list[str] = field(default_factory=list)
    # What is recorded of them; None: no file is made.
    says: Path | None = None

    def send(self, text: str | bytes) -> None:
        self.writer.write(text.encode() if isinstance(text, str) else text)

    async def command(self) -> str:
        """The next command; empty when the server has closed."""
        try:
            line = await asyncio.wait_for(self.reader.readline(), DEADLINE_SECONDS)
        except ConnectionError:
            return ""
        command = line.decode().rstrip("\n")
        if command:
            self.commands.append(command)
        if sound := SOUND.match(command):
            self.sounds.append(PurePosixPath(sound[1]).name)
        return command

    async def until_sound(self, name: str, presses: Mapping[str, Sequence[str]] | None = None) -> None:
        """Listen until the sound begins; it has not been answered yet."""
        waiting = {sound: list(keys) for sound, keys in (presses or {}).items()}
        while command := await self.command():
            if self.sounds and self.sounds[-1] == name and SOUND.match(command):
                return
            self._answer(command, waiting, 20.0)
        raise AssertionError(f"the call ended before {name}: {self.sounds}")

    async def live(self, presses: Mapping[str, Sequence[str]] | None = None, seconds: float = 20.0) -> list[str]:
        """Listen to the end, every sound ``seconds`` long, a quarter of it when a key interrupts; gives the sounds.

        ``presses``: by sound, the keys pressed while it plays, one for each time it is played.
        """
        waiting = {sound: list(keys) for sound, keys in (presses or {}).items()}
        while command := await self.command():
            self._answer(command, waiting, seconds)
        return self.sounds

    def played(self, seconds: float, key: str = "") -> None:
        self.send(f"200 result={ord(key) if key else 0} endpos={int(seconds * SAMPLES_PER_SECOND)}\n")

    def hang_up(self, seconds: float) -> None:
        """What Asterisk sends when the person hangs up while a sound plays."""
        self.send(f"HANGUP\n200 result=-1 endpos={int(seconds * SAMPLES_PER_SECOND)}\n")

    def _answer(self, command: str, waiting: Mapping[str, list[str]], seconds: float) -> None:
        sound = SOUND.match(command)
        if command.startswith("RECORD FILE"):
            if self.says is not None:
                shutil.copy(self.says, f"{command.split()[2]}.{command.split()[3]}")
            self.played(RECORDED_SECONDS, "#")
            return
        if sound is None:
            self.send("200 result=1\n")
            return
        keys = waiting.get(self.sounds[-1])
        key = keys.pop(0) if keys else ""
        assert key in sound[2], f"key {key} would not interrupt {command}"
        self.played(seconds / 4 if key else seconds, key)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Caller]:
    """A connection on which nothing has been said yet."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Caller(reader, writer)
    finally:
        writer.transport.abort()


@asynccontextmanager
async def calling(port: int, *arguments: str, path: str = "announcement") -> AsyncIterator[Caller]:
    """A call that has shown its header: the path of the agi:// URL and the arguments of AGI()."""
    header = [f"agi_network: yes\nagi_network_script: {path}\nagi_channel: PJSIP/trunk-o2-00000001\n"]
    header += [f"agi_arg_{place}: {argument}\n" for place, argument in enumerate(arguments, start=1)]
    async with connected(port) as caller:
        caller.send("".join(header) + "\n")
        yield caller
