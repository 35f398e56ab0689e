"""From what a message wants to what is done and answered."""

from sqlalchemy.ext.asyncio import AsyncSession

from channels.incoming import deeds
from channels.incoming.deeds import Sender, Told, numbered
from channels.incoming.intents import Asked, Enrol, Intent, Leave, Letter, Plain, Refused, Unclear, Verb
from store import messages
from store.messages import IncomingMessage


async def act(
    session: AsyncSession, intent: Intent, pending: Unclear | None, sender: Sender, row: IncomingMessage
) -> Told:
    """Do it, in the caller's transaction. Raises InputError where the door for people refuses it."""
    match intent:
        case Enrol():
            return await deeds.enrol(session, intent, sender)
        case Leave():
            return await deeds.leave(session, intent, sender)
        case Plain(verb=Verb.STATUS):
            return await deeds.status(session, sender)
        case Plain():
            return Told("help")
        case Letter():
            return await _keep_letter(session, intent, sender, row)
        case Unclear():
            return _asked(intent)
        case Refused():
            return Told(intent.reason, {"what": intent.what, "options": numbered(pending.options if pending else ())})


async def _keep_letter(session: AsyncSession, letter: Letter, sender: Sender, row: IncomingMessage) -> Told:
    kept = messages.Letter(
        message_id=row.id, number=sender.number, text=letter.text, written_at=row.received_at, due_at=sender.now
    )
    session.add(kept)
    await session.flush()
    return Told("letter", {"number": str(kept.id)})


def _asked(question: Unclear) -> Told:
    if question.asked is Asked.STREET and len(question.options) == 1:
        return Told("ask_street_one", {"option": question.options[0]}, question)
    return Told(f"ask_{question.asked}", {"options": numbered(question.options)}, question)
