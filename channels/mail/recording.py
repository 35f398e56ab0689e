"""An announcement's recording as MP3, small enough to be attached."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

# Recordings remembered: an announcement goes to many.
MANY = 8
TIMEOUT_SECONDS = 60.0


class Recordings:
    """``file_of``: where the library keeps the voice of a recording."""

    def __init__(self, file_of: Callable[[str], Path]) -> None:
        self._file_of = file_of
        self._made: dict[str, bytes | None] = {}

    async def mp3(self, key: str) -> bytes | None:
        """None where it cannot be made: the message goes without."""
        if key not in self._made:
            if len(self._made) >= MANY:
                del self._made[next(iter(self._made))]
            self._made[key] = await self._make(self._file_of(key))
        return self._made[key]

    async def _make(self, file: Path) -> bytes | None:
        command = ("ffmpeg", "-v", "error", "-i", str(file), "-ac", "1", "-b:a", "48k", "-f", "mp3", "-")
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                )
                sound, said = await process.communicate()
        except (OSError, TimeoutError) as error:
            log.warning("a recording cannot be attached", file=file.name, reason=str(error) or "timeout")
            return None
        if process.returncode or not sound:
            log.warning("a recording cannot be attached", file=file.name, reason=said.decode(errors="replace")[:200])
            return None
        return sound
