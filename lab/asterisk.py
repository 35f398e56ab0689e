"""One running Asterisk: a child process with its own folder, configuration and control socket."""

import asyncio
import re
import shutil
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from lab.commands import run, tail
from lab.configuration import write
from lab.program import Program
from store.errors import LabError

BOOT_SECONDS = 60.0
STOP_SECONDS = 10.0
COMMAND_SECONDS = 30.0
POLL_SECONDS = 0.05
# The folder's path becomes a value in Asterisk's configuration and an argument of its dialplan.
PLAIN_PATH = re.compile(r"[\w./+@: -]+")


class Asterisk:
    """``files``: configuration by file name; an ``asterisk.conf`` among them leaves [directories] to us."""

    def __init__(self, program: Program, folder: Path, files: Mapping[str, str]) -> None:
        """Raises LabError for a folder whose path Asterisk could misread."""
        self.folder = folder.absolute()
        if not PLAIN_PATH.fullmatch(str(self.folder)):
            raise LabError(f"Asterisk cannot live in {self.folder}", mend="use letters, digits, . _ and - in its path")
        self._program = program
        self._files = dict(files)
        self._process: Process | None = None
        self._run = self.folder / "run"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """Of the process; 0 where there is none."""
        return self._process.pid if self._process else 0

    @property
    def log(self) -> Path:
        """Notices, warnings and errors, of earlier starts in this folder too."""
        return self.folder / "log" / "messages.log"

    async def start(self) -> None:
        """Write the configuration, start, wait until fully booted.

        Raises LabError with the last lines of the log when that fails, or when an Asterisk runs here already.
        """
        if self.running or await self._answers():
            raise LabError(f"an Asterisk runs in {self.folder} already", mend="stop it first")
        self._run = write(self._program, self.folder, self._files)
        self._process = await self._spawn()
        try:
            await self._boot(self._process)
        except BaseException:
            await self.kill()
            raise

    async def stop(self) -> None:
        """End all calls and the process, by force if it lingers; nothing to do when it does not run."""
        if self._process and self.running:
            self._process.terminate()  # to Asterisk the same as "core stop now"
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        await self.kill()

    async def kill(self) -> None:
        """End the process at once, as a crash does."""
        if self._process and self.running:
            self._process.kill()
            await self._process.wait()
        if self._run.parent != self.folder:
            shutil.rmtree(self._run, ignore_errors=True)

    async def ended(self) -> None:
        """Wait until the process is no more."""
        if self._process is not None:
            await self._process.wait()

    async def command(self, text: str) -> str:
        """What Asterisk's command line answers to ``text``. Raises LabError when it does not run."""
        if not text.isprintable():
            raise LabError("a command to Asterisk is one line of printable letters")
        return await run(*self._command, "-rx", text, seconds=COMMAND_SECONDS)

    @property
    def _command(self) -> tuple[str, ...]:
        return (*self._program.command, "-C", str(self.folder / "etc" / "asterisk.conf"))

    async def _spawn(self) -> Process:
        # setpriv: when we die without a farewell the kernel ends Asterisk too (PR_SET_PDEATHSIG, prctl(2)).
        # A session of its own: Ctrl-C in our terminal is for us to handle, and then to stop Asterisk in order.
        with (self.folder / "log" / "console").open("ab") as console:
            return await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "TERM", "--", *self._command, "-f"),
                stdin=DEVNULL,
                stdout=console,
                stderr=STDOUT,
                start_new_session=True,
            )

    async def _boot(self, process: Process) -> None:
        booted = asyncio.create_task(self._booted())
        ended = asyncio.create_task(process.wait())
        try:
            await asyncio.wait({booted, ended}, timeout=BOOT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if ended.done() or not booted.done():
                raise LabError(f"Asterisk did not start in {self.folder}\n{self._last_lines()}")
        finally:
            booted.cancel()
            ended.cancel()
            await asyncio.gather(booted, ended, return_exceptions=True)

    async def _booted(self) -> None:
        while not await self._answers("core waitfullybooted", "fully booted"):
            await asyncio.sleep(POLL_SECONDS)

    async def _answers(self, command: str = "core show version", expected: str = "Asterisk") -> bool:
        try:
            return expected in await self.command(command)
        except LabError:
            return False

    def _last_lines(self) -> str:
        console = self.folder / "log" / "console"
        return "\n".join(tail(file.read_text(errors="replace")) for file in (self.log, console) if file.exists())
