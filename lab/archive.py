"""Take a package and all it needs out of a Debian or Ubuntu archive, without root and without installing it.

apt runs on a private state: an empty ``status`` file makes it fetch every dependency, and nothing of the machine's
own package database is read or changed.
"""

import os
import re
import shutil
from pathlib import Path

from lab.commands import run
from lab.sources import Stanza, written
from store.errors import LabError

UPDATE_SECONDS = 300.0
DOWNLOAD_SECONDS = 900.0
UNPACK_SECONDS = 120.0


async def download(package: str, stanzas: list[Stanza], folder: Path) -> list[Path]:
    """The ``.deb`` files of ``package`` and its dependencies, put under ``folder`` (made anew).

    Raises LabError with apt's last lines.
    """
    shutil.rmtree(folder, ignore_errors=True)
    apt = _private_apt(stanzas, folder)
    problem = ""
    try:
        await run(*apt, "update", seconds=UPDATE_SECONDS)
    except LabError as error:  # one broken repository among good ones does not matter: the next step judges
        problem = f"{error.what}\n"
    try:
        await run(
            *apt, "install", "-y", "--download-only", "--no-install-recommends", package, seconds=DOWNLOAD_SECONDS
        )
    except LabError as error:
        raise LabError(f"{problem}{error.what}") from error
    return _packages(folder)


def _packages(folder: Path) -> list[Path]:
    return sorted(folder.glob("cache/archives/*.deb"))


def _private_apt(stanzas: list[Stanza], folder: Path) -> list[str]:
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    # What comes by "file:" is used where it lies and never reaches the cache; "copy:" brings it there.
    copied = [{**fields, "uris": re.sub(r"\bfile:", "copy:", fields["uris"])} for fields in stanzas]
    (folder / "private.sources").write_text(written(copied))
    options = [
        f"Dir::State={folder}/state",
        f"Dir::State::status={folder}/status",
        f"Dir::Cache={folder}/cache",
        f"Dir::Etc::sourcelist={folder}/private.sources",
        "Dir::Etc::sourceparts=/dev/null",
        "Dir::Etc::preferences=/dev/null",
        "Dir::Etc::preferencesparts=/dev/null",
        # A mirror frozen at some day is fine; its signatures are checked all the same.
        "Acquire::Check-Valid-Until=false",
        "Acquire::Languages=none",
    ]
    if os.geteuid() == 0:  # apt's own account cannot write into our folder
        options.append("APT::Sandbox::User=root")
    return ["apt-get", "-q", *(word for option in options for word in ("-o", option))]


async def unpack(packages: list[Path], prefix: Path) -> None:
    """Unpacked as plain files: programs that would run as root for anybody (su, passwd …) lose that right."""
    for package in packages:
        await run("dpkg", "-x", str(package), str(prefix), seconds=UNPACK_SECONDS)
    await run("chmod", "-R", "ug-s", str(prefix), seconds=UNPACK_SECONDS)
