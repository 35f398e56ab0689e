"""Run a program to its end, under a deadline, and keep what it said."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, STDOUT

from store.errors import LabError

TAIL_LINES = 8


async def run(*command: str, seconds: float) -> str:
    """What the program printed (both streams).

    Raises LabError with its last lines when it is missing, fails or is not ready after ``seconds``.
    """
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT)
    except OSError as error:
        raise LabError(f"cannot start {command[0]}: {error.strerror}") from error
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate()
    except TimeoutError as error:
        raise LabError(f"{command[0]} was not ready after {seconds:g} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = output.decode(errors="replace")
    if process.returncode != 0:
        raise LabError(f"{command[0]} failed ({process.returncode}): {tail(text)}")
    return text


def tail(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-TAIL_LINES:])
