"""A real Asterisk: the machine's own, or one fetched from the machine's own mirror and run unpacked."""

import asyncio
import configparser
import fcntl
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from lab.archive import download, unpack
from lab.sources import Stanza, of_machine, with_suite
from store.errors import LabError

OLDEST_MAJOR = 18
STOPGAP_SUITE = "bullseye"  # Asterisk 16.28: for the days when unstable cannot be installed
PACKAGE = "asterisk"
UNPACKED = "asterisk"
DATA_FOLDERS = (Path("/usr/share/asterisk"), Path("/var/lib/asterisk"))
LIBRARIES = ("usr/lib/*-linux-gnu*", "lib/*-linux-gnu*", "usr/lib")
VERSION = re.compile(r"Asterisk (?:certified[/-])?(\d+\.[0-9A-Za-z.+~-]+)")
MEND = "put an Asterisk (18 to 22) on PATH: apt-get install asterisk, or build one from asterisk.org"


@dataclass(frozen=True)
class Program:
    """An Asterisk that answers ``-V``."""

    command: tuple[str, ...]  # the binary, before it the loader and library path where it runs unpacked
    modules: Path
    data: Path  # astdatadir: documentation and sounds
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


def find_program(cache: Path) -> Program | None:
    """An Asterisk (18 or newer) on PATH, else the one unpacked into ``cache`` before, else None."""
    return _on_path() or _unpacked(cache / UNPACKED)


async def install_program(cache: Path, apt: Path = Path("/etc/apt")) -> Program:
    """Fetch an Asterisk into ``cache`` (about 350 MB while at work) unless ``find_program`` knows one.

    As any user; two at once wait for each other. ``apt``: the folder of apt's own sources.
    Raises LabError with what apt said at each try.
    """
    try:
        async with _locked(cache):
            return find_program(cache) or await _fetch(cache, apt)
    except OSError as error:
        raise LabError(
            f"cannot unpack Asterisk into {cache}: {error.strerror}",
            mend="free its disk or choose another cache folder",
        ) from error


@asynccontextmanager
async def _locked(cache: Path) -> AsyncIterator[None]:
    with _lock_file(cache) as handle:
        await asyncio.to_thread(fcntl.flock, handle, fcntl.LOCK_EX)
        yield  # closing the file frees the lock


def _lock_file(cache: Path) -> TextIO:
    cache.mkdir(parents=True, exist_ok=True)
    return (cache / "lock").open("w")


async def _fetch(cache: Path, apt: Path) -> Program:
    if not shutil.which("apt-get"):
        raise LabError("no Asterisk here, and no apt-get to fetch one", mend=MEND)
    problems = []
    for name, stanzas in _attempts(of_machine(apt)):
        try:
            return await _fetch_from(stanzas, cache)
        except LabError as error:
            problems.append(f"{name}: {error.what}")
    raise LabError("Asterisk could not be fetched\n" + "\n".join(problems), mend=MEND)


def _attempts(machine: list[Stanza]) -> Iterable[tuple[str, list[Stanza]]]:
    codename = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    yield "the machine's own suites", machine
    yield "Debian unstable", with_suite(machine, "sid", codename)
    yield f"Debian {STOPGAP_SUITE}", with_suite(machine, STOPGAP_SUITE, codename)


async def _fetch_from(stanzas: list[Stanza], cache: Path) -> Program:
    if not stanzas:
        raise LabError("none of apt's sources on this machine is a Debian main archive")
    with _work_folder(cache) as folder:
        prefix = folder / "prefix"
        await unpack(await download(PACKAGE, stanzas, folder / "apt"), prefix)
        return _put_in_place(prefix, cache / UNPACKED)


@contextmanager
def _work_folder(cache: Path) -> Iterator[Path]:
    """In the cache itself, so that the finished prefix only needs a new name."""
    for leftover in cache.glob(".fetch-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=cache) as folder:
        yield Path(folder)


def _put_in_place(prefix: Path, place: Path) -> Program:
    shutil.rmtree(place, ignore_errors=True)
    prefix.rename(place)
    program = _unpacked(place)
    if program is None:
        raise LabError("the packages unpacked, but the Asterisk in them does not start")
    return program


def _on_path() -> Program | None:
    binary = shutil.which(PACKAGE) or shutil.which(PACKAGE, path="/usr/sbin:/usr/local/sbin")
    modules = _first_with("chan_pjsip.so", _module_folders())
    data = _first_with("documentation", DATA_FOLDERS)
    if not (binary and modules and data):
        return None
    program = _verified((binary,), modules, data)
    return program if program and program.major >= OLDEST_MAJOR else None


def _module_folders() -> Iterable[Path]:
    own = configparser.ConfigParser(strict=False, allow_no_value=True, interpolation=None, delimiters=("=",))
    try:
        own.read("/etc/asterisk/asterisk.conf")
        yield Path(own.get("directories", "astmoddir").lstrip("> "))
    except (configparser.Error, OSError):
        pass  # unreadable for us: look where packages put them
    for pattern in ("lib/*/asterisk/modules", "lib/asterisk/modules", "lib64/asterisk/modules"):
        yield from Path("/usr").glob(pattern)
        yield from Path("/usr/local").glob(pattern)


def _first_with(name: str, folders: Iterable[Path]) -> Path | None:
    return next((folder for folder in folders if (folder / name).exists()), None)


def _unpacked(prefix: Path) -> Program | None:
    """Run with the loader and libraries of the prefix: the machine's own libc may be older."""
    prefix = prefix.absolute()
    libraries = [folder for name in LIBRARIES for folder in prefix.glob(name)]
    # A real file, never a link: older packages link the loader to an absolute path, which is the machine's own.
    loaders = [
        file for folder in libraries for file in folder.glob("ld-*.so*") if file.is_file() and not file.is_symlink()
    ]
    modules = _first_with("chan_pjsip.so", [folder / "asterisk/modules" for folder in libraries])
    if not (loaders and modules):
        return None
    path = ":".join(map(str, libraries))
    command = (str(loaders[0]), "--library-path", path, str(prefix / "usr/sbin/asterisk"))
    return _verified(command, modules, prefix / "usr/share/asterisk")


def _verified(command: tuple[str, ...], modules: Path, data: Path) -> Program | None:
    try:
        said = subprocess.run([*command, "-V"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = VERSION.search(said)
    return Program(command, modules, data, match[1]) if match else None
