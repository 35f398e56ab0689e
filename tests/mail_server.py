"""A mail server for tests: aiosmtpd with STARTTLS and AUTH, which refuses whom it is told to refuse."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from lab.ports import free_ports

USER, PASSWORD = "hlasatel", "secret"


@dataclass
class MailServer:
    """``replies`` by recipient answer RCPT, ``after_data`` by recipient the end of a message; else 250."""

    replies: dict[str, str] = field(default_factory=dict)
    after_data: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    logins: int = 0
    port: int = 0
    ca_file: Path | None = None

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if reply := self.replies.get(address):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        reply = self.after_data.get(envelope.rcpt_tos[0])
        if reply == "drop":
            self.mails.append(_parsed(envelope))
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            return "250 never heard"
        if reply:
            return reply
        self.mails.append(_parsed(envelope))
        return "250 queued as 42"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, kind: str, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and (given.login, given.password) == (
            USER.encode(),
            PASSWORD.encode(),
        )
        self.logins += right
        return AuthResult(success=right)


def _parsed(envelope: Envelope) -> EmailMessage:
    assert isinstance(envelope.content, bytes)
    mail = message_from_bytes(envelope.content.replace(b"\r\n", b"\n"), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


@contextmanager
def mail_server(certificate: Path | None = None, key: Path | None = None) -> Iterator[MailServer]:
    """With a certificate: STARTTLS and a login are demanded. aiosmtpd takes no port 0, so a free one is looked for."""
    server = MailServer()
    demands: dict[str, Any] = {}
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        demands = {"tls_context": context, "require_starttls": True, "auth_required": True,
                   "authenticator": server.authenticate}  # fmt: skip
    [port] = free_ports(socket.SOCK_STREAM, 1)
    controller = Controller(server, hostname="127.0.0.1", port=port, **demands)
    controller.start()
    server.port = controller.port
    server.ca_file = certificate
    try:
        yield server
    finally:
        controller.stop()
