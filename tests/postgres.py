"""A private PostgreSQL for the tests: its own cluster in a temporary folder, on a free port of loopback."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

# PostgreSQL refuses to run as root, so root lends it this account (Debian's package makes it).
ACCOUNT = "postgres"


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Runs a fresh server; gives its URL without a database name."""
    bin_folder = _bin_folder()
    port = free_port()
    data = folder / "data"
    if os.geteuid() == 0:
        entry = pwd.getpwnam(ACCOUNT)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        for parent in folder.parents:
            if parent.stat().st_uid == 0 and parent.name.startswith(("pytest", "hlasatel")):
                parent.chmod(0o755)
    _run(
        [bin_folder / "initdb", "-D", data, "-U", ACCOUNT, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
        folder,
    )
    options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=50"
    _run([bin_folder / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start"], folder)
    try:
        yield f"postgresql://{ACCOUNT}@127.0.0.1:{port}"
    finally:
        _run([bin_folder / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], folder)


def _bin_folder() -> Path:
    on_path = shutil.which("initdb")
    found = [Path(on_path)] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise RuntimeError("no PostgreSQL server here; install it: apt-get install postgresql")
    return found[-1].parent


def _run(command: list[str | Path], folder: Path) -> None:
    as_account = ["runuser", "-u", ACCOUNT, "--"] if os.geteuid() == 0 else []
    subprocess.run([*as_account, *map(str, command)], cwd=folder, check=True, stdout=subprocess.DEVNULL)
