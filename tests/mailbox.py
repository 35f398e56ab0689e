"""A real mail server (aiosmtpd) on loopback that remembers what it took."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.mailer import EmailSettings, Security

HOST = "127.0.0.1"


class Mailbox:
    """``mails``: recipient and message, as they came."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.original_content or b"", EmailMessage, policy=default)
        self.mails.extend((to, mail) for to in envelope.rcpt_tos)
        return "250 OK"


@contextmanager
def mail_server(port: int) -> Iterator[tuple[Mailbox, EmailSettings]]:
    """With the settings that lead there."""
    mailbox = Mailbox()
    server = Controller(mailbox, hostname=HOST, port=port)
    server.start()
    try:
        yield mailbox, EmailSettings(host=HOST, port=port, security=Security.NONE, sender="hlasatel@example.cz")
    finally:
        server.stop()
