"""A private PostgreSQL for the tests: its own cluster in a temporary folder, on a free port of loopback."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from lab.ports import free_ports
from store.database import async_url

# PostgreSQL refuses to run as root, so root lends it this account (Debian's package makes it).
ACCOUNT = "postgres"


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """Runs a fresh server; gives its URL without a database name. ``durable``: commits reach the disk."""
    bin_folder = _bin_folder()
    # Not below pytest's own folders: the lent account could not enter those.
    with tempfile.TemporaryDirectory(prefix="hlasatel-postgres-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, pwd.getpwnam(ACCOUNT).pw_uid, -1)
        data = folder / "data"
        initdb: list[str | Path] = [
            bin_folder / "initdb",
            "-D",
            data,
            "-U",
            ACCOUNT,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]
        _run(initdb, folder)
        [port] = free_ports(socket.SOCK_STREAM, 1)
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync={'on' if durable else 'off'} -c max_connections=50"
        _run([bin_folder / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start"], folder)
        try:
            yield f"postgresql://{ACCOUNT}@127.0.0.1:{port}"
        finally:
            _run([bin_folder / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], folder)


def restart(data: Path) -> None:
    """Stop the server of this data folder at once, as a crash does, and start it again."""
    command: list[str | Path] = [_bin_folder() / "pg_ctl", "-D", data, "-m", "immediate", "-l", data.parent / "log"]
    _run([*command, "-w", "restart"], data.parent)


async def in_postgres(server: str, statement: str) -> None:
    """Run one statement, outside of any transaction, on the server as ``postgres`` gave it."""
    admin = create_async_engine(async_url(f"{server}/postgres"), isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(statement))
    await admin.dispose()


async def postmaster(server: str) -> int:
    """Process id of the server, the parent of all that work for it."""
    admin = create_async_engine(async_url(f"{server}/postgres"))
    async with admin.connect() as connection:
        parent = _parent_of(await connection.scalar(text("SELECT pg_backend_pid()")))
    await admin.dispose()
    return parent


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])  # proc(5)


def _bin_folder() -> Path:
    on_path = shutil.which("initdb")
    found = [Path(on_path)] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise RuntimeError("no PostgreSQL server here; install it: apt-get install postgresql")
    return found[-1].parent


def _run(command: list[str | Path], folder: Path) -> None:
    as_account = ["runuser", "-u", ACCOUNT, "--"] if os.geteuid() == 0 else []
    subprocess.run([*as_account, *map(str, command)], cwd=folder, check=True, stdout=subprocess.DEVNULL)
