"""The town's landlines: a second Asterisk that is called, behaves as each phone's owner would, and keeps a record.

``halo.alaw`` and ``zaznamnik.alaw`` in lab/town are what people and machines there say: 8 kHz A-law made with
espeak-ng (``-v cs``, ``-v cs+f3``) and sox; the machine's greeting of eight seconds ends with its beep.
"""

import asyncio
import csv
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from string import Template

from pydantic import TypeAdapter

from dialplans.names import conf
from lab.asterisk import Asterisk
from lab.behaviour import LISTENS, Act, Behaviour, Behaviours
from lab.network import Network
from lab.program import Program
from store.errors import LabError

STATIC = ("asterisk.conf", "cdr.conf", "cdr_custom.conf", "extensions.conf")
RECORD_MODULES = ("res_cdrel_custom.so", "cdr_custom.so")
# Asterisk writes the file, but does not make its folder.
RECORD_FILE = Path("log", "cdr-custom", "calls.csv")
# Where a file makes somebody call out.
CALL_FILES = Path("spool", "outgoing")
HUMAN_SAYS = "halo"
MACHINE_SAYS = "zaznamnik"
RECORD_SECONDS = 10.0
# What it is of a call that somebody of the town made, is none of those that we see.
OUTCOME_COLUMN = 6
POLL_SECONDS = 0.05
OPEN_NETWORK = Network()
ANY_NUMBER = "_+X!"


class Outcome(StrEnum):
    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNALLOCATED = "unallocated"
    MACHINE = "machine"
    CONGESTION = "congestion"
    # A loudspeaker that was opened by its keys.
    ON_AIR = "on_air"


# What a phone or the network says instead of ringing.
REFUSALS = {Outcome.BUSY, Outcome.UNALLOCATED, Outcome.CONGESTION}


@dataclass(frozen=True)
class LandlineCall:
    """One call as the landline saw it."""

    number: str  # E.164
    caller: str  # the number shown
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    outcome: Outcome
    keys: str  # pressed, in order
    recording: Path | None  # WAV, 8 kHz: what the phone heard


class Landlines:
    """Numbers without a behaviour of their own listen."""

    def __init__(
        self,
        program: Program,
        folder: Path,
        behaviours: Behaviours,
        *,
        sip_port: int,
        rtp_ports: tuple[int, int],
        network: Network = OPEN_NETWORK,
    ) -> None:
        """Raises LabError for a folder whose path Asterisk could misread."""
        self.folder = folder.absolute()
        self._earlier = 0  # calls in the record before this start
        configuration = landline_files(program, self.folder, behaviours, sip_port, rtp_ports, network)
        self.asterisk = Asterisk(program, self.folder, configuration)

    async def start(self) -> None:
        """Raises LabError with the last lines of the log when Asterisk does not start."""
        _prepare(self.folder)
        self._earlier = len(self._record())
        await self.asterisk.start()

    async def stop(self) -> None:
        await self.asterisk.stop()

    async def calls(self) -> list[LandlineCall]:
        """All calls that have ended since the folder was made, in the order they ended.

        Waits for the record of a call that ended just now. Raises LabError when it never comes.
        """
        try:
            async with asyncio.timeout(RECORD_SECONDS):
                while len(record := self._record()) < self._earlier + await self._ended():
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError as error:
            raise LabError("the landlines lost the record of a call", mend=f"see {self.asterisk.log}") from error
        return [self._call(row) for row in record if row[OUTCOME_COLUMN] in list(Outcome)]

    async def _ended(self) -> int:
        """Calls since the start of Asterisk that are over, as it counts them itself."""
        text = await self.asterisk.command("core show channels count")
        active, processed = (int(match) for match in re.findall(r"(\d+) (?:active calls?|calls? processed)", text))
        return processed - active

    def _record(self) -> list[list[str]]:
        file = self.folder / RECORD_FILE
        if not file.exists():
            return []
        text = file.read_text(encoding="utf-8")
        written = text[: text.rfind("\n") + 1]  # a line that is being written right now comes next time
        return list(csv.reader(written.splitlines()))

    def _call(self, row: list[str]) -> LandlineCall:
        unique_id, number, caller, started, answered, ended, outcome, keys = row
        was_answered = float(answered) > 0
        recording = self.folder / "recordings" / f"{unique_id}.wav"
        return LandlineCall(
            number=number,
            caller=caller,
            started_at=_moment(started),
            answered_at=_moment(answered) if was_answered else None,
            ended_at=_moment(ended),
            outcome=Outcome(outcome) if was_answered or outcome in REFUSALS else Outcome.NO_ANSWER,
            keys=keys,
            recording=recording if was_answered else None,
        )


def landline_files(
    program: Program,
    folder: Path,
    behaviours: Behaviours,
    sip_port: int,
    rtp_ports: tuple[int, int],
    network: Network,
) -> dict[str, str]:
    rtp_first, rtp_last = rtp_ports
    # Since 22.6 the record's module stands on a second one, which older versions do not have.
    record = [name for name in RECORD_MODULES if (program.modules / name).exists()]
    further = "".join(f"require = {name}\n" for name in (*network.modules, *record))
    return {
        **{name: conf(f"landlines/{name}") for name in STATIC},
        "modules.conf": conf("landlines/modules.conf") + further,
        "pjsip.conf": network.pjsip(sip_port),
        "rtp.conf": Template(conf("landlines/rtp.conf")).substitute(rtp_first=rtp_first, rtp_last=rtp_last),
        "phones.conf": phones(folder, TypeAdapter(Behaviours).validate_python(behaviours)),
    }


def phones(folder: Path, behaviours: Behaviours) -> str:
    """The dialplan's view of the behaviours; the sounds and recordings stand under ``folder``."""
    head = f"[globals]\nSOUNDS = {folder}/sounds\nRECORDINGS = {folder}/recordings\n\n[landlines]\n"
    without_plus = "exten => _X!,1,Goto(+${EXTEN},1)\n"
    known = (_phone(number, behaviour) for number, behaviour in behaviours.items())
    return head + without_plus + "".join(known) + _phone(ANY_NUMBER, LISTENS)


def _phone(number: str, behaviour: Behaviour) -> str:
    settings = {
        "CDR(number)": "${EXTEN}",
        "CDR(outcome)": Outcome.MACHINE if behaviour.does is Act.MACHINE else Outcome.ANSWERED,
        "NUMBER": "${EXTEN}",
        "RING_SECONDS": behaviour.ring_seconds,
        "SAYS": _says(behaviour),
        "KEYS": behaviour.keys,
        "BUSY_TIMES": behaviour.busy_times,
        "STAYS_SECONDS": behaviour.stays_seconds,
    }
    assigned = ",".join(f"{name}={value}" for name, value in settings.items())
    return f"exten => {number},1,MSet({assigned})\n same => n,Goto(behaviours,{behaviour.does},1)\n"


def _says(behaviour: Behaviour) -> str:
    if behaviour.does is Act.MACHINE:
        return MACHINE_SAYS
    return HUMAN_SAYS if behaviour.says_hello else ""


def _prepare(folder: Path) -> None:
    """Lay down the sounds, so that Asterisk finds them wherever the project is installed."""
    for name in ("sounds", RECORD_FILE.parent, CALL_FILES):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in (HUMAN_SAYS, MACHINE_SAYS):
        sound = files("lab").joinpath("town", f"{name}.alaw")
        (folder / "sounds" / f"{name}.alaw").write_bytes(sound.read_bytes())


def _moment(seconds: str) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
