"""A call leg under FastAGI: play, record, wait for keys, variables, transfer. Bounded in size; EOF is a hang-up."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from panoramisk.fast_agi import Request
from panoramisk.utils import parse_agi_result

# Longest answer line that Asterisk has for us (a variable's value), bytes.
LONGEST_LINE = 4096
SAMPLES_PER_SECOND = 8000  # of endpos: A-law telephone audio
# What a command that was carried out is answered with; panoramisk's parser, ten times slower, reads all others.
USUAL = re.compile(r"200 result=(\d+)(?: endpos=\d+)?")
TRYING = 100  # status code: the answer is still to come
PLAIN = re.compile(r"[A-Za-z0-9_/.+*#-]*")
ANY_KEY = "0123456789*#"
ENDS_RECORDING = "#"
# What a recording is written as: a WAV of 8 kHz.
RECORDING_FORMAT = "wav"


class HungUp(Exception):
    """The person has hung up, or the connection to Asterisk is gone. Ends the call's coroutine."""

    def __init__(self, played_seconds: float = 0.0) -> None:
        super().__init__("hung up")
        # How far the sound that was playing had got.
        self.played_seconds = played_seconds


@dataclass(frozen=True)
class Played:
    """``key`` is empty when the sound ended undisturbed."""

    key: str
    seconds: float


class Leg(Request):  # type: ignore[misc]
    """One call. Every method raises HungUp when the person is gone."""

    async def play(self, sound: str, keys: str = "") -> Played:
        """Play a sound (path without suffix); one of ``keys`` interrupts it."""
        return _played(await self._command(f'STREAM FILE {plain(sound)} "{plain(keys)}"'))

    async def play_all(self, sounds: Sequence[str], keys: str = "") -> str:
        """Play sounds one after another; gives the key that interrupted them, or an empty text."""
        for sound in sounds:
            if key := (await self.play(sound, keys)).key:
                return key
        return ""

    async def keys(self, sound: str, most: int, first: str = "") -> str:
        """Up to ``most`` digits after the ``first``; ``#`` ends them and is the last of them, ``*`` likewise.

        ``sound`` is played while the next one is waited for (silence); its end is the end of the digits.
        """
        pressed = first
        while len(pressed) < most and pressed[-1:] not in ("#", "*"):
            key = (await self.play(sound, ANY_KEY)).key
            if not key:
                break
            pressed += key
        return pressed

    async def record(self, file: Path, *, most_seconds: int, silence_seconds: int) -> Played:
        """Record into ``file`` (its suffix is RECORDING_FORMAT's) until ``#``, so much silence, or the longest time.

        The file stays also when the person hangs up: HungUp tells its length.
        """
        if file.suffix != f".{RECORDING_FORMAT}":
            raise ValueError(f"{file} is no .{RECORDING_FORMAT}")
        answer = await self._command(
            f"RECORD FILE {plain(str(file.with_suffix('')))} {RECORDING_FORMAT} "
            f'"{ENDS_RECORDING}" {int(most_seconds) * 1000} 0 s={int(silence_seconds)}'
        )
        return _played(answer)

    async def variable(self, name: str) -> str:
        """A channel variable of the dialplan; empty where it is not set."""
        answer = await self._command(f"GET VARIABLE {plain(name)}")
        if answer.get("error"):
            raise HungUp
        return str(answer["result"][1])

    async def gosub(self, context: str, *arguments: str) -> None:
        """Run a subroutine of the dialplan, such as the transfer to somebody: returns when that is over."""
        answer = await self._command(f"GOSUB {plain(context)} s 1 {','.join(map(plain, arguments))}".rstrip())
        if answer.get("error"):
            raise HungUp

    async def execute(self, application: str, *arguments: str) -> None:
        """Run an application of the dialplan."""
        answer = await self._command(f"EXEC {plain(application)} {','.join(map(plain, arguments))}")
        if answer.get("error"):
            raise HungUp

    async def status(self) -> None:
        """Raises HungUp where the call is over."""
        answer = await self._command("CHANNEL STATUS")
        if answer.get("error"):
            raise HungUp

    async def set_variable(self, name: str, value: str) -> None:
        answer = await self._command(f"SET VARIABLE {plain(name)} {plain(value)}")
        if answer.get("error"):
            raise HungUp

    async def _command(self, command: str) -> dict[str, Any]:
        # No drain: it is one short line, and the next one waits for its answer.
        self.writer.write(f"{command}\n".encode())
        try:
            answer = await self._read_result()
            while answer.get("status_code") == TRYING:
                answer = await self._read_result()
        except ConnectionError as error:
            raise HungUp from error
        return answer

    async def _read_result(self) -> dict[str, Any]:
        """Overrides panoramisk's: with bounds, EOF as a hang-up, and the raw line kept (it has endpos).

        HANGUP comes on its own line before or after the answer that a command still gets, so it is passed over.
        """
        while True:
            try:
                raw = await self.reader.readline()
                line = raw.decode("utf-8", "replace").strip()
                if not raw.endswith(b"\n") or len(raw) > LONGEST_LINE:
                    raise HungUp
                if usual := USUAL.fullmatch(line):
                    return {"result": (usual[1], ""), "line": line}
                if line != "HANGUP":
                    return {**parse_agi_result(line), "line": line}
            except ValueError as error:  # no end of line in sight, or no answer at all
                raise HungUp from error


def _played(answer: dict[str, Any]) -> Played:
    end = re.search(r"endpos=(\d+)", answer["line"])
    seconds = int(end.group(1)) / SAMPLES_PER_SECOND if end else 0.0
    if answer.get("error"):
        raise HungUp(seconds)
    return Played(key_of(answer), seconds)


def key_of(answer: dict[str, Any]) -> str:
    """AGI tells a key as its ASCII code, none as 0."""
    code = answer["result"][0]
    return chr(int(code)) if code.isdecimal() and 0 < int(code) < 128 else ""


def plain(text: str) -> str:
    """The text, if it can be one AGI word. Raises ValueError: a person's text never goes into a command."""
    if PLAIN.fullmatch(text) is None:
        raise ValueError(f"{text!r} may not go into an AGI command")
    return text
