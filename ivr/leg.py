"""A call leg under FastAGI: play, wait for a key, set a variable. Bounded in size; EOF is a hang-up."""

import re
from dataclasses import dataclass
from typing import Any

from panoramisk.fast_agi import Request
from panoramisk.utils import parse_agi_result

# Longest answer line that Asterisk has for us (a variable's value), bytes.
LONGEST_LINE = 4096
SAMPLES_PER_SECOND = 8000  # of endpos: A-law telephone audio
PLAIN = re.compile(r"[A-Za-z0-9_/.+*#-]*")


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
        answer = await self._command(f'STREAM FILE {plain(sound)} "{plain(keys)}"')
        end = re.search(r"endpos=(\d+)", answer["line"])
        seconds = int(end.group(1)) / SAMPLES_PER_SECOND if end else 0.0
        if answer.get("error"):
            raise HungUp(seconds)
        return Played(key_of(answer), seconds)

    async def set_variable(self, name: str, value: str) -> None:
        answer = await self._command(f"SET VARIABLE {plain(name)} {plain(value)}")
        if answer.get("error"):
            raise HungUp

    async def _command(self, command: str) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = await self.send_command(command)
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
                if line != "HANGUP":
                    return {**parse_agi_result(line), "line": line}
            except ValueError as error:  # no end of line in sight, or no answer at all
                raise HungUp from error


def key_of(answer: dict[str, Any]) -> str:
    """AGI tells a key as its ASCII code, none as 0."""
    code = answer["result"][0]
    return chr(int(code)) if code.isdecimal() and 0 < int(code) < 128 else ""


def plain(text: str) -> str:
    """The text, if it can be one AGI word. Raises ValueError: a person's text never goes into a command."""
    if PLAIN.fullmatch(text) is None:
        raise ValueError(f"{text!r} may not go into an AGI command")
    return text
