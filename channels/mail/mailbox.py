"""The mailbox that our e-mails come back to, over IMAP (RFC 9051). Nothing here is for the loop: all of it waits."""

import imaplib
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from channels.mailer import Security, ServerSettings
from store.errors import CarrierError

# Of a returned message so much is read: what became of it comes first, and then the head of the original.
MOST_BYTES = 262_144
# By this keyword what is done with is known again, where the server keeps keywords.
DONE = "Hlasatel"
_UID = re.compile(rb"\bUID ([0-9]+)\b")
_WHY_LENGTH = 200
# What a server or a network can do to us.
_FAILURES = (imaplib.IMAP4.error, OSError, ValueError)
FolderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9 ._/&+,-]{0,100}$")]


class BouncesSettings(ServerSettings):
    """``[bounces]``: the mailbox of ``email.sender``, where messages come back to; no host: nobody looks there."""

    port: Annotated[int, Field(ge=1, le=65535)] = 993
    security: Security = Security.TLS
    folder: FolderName = "INBOX"
    # Where bounces are moved once they are taken; empty: they stay, marked as read.
    done_folder: FolderName = ""
    poll_seconds: Annotated[float, Field(ge=0.05, le=86400)] = 60.0


class Mailbox:
    """One visit. Whatever a server or a network can do is raised as CarrierError."""

    def __init__(self, settings: BouncesSettings) -> None:
        self._settings = settings
        self._link: imaplib.IMAP4 | None = None
        # Numbers of messages hold as long as this does (UIDVALIDITY).
        self.validity = b""
        self.messages = 0
        self._keywords = False
        self._left = False

    def open(self) -> None:
        """Log in, and choose the folder."""
        try:
            with self._blamed():
                link = self._link = self._connect()
                if self._left:
                    raise OSError("we have left meanwhile")
                self._log_in(link)
                found = _of(link.select(_quoted(self._settings.folder)))
                self.messages = int(found[0] or 0)
                self.validity = _told(link, "UIDVALIDITY")
                self._keywords = rb"\*" in _told(link, "PERMANENTFLAGS")
        except CarrierError:
            self.close()
            raise

    def numbers(self, after: int, since: date) -> list[int]:
        """UIDs above ``after`` of what came since that day and is not done with."""
        terms = ["UID", f"{after + 1}:*", "SINCE", since.strftime("%d-%b-%Y"), "UNDELETED"]
        if self._keywords:
            terms += ["UNKEYWORD", DONE]
        found = self._ask("SEARCH", *terms)
        numbers = sorted(int(one) for part in found for one in (part or b"").split())
        # "9:*" means the last message even if its number is below 9.
        return [one for one in numbers if one > after]

    def reports(self, numbers: Sequence[int]) -> list[tuple[int, bytes]]:
        """Those of them that are reports of mail servers (RFC 6522), by UID; nothing is marked as read by that."""
        kinds = self._ask("FETCH", _joined(numbers), "(UID BODY.PEEK[HEADER.FIELDS (CONTENT-TYPE)])")
        wanted = [number for number, head in _literals(kinds) if b"multipart/report" in head.lower()]
        return [(number, self._read(number)) for number in wanted]

    def put_away(self, numbers: Sequence[int]) -> None:
        """They are done with."""
        flags = rf"(\Seen {DONE})" if self._keywords else r"(\Seen)"
        self._ask("STORE", _joined(numbers), "+FLAGS.SILENT", flags)
        if self._settings.done_folder:
            self._move(numbers, _quoted(self._settings.done_folder))

    def hang_up(self) -> None:
        """Whoever waits for the server meanwhile, in another thread, waits no more; who is not connected yet goes no
        further then.
        """
        self._left = True
        if self._link is not None:
            with suppress(OSError):
                self._link.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            with suppress(*_FAILURES):
                link.logout()
            with suppress(OSError):
                link.shutdown()

    def _connect(self) -> imaplib.IMAP4:
        given = self._settings
        if given.security is Security.TLS:
            return imaplib.IMAP4_SSL(given.host, given.port, ssl_context=given.tls(), timeout=given.timeout_seconds)
        return imaplib.IMAP4(given.host, given.port, timeout=given.timeout_seconds)

    def _log_in(self, link: imaplib.IMAP4) -> None:
        given = self._settings
        if given.security is Security.STARTTLS:
            link.starttls(given.tls())
        name, password = given.username, given.password.get_secret_value()
        if "AUTH=PLAIN" in link.capabilities:
            # RFC 4616; unlike LOGIN it takes any letters.
            link.authenticate("PLAIN", lambda _: f"\0{name}\0{password}".encode())
        else:
            link.login(name, password)

    def _read(self, number: int) -> bytes:
        found = _literals(self._ask("FETCH", str(number), f"(UID BODY.PEEK[]<0.{MOST_BYTES}>)"))
        return next((raw for told, raw in found if told == number), b"")

    def _move(self, numbers: Sequence[int], folder: str) -> None:
        if self._can_move(folder):
            self._ask("MOVE", _joined(numbers), folder)
        else:
            self._ask("COPY", _joined(numbers), folder)
            self._ask("STORE", _joined(numbers), "+FLAGS.SILENT", r"(\Deleted)")

    def _can_move(self, folder: str) -> bool:
        """Make the folder, unless it is there. Whether the server knows RFC 6851, which it tells anew after a login."""
        assert self._link is not None
        with self._blamed():
            self._link.create(folder)
            [can] = _of(self._link.capability())
        return b"MOVE" in (can or b"").split()

    def _ask(self, command: str, *words: str) -> list[Any]:
        """The data of the answer, by UIDs."""
        assert self._link is not None
        with self._blamed():
            return _of(self._link.uid(command, *words))

    @contextmanager
    def _blamed(self) -> Iterator[None]:
        """What goes wrong is told of this mailbox."""
        try:
            yield
        except _FAILURES as error:
            why = f"{type(error).__name__}: {error}"[:_WHY_LENGTH]
            raise CarrierError(
                f"mailbox at {self._settings.host}: {why}", mend="see [bounces] in the settings, and the server"
            ) from error


def _of(answer: tuple[str, list[Any]]) -> list[Any]:
    said, data = answer
    if said != "OK":
        raise imaplib.IMAP4.error(b" ".join(one for one in data if isinstance(one, bytes)).decode(errors="replace"))
    return data


def _told(link: imaplib.IMAP4, what: str) -> bytes:
    """What the server told beside its answer."""
    _, [*told] = link.response(what)
    return next((one for one in told if isinstance(one, bytes)), b"")


def _literals(data: Sequence[Any]) -> list[tuple[int, bytes]]:
    """UID and content; the UID may stand before the content or behind it."""
    found = []
    for part, behind in zip(data, [*data[1:], b""], strict=True):
        if isinstance(part, tuple):
            number = _UID.search(part[0]) or _UID.search(behind if isinstance(behind, bytes) else b"")
            if number:
                found.append((int(number[1]), bytes(part[1])))
    return found


def _joined(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))


def _quoted(folder: str) -> str:
    return f'"{folder}"'
