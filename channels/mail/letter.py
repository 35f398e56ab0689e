"""How an announcement looks as an e-mail: text and HTML from one template, and what a mail program needs to know."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from channels.carrier import Message
from channels.mail.links import Links

LANGUAGES = frozenset({"cs", "en"})
_USUAL_LANGUAGE = "cs"


@dataclass(frozen=True)
class Letterhead:
    """What is common to all e-mails of a town."""

    town: str
    sender: str
    links: Links
    # Whether recordings are linked.
    linked: bool = True


def write_letter(head: Letterhead, message: Message, now: datetime, recording: bytes | None = None) -> EmailMessage:
    """``recording``: MP3 to attach.

    The Message-ID has our attempt's id, by which a bounce is known again.
    """
    mail = message.mail
    assert mail is not None
    leave = head.links.unsubscribe(mail.delivery_id, message.address) if head.links.there else ""
    linked = head.linked and head.links.there and mail.rendering
    listen = head.links.recording(mail.rendering) if linked else ""
    letter = EmailMessage(policy=SMTP)
    letter["From"] = Address(display_name=head.town, addr_spec=head.sender)
    letter["To"] = message.address
    letter["Subject"] = mail.subject
    letter["Date"] = format_datetime(now)
    letter["Message-ID"] = message_id(message.reference, head.sender)
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: out-of-office programs keep quiet
    letter["Precedence"] = "bulk"
    if leave:
        letter["List-Unsubscribe"] = f"<{leave}>"
        letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    words = {
        "body": message.content.text.strip(),
        "paragraphs": paragraphs(message.content.text),
        "subject": mail.subject,
        "town": head.town,
        "language": mail.language if mail.language in LANGUAGES else _USUAL_LANGUAGE,
        "recording_url": listen,
        "attached": recording is not None,
        "unsubscribe_url": leave,
    }
    letter.set_content(_template().render(words, form="text"))
    letter.add_alternative(_template().render(words, form="html"), subtype="html")
    if recording is not None:
        letter.add_attachment(recording, maintype="audio", subtype="mpeg", filename="hlaseni.mp3")
    return letter


def message_id(reference: str, sender: str) -> str:
    return f"<{reference}@{sender.rpartition('@')[2]}>"


def paragraphs(text: str) -> list[Sequence[str]]:
    """Lines of each paragraph; a blank line parts them."""
    return [part.splitlines() for part in re.split(r"\n\s*\n", text.strip().replace("\r\n", "\n"))]


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("channels.mail", "."),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    return environment.get_template("letter.jinja")
