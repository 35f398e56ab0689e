"""A real IMAP server (Dovecot) on loopback, an ordinary process with a folder of its own; every name is a mailbox."""

import asyncio
import grp
import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

from channels.mail.mailbox import BouncesSettings
from lab.ports import free_ports
from tests.certificates import certificate

PASSWORD = "žluťoučký-kůň"
DEADLINE_SECONDS = 30.0
# As root Dovecot would want accounts for each of its parts; one that Debian's package makes will do for all.
ACCOUNT = "dovecot"
CONFIGURATION = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{cert}
ssl_key = <{key}
auth_failure_delay = 0
default_internal_user = {account}
default_internal_group = {group}
default_login_user = {account}
mail_location = maildir:{folder}/mail/%u
mail_max_userip_connections = 50
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service anvil {{
  chroot =
  # Else who gives a wrong password waits ever longer.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


@dataclass(frozen=True)
class Dovecot:
    port: int
    tls_port: int
    ca_file: Path

    def settings(self, name: str, **changes: Any) -> BouncesSettings:
        """That lead to this mailbox."""
        usual = {"host": "127.0.0.1", "port": self.tls_port, "ca_file": self.ca_file, "username": name}
        return BouncesSettings(**{**usual, "password": PASSWORD, "poll_seconds": 0.1, "timeout_seconds": 10, **changes})

    def put(self, name: str, *mails: bytes, flags: str = "") -> None:
        with self._opened(name) as link:
            for mail in mails:
                link.append("INBOX", flags, "", mail)

    def flags(self, name: str, folder: str = "INBOX") -> dict[str, frozenset[str]]:
        """By subject."""
        with self._opened(name) as link:
            said, _ = link.select(folder, readonly=True)
            assert said == "OK", folder
            _, found = link.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER])")
        told = [part for part in found if isinstance(part, tuple)]
        return {
            str(message_from_bytes(head)["Subject"]): frozenset(flag.decode() for flag in imaplib.ParseFlags(line))
            for line, head in told
        }

    @contextmanager
    def _opened(self, name: str) -> Iterator[imaplib.IMAP4]:
        context = ssl.create_default_context(cafile=str(self.ca_file))
        link = imaplib.IMAP4_SSL("127.0.0.1", self.tls_port, ssl_context=context, timeout=DEADLINE_SECONDS)
        with link:
            link.authenticate("PLAIN", lambda _: f"\0{name}\0{PASSWORD}".encode())
            yield link


@contextmanager
def dovecot(*, ports: tuple[int, int] | None = None) -> Iterator[Dovecot]:
    """``ports``: without and with TLS from the first byte; free ones."""
    # Not below pytest's own folders: the lent account could not enter those.
    with tempfile.TemporaryDirectory(prefix="hlasatel-dovecot-") as name:
        folder = Path(name)
        owner = pwd.getpwnam(ACCOUNT) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        cert, key = certificate(folder, "mail")
        imap, imaps = ports or free_ports(socket.SOCK_STREAM, 2)
        words = {
            "folder": folder,
            "cert": cert,
            "key": key,
            "account": owner.pw_name,
            "group": grp.getgrgid(owner.pw_gid).gr_name,
            "uid": owner.pw_uid,
            "gid": owner.pw_gid,
            "password": PASSWORD,
            "imap": imap,
            "imaps": imaps,
        }
        (folder / "dovecot.conf").write_text(CONFIGURATION.format(**words))
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, owner.pw_uid, owner.pw_gid)
        process = _start(folder / "dovecot.conf", owner)
        try:
            _until_listening(process, imap, folder / "log")
            yield Dovecot(imap, imaps, cert)
        finally:
            process.terminate()
            process.wait(DEADLINE_SECONDS)


def _start(file: Path, owner: pwd.struct_passwd) -> subprocess.Popen[bytes]:
    program = shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin") or "dovecot"
    if os.geteuid():
        return subprocess.Popen([program, "-F", "-c", file])
    return subprocess.Popen([program, "-F", "-c", file], user=owner.pw_uid, group=owner.pw_gid, extra_groups=[])


def _until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            said = log.read_text() if log.exists() else ""
            assert process.poll() is None, said
            assert time.monotonic() < end, said
            time.sleep(0.05)
        else:
            return


async def until_flags(server: Dovecot, name: str, wanted: dict[str, frozenset[str]], folder: str = "INBOX") -> None:
    """Wait until the mailbox has these messages, so flagged."""
    found: dict[str, frozenset[str]] = {}
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (found := await asyncio.to_thread(server.flags, name, folder)) != wanted:
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"it stays {found}") from None
