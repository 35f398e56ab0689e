"""Our report against what a gateway and a mail server of the lab got: each text once, and no other."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from announcements.report import DeliveryReport, Report
from announcements.resend import GOT_THERE
from store.states import Channel, DeliveryState


@dataclass(frozen=True)
class Arrival:
    """A text as the other side got it; ``attempt``: our id, which it carries."""

    attempt: str
    address: str


def read_texts(file: Path) -> list[Arrival]:
    """What the carrier ``file`` has written; no file: nothing came."""
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return [Arrival(told["id"], told["to"]) for told in map(json.loads, lines)]


def read_mails(files: Iterable[Path]) -> list[Arrival]:
    return [_mail(message_from_bytes(file.read_bytes(), EmailMessage, policy=default)) for file in files]


def _mail(mail: EmailMessage) -> Arrival:
    return Arrival(str(mail["Message-ID"]).strip("<>").partition("@")[0], str(mail["To"]))


def text_differences(made: Report, channel: Channel, came: Sequence[Arrival]) -> list[str]:
    """What the report and the other side tell differently of one text channel; empty when the report is true."""
    rows = [row for row in made.deliveries if row.channel is channel]
    # People who share an address share its attempts.
    told = {Arrival(one.id, one.phone) for row in rows for one in row.attempts if one.disposition in GOT_THERE}
    seen = Counter(came)
    found = [
        f"{text.address}: {seen[text]} {channel} came, {int(text in told)} reported"
        for text in sorted(told | seen.keys(), key=lambda text: text.address)
        if seen[text] != int(text in told)
    ]
    return found + [f"{row.phone}: {row.state} in the report, not by its attempts" for row in rows if not _fits(row)]


def _fits(row: DeliveryReport) -> bool:
    return (row.state is DeliveryState.DELIVERED) == any(one.disposition in GOT_THERE for one in row.attempts)
