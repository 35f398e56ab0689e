"""A real gammu-smsd with its dummy modem, a folder of files, in a temporary folder."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from channels.gammu import GammuSettings

SCHEMA = Path(__file__).with_name("gammu.sql")
CONFIGURATION = """\
[gammu]
model = dummy
connection = none
port = {folder}/modem

[smsd]
service = sql
driver = sqlite3
database = smsd.db
dbdir = {folder}/
logfile = {folder}/smsd.log
debuglevel = 1
checksecurity = 0
commtimeout = 1
loopsleep = 1
receivefrequency = 1
deliveryreport = sms
"""
CENTRE = "+420602909909"
_INBOX = "1"
_LINE = 200


@dataclass
class Gammu:
    folder: Path
    process: asyncio.subprocess.Process | None = None
    _places: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder}/smsd.db"

    def settings(self, **changes: Any) -> GammuSettings:
        """A section that sends by this modem."""
        given = {"adapter": "gammu", "name": "modem", "url": self.url, "messages_per_second": 100, **changes}
        return GammuSettings.model_validate(given)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        # IMMEDIATE: who becomes a writer later may be refused at once, whatever the timeout.
        file = self.folder / "smsd.db"
        with closing(sqlite3.connect(file, timeout=60, isolation_level="IMMEDIATE")) as database, database:
            return database.execute(statement).fetchall()

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            "gammu-smsd",
            "-c",
            str(self.folder / "smsdrc"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    def bring(self, sender: str, text: str, header: str = "", coding: str = "Unicode_No_Compression") -> None:
        """A message lies in the modem. ``text``: hex where it is 8bit; ``header``: user data header in hex."""
        body = text if coding == "8bit" else _hex(text)
        lines = [
            "[SMSBackup000]",
            f"SMSCUnicode = {_hex(CENTRE)}",
            "Sent = 20261124T083000",
            "State = UnRead",
            f'Number = "{sender}"',
            f"NumberUnicode = {_hex(sender)}",
            'Name = ""',
            *(f"Text{at // _LINE:02} = {body[at : at + _LINE]}" for at in range(0, len(body), _LINE)),
            f"Coding = {coding}",
            "Folder = 1",
            f"Length = {len(body) // 2 if coding == '8bit' else len(text)}",
            "Class = -1",
            "ReplySMSC = False",
            "RejectDuplicates = False",
            "ReplaceMessage = 0",
            "MessageReference = 0",
            *([f"UDH = {header}"] if header else []),
        ]
        place = self.folder / "modem" / "sms" / _INBOX / str(next(self._places))
        whole = place.with_suffix(".new")
        whole.write_text("\n".join(lines) + "\n")
        whole.rename(place)


def _hex(text: str) -> str:
    return text.encode("utf-16-be").hex().upper()


@asynccontextmanager
async def gammu(folder: Path) -> AsyncIterator[Gammu]:
    """Runs it till the end of the block."""
    for number in range(1, 6):
        (folder / "modem" / "sms" / str(number)).mkdir(parents=True)
    (folder / "smsdrc").write_text(CONFIGURATION.format(folder=folder))
    with sqlite3.connect(folder / "smsd.db") as database:
        database.executescript(SCHEMA.read_text())
    database.close()
    running = Gammu(folder)
    try:
        await running.start()
        yield running
    finally:
        await running.stop()
