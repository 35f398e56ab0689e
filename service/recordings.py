"""The folder of what callers say: Asterisk writes there, and we read and remove."""

import asyncio
import uuid
from pathlib import Path

from dialer.link import AmiLink
from dialplans import names
from ivr.settings import HotlineSettings
from store.errors import SettingsError
from tts.library import PLAIN_PATH

PROBE_SECONDS = 3.0
POLL_SECONDS = 0.05


def recordings_folder(settings: HotlineSettings) -> Path:
    """Made where it is not there. Raises SettingsError for a path that Asterisk could not name, and OSError."""
    folder = settings.recordings.absolute()
    if not PLAIN_PATH.fullmatch(str(folder)):
        raise SettingsError(
            f"hotline.recordings: Asterisk cannot name files in “{folder}”",
            mend="choose a folder whose whole path has only letters without accents, digits and / _ . -",
        )
    # What people said is not for everybody on this machine.
    folder.mkdir(parents=True, exist_ok=True, mode=0o770)
    return folder


def write_and_remove(folder: Path) -> None:
    """As we do with what callers have said. Raises OSError where we may not."""
    probe = _probe(folder)
    probe.touch()
    probe.unlink()


async def asterisk_writes(link: AmiLink, folder: Path) -> bool:
    """Has Asterisk write a file there, as whoever it runs as, and reads and removes it; whether it came.

    Raises OSError where we may not read or remove it, and as ``link.action``.
    """
    probe = _probe(folder)
    call = {
        "Channel": f"Local/s@{names.PROBE_CONTEXT}/n",
        "Application": "Hangup",
        "Async": "true",
        "Variable": f"{names.PROBE}={probe}",
    }
    await link.action("Originate", call)
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            while not probe.exists() or not probe.read_bytes():
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        return False
    finally:
        probe.unlink(missing_ok=True)
    return True


def _probe(folder: Path) -> Path:
    return folder / f"doctor-{uuid.uuid4().hex}.txt"
