"""Voice messages to the office: kept for a clerk."""

from datetime import datetime

from ivr.call import Recording
from store.database import Store
from store.inbound import VoiceMessage


async def keep_message(store: Store, call_id: str, recording: Recording, now: datetime) -> None:
    """It is committed when this returns."""
    message = VoiceMessage(call_id=call_id, recorded_at=now, seconds=recording.seconds, file=recording.file.name)
    async with store.writing() as session:
        session.add(message)
