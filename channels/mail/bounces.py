"""What comes back: delivery status notifications (RFC 3464) of our own messages, read as endings of attempts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

from channels.mailer import refusal
from store.states import Disposition

_OUR_ID = re.compile(r"<(?P<attempt>[0-9a-f]{32})@[^<>\s]+>")
_STATUS = re.compile(r"(?P<class>[245])\.[0-9]{1,3}\.[0-9]{1,3}")
_CODE = re.compile(r"\b(?P<code>[245][0-9]{2})\b")
# RFC 3464, 2.3.3. "delayed" is no end; "relayed" and "expanded" say no more than the server's 250 did.
_DELIVERED = "delivered"
_FAILED = "failed"


@dataclass(frozen=True)
class Bounce:
    """``cause``: the SMTP code, where one is told."""

    attempt_id: str
    disposition: Disposition
    cause: int | None
    why: str


def read_bounce(raw: bytes) -> Bounce | None:
    """None for anything that ends no attempt of ours: an answer of a person, a delay, an out-of-office note.

    Read by the old policy of ``email``, which takes any header as it comes; the newer one raises for some.
    """
    mail = message_from_bytes(raw)
    attempt_id = _attempt_id(mail)
    fields = next(_recipients(mail), None)
    if attempt_id is None or fields is None:
        return None
    action = str(fields.get("Action", "")).strip().casefold()
    if action == _DELIVERED:
        return Bounce(attempt_id, Disposition.DELIVERED, None, action)
    return _failure(attempt_id, fields) if action == _FAILED else None


def _failure(attempt_id: str, fields: Message) -> Bounce:
    status = _STATUS.search(str(fields.get("Status", "")))
    said = str(fields.get("Diagnostic-Code", "")).partition(";")[2].strip()
    code = _CODE.search(said)
    # A server that gave up after days of 4xx has failed for good, too.
    told = refusal(int(code["code"]) if code and code["code"][0] == "5" else 500, status[0] if status else "")
    return Bounce(
        attempt_id, told.disposition, int(code["code"]) if code else None, said or (status[0] if status else "")
    )


def _recipients(mail: Message) -> Iterator[Message]:
    """The fields of each recipient; we write one message to one."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            for block in blocks if isinstance(blocks, list) else []:
                if isinstance(block, Message) and "Action" in block:
                    yield block


def _attempt_id(mail: Message) -> str | None:
    """By the Message-ID of what comes back, whole or its header alone; not by the bounce's own."""
    for part in mail.walk():
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            found = _OUR_ID.search(_message_id(part))
            if found:
                return found["attempt"]
    return None


def _message_id(part: Message) -> str:
    inner = part.get_payload()
    if isinstance(inner, list):
        return str(inner[0].get("Message-ID", "")) if inner and isinstance(inner[0], Message) else ""
    headers = part.get_payload(decode=True)
    return str(message_from_bytes(headers).get("Message-ID", "")) if isinstance(headers, bytes) else ""
