"""The folder of one Asterisk: its configuration files, and where it keeps what."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from lab.program import Program

# sockaddr_un holds 108 bytes, the last of them a zero (unix(7)).
LONGEST_SOCKET_PATH = 107
CONTROL_SOCKET = "asterisk.ctl"
FOLDERS = ("etc", "log", "db", "spool", "keys")
# Asterisk complains at start where one of these is missing. Tones: those of the Czech network.
QUIET_FILES = {
    "acl.conf": "",
    "ccss.conf": "[general]\n",
    "cdr.conf": "[general]\nenable = no\n",
    "cel.conf": "[general]\nenable = no\n",
    "features.conf": "[general]\n",
    "indications.conf": """\
[general]
country = cz
[cz]
description = Czech Republic
ringcadence = 1000,4000
dial = 425/330,0/330,425/660,0/660
busy = 425/330,0/330
ring = 425/1000,0/4000
congestion = 425/165,0/165
callwaiting = 425/330,0/9000
dialrecall = 425/330,0/330,425/660,0/660
record = 1400/500,0/14000
info = 950/330,0/30,1400/330,0/30,1800/330,0/1000
""",
    "logger.conf": "[general]\n[logfiles]\nmessages.log => notice,warning,error\n",
    "manager.conf": "[general]\nenabled = no\n",
    "pjproject.conf": "",
    "stasis.conf": "[threadpool]\n",
    "udptl.conf": "[general]\n",
}


def write(program: Program, folder: Path, files: Mapping[str, str]) -> Path:
    """Make the folder, readable by its owner alone, and gives the folder of the control socket."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name in FOLDERS:
        (folder / name).mkdir(exist_ok=True, mode=0o700)
    run = _run_folder(folder)
    options = files.get("asterisk.conf", "")
    directories = {"asterisk.conf": _directories(program, folder, run) + options}
    for name, text in {**QUIET_FILES, **files, **directories}.items():
        file = folder / "etc" / name
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
    return run


def _run_folder(folder: Path) -> Path:
    """In ``folder``, or a short temporary one where the control socket's path would be too long."""
    run = folder / "run"
    if len(bytes(run / CONTROL_SOCKET)) > LONGEST_SOCKET_PATH:
        return Path(tempfile.mkdtemp(prefix="hlasatel-"))
    run.mkdir(exist_ok=True, mode=0o700)
    return run


def _directories(program: Program, folder: Path, run: Path) -> str:
    places = {
        "astetcdir": folder / "etc",
        "astmoddir": program.modules,
        "astdatadir": program.data,
        "astvarlibdir": folder / "db",
        "astdbdir": folder / "db",
        "astagidir": folder / "db",
        "astkeydir": folder / "keys",
        "astspooldir": folder / "spool",
        "astrundir": run,
        "astlogdir": folder / "log",
    }
    return "[directories]\n" + "".join(f"{name} = {place}\n" for name, place in places.items()) + "\n"
