"""Run a speech program: no shell, a time limit, and no orphan when the caller gives up."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from store.errors import SpeechError

# A killed program is gone within this time, unless the kernel keeps it.
REAP_SECONDS = 5.0


class Ended(NamedTuple):
    """How a program ended. Festival's scripts exit 0 after an error, so look at what they wrote, too."""

    code: int
    output: bytes
    complaint: str

    @property
    def last_words(self) -> str:
        """The last line of the complaint, where programs say why."""
        return self.complaint.rpartition("\n")[2] or f"exit code {self.code}"


async def run(*command: str, seconds: float, given: Path | None = None) -> Ended:
    """Run ``command`` (program first) with the file ``given`` as its input; killed on a time-out or cancel.

    Raises SpeechError when it is not installed or takes longer than ``seconds``.
    """
    source = os.open(given or os.devnull, os.O_RDONLY)
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=source,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise SpeechError(f"{command[0]} is not installed", mend=f"install {command[0]}") from error
    finally:
        os.close(source)
    return await _finished(process, command[0], seconds)


async def _finished(process: asyncio.subprocess.Process, name: str, seconds: float) -> Ended:
    try:
        async with asyncio.timeout(seconds):
            output, complaint = await process.communicate()
    except TimeoutError as error:
        raise SpeechError(
            f"{name} took longer than {seconds:g} s", mend="raise speech.timeout_seconds or shorten the text"
        ) from error
    finally:
        if process.returncode is None:
            await _kill(process)
    return Ended(process.returncode or 0, output, complaint.decode(errors="replace").strip())


async def _kill(process: asyncio.subprocess.Process) -> None:
    """With all that it has started, for whoever holds its pipes would keep us waiting."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):
        async with asyncio.timeout(REAP_SECONDS):
            await process.communicate()  # wait() alone never ends while a pipe is full
