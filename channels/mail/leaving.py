"""What a link in an e-mail does: no more e-mails, or nothing more at all."""

from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from store.people import ConsentWay, Subscriber
from store.states import Channel
from subscribers.consent import Proof
from subscribers.entries import read_entries
from subscribers.person import Entry, Field
from subscribers.registration import amend, unsubscribe

WORDING = "email-1"


async def leave(
    session: AsyncSession, delivery_id: int, address: str, *, everything: bool, country: str, now: datetime
) -> int:
    """Those of this address get no more e-mails; who has no other channel, or wants ``everything`` to end, leaves.

    Returns how many people that concerned; once more changes nothing.
    """
    proof = Proof(ConsentWay.WEB, WORDING, f"e-mail of delivery {delivery_id}")
    theirs = func.lower(Subscriber.email) == address.lower()
    people = await read_entries(session, Subscriber.left_at.is_(None), theirs)
    leaving = []
    for subscriber_id, stored in people.items():
        told = _without_email(stored.entry)
        if everything or not told["channels"]:
            leaving.append(subscriber_id)
        elif told["channels"] != stored.entry.channels or told["package_channels"] != _told(stored.entry):
            await amend(session, subscriber_id, told, proof, country=country, now=now)
    await unsubscribe(session, leaving, proof, now=now)
    return len(people)


def _without_email(entry: Entry) -> dict[Field, Any]:
    channels = tuple(channel for channel in entry.channels if channel is not Channel.EMAIL)
    packages = (
        (package, tuple(channel for channel in own if channel is not Channel.EMAIL)) for package, own in _told(entry)
    )
    return {"channels": channels, "package_channels": tuple((package, own) for package, own in packages if own)}


def _told(entry: Entry) -> tuple[tuple[str, tuple[Channel, ...]], ...]:
    return tuple((str(package), own) for package, own in entry.package_channels)
