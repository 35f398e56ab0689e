"""E-mail goes out by the town's own mail server (SMTP), one message to one recipient."""

import re
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import aiosmtplib
from aiosmtplib import (
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from pydantic import Field, SecretStr, ValidationInfo, field_validator

from announcements.resend import ResendPolicy
from channels.carrier import Accepted, Answer, Refused, Unsure
from channels.settings import LOOPBACK, Section
from store.errors import CarrierError, InputError, StoreError
from store.states import Disposition
from subscribers.fields import email_address

# RFC 3463: what stands before the words of a reply, such as 5.1.1 (no such mailbox).
_ENHANCED = re.compile(r"\s*(?P<status>[245]\.[0-9]{1,3}\.[0-9]{1,3})\b")
_NO_MAILBOX = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10")
# RFC 5321, 4.2.3; 550 is also used for a refusal of content, which its enhanced status tells.
_NO_MAILBOX_CODES = (550, 551, 553)
_TOO_MANY = (421, 450, 451, 452)
_WHY_LENGTH = 200
_SECRET_LENGTH = 16


class Security(StrEnum):
    """``tls`` from the first byte (port 465), ``starttls`` after a greeting (587); ``none`` on this machine only."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class RecordingWay(StrEnum):
    LINK = "link"
    ATTACH = "attach"
    NONE = "none"


class ServerSettings(Section):
    """What leads to a mail server, be it to send or to look what came."""

    # Empty: there is none.
    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:_-]{0,253}$")] = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Security = Security.STARTTLS
    # Who may vouch for the server (PEM); left out: those whom this machine trusts.
    ca_file: Path | None = None
    username: str = ""
    password: SecretStr = SecretStr("")
    timeout_seconds: Annotated[float, Field(ge=1, le=300)] = 30.0

    @field_validator("security")
    @classmethod
    def _not_in_clear(cls, security: Security, given: ValidationInfo) -> Security:
        if security is Security.NONE and given.data.get("host") not in ("", LOOPBACK, "localhost", "::1"):
            raise ValueError("must be tls or starttls, except for a server on this machine")
        return security

    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)


class EmailSettings(ServerSettings):
    """``[email]``: the mail server that takes our messages."""

    # Shown as the sender; bounces come here too.
    sender: str = ""
    messages_per_second: Annotated[float, Field(gt=0, le=1000)] = 10.0
    # The recording of an announcement: linked (needs public_url), attached as MP3, or left out.
    recording: RecordingWay = RecordingWay.LINK
    # Where people reach our door, for the links in e-mails; empty: there are none.
    public_url: Annotated[str, Field(pattern=r"^(https?://[^\s?#]+)?$")] = ""
    # Signs the links, so that nobody can make one up; whoever changes it makes old links useless.
    secret: SecretStr = SecretStr("")
    retries: ResendPolicy = ResendPolicy()

    @field_validator("sender")
    @classmethod
    def _address(cls, sender: str, given: ValidationInfo) -> str:
        if not sender and not given.data.get("host"):
            return sender
        try:
            return email_address(sender)
        except InputError as error:
            raise ValueError("must be an e-mail address, such as hlasatel@example.cz") from error

    @field_validator("secret")
    @classmethod
    def _long(cls, secret: SecretStr, given: ValidationInfo) -> SecretStr:
        if given.data.get("public_url") and len(secret.get_secret_value()) < _SECRET_LENGTH:
            raise ValueError(f"must have {_SECRET_LENGTH} letters at least where public_url is set")
        return secret


class Mailer:
    """Keeps one connection while there is something to send."""

    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings
        self._link: aiosmtplib.SMTP | None = None

    async def send(self, mail: EmailMessage, to: str, leaves: Callable[[], Awaitable[None]] | None = None) -> Answer:
        """Hand over; never raises for what a server or a network can do.

        ``leaves`` is awaited right before the text goes out; where the store refuses that, nothing does.
        """
        try:
            link = await self._linked()
        except (SMTPException, OSError, ValueError) as error:
            await self.close()
            return Refused(Disposition.WITHDRAWN, _why(error), by_carrier=True)
        return await self._hand_over(link, mail, to, leaves)

    async def check(self) -> str:
        """Raises CarrierError where the server would take nothing now."""
        try:
            await self._linked()
        except (SMTPException, OSError, ValueError) as error:
            raise CarrierError(
                f"mail server {self._settings.host}: {_why(error)}", mend="see [email] in the settings, and the server"
            ) from error
        finally:
            await self.close()
        return f"mail server {self._settings.host}"

    async def close(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()

    async def _linked(self) -> aiosmtplib.SMTP:
        if self._link is not None and self._link.is_connected:
            with suppress(SMTPException, OSError):
                await self._link.rset()
                return self._link
        await self.close()
        self._link = await self._connect()
        return self._link

    async def _connect(self) -> aiosmtplib.SMTP:
        given = self._settings
        link = aiosmtplib.SMTP(
            hostname=given.host,
            port=given.port,
            timeout=given.timeout_seconds,
            use_tls=given.security is Security.TLS,
            # Demanded, never only tried.
            start_tls=given.security is Security.STARTTLS,
            tls_context=None if given.security is Security.NONE else given.tls(),
        )
        await link.connect()
        try:
            if given.username:
                await link.login(given.username, given.password.get_secret_value())
        except BaseException:
            link.close()
            raise
        return link

    async def _hand_over(
        self, link: aiosmtplib.SMTP, mail: EmailMessage, to: str, leaves: Callable[[], Awaitable[None]] | None
    ) -> Answer:
        try:
            await link.mail(self._settings.sender)
            await link.rcpt(to)
            if leaves is not None:
                await leaves()
        except SMTPRecipientRefused as error:
            return refusal(error.code, error.message)
        except SMTPSenderRefused as error:
            return Refused(Disposition.WITHDRAWN, _why(error), by_carrier=True, cause=error.code)
        except (SMTPException, OSError, ValueError, StoreError) as error:
            await self.close()
            return Refused(Disposition.WITHDRAWN, _why(error), by_carrier=True)
        try:
            _, said = await link.data(mail.as_bytes())
        except SMTPResponseException as error:
            return refusal(error.code, error.message)
        except (SMTPException, OSError) as error:
            await self.close()
            return Unsure(_why(error))
        return Accepted(str(mail["Message-ID"] or said)[:120])


def refusal(code: int, said: str) -> Refused:
    """What a server's refusal of one recipient, or of one message, means (RFC 5321 and 3463)."""
    written = _ENHANCED.match(said)
    status = written["status"] if written else ""
    why = f"{code} {said}"[:_WHY_LENGTH]
    if 400 <= code < 500:
        return Refused(Disposition.CONGESTION if code in _TOO_MANY else Disposition.FAILED, why, cause=code)
    missing = status in _NO_MAILBOX if status else code in _NO_MAILBOX_CODES
    return Refused(Disposition.INVALID_NUMBER if missing else Disposition.REJECTED, why, cause=code)


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_WHY_LENGTH]
