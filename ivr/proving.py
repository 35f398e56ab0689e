"""What a caller has asked for is done at once where the number has proved itself, else when it is called back."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from announcements.callbacks import TooManyCallbacks, request_callback
from ivr.call import Call
from store.callers import Proposal, Purpose
from subscribers.proposals import Asked, TooManyProposals, take_effect

# Version of the wording that callers hear and accept (sounds/prompts; a test ties it to the texts).
WORDING = "phone-1"

Propose = Callable[[AsyncSession, Asked, datetime], Awaitable[Proposal]]


class NotNow(Exception):
    """A limit says no: nothing was kept."""


async def submit(call: Call, number: str, propose: Propose) -> bool:
    """Keep what is proposed in the name of ``number``, in one transaction; True: it is done already.

    Raises NotNow; InputError where it cannot be done as things are by now.
    """
    desk = call.desk
    try:
        async with desk.store.writing() as session:
            proposal = await propose(session, Asked(call.id, number, WORDING), desk.now)
            if proven := bool(call.proof) and number == call.number:
                await take_effect(session, proposal.id, call.proof, country=desk.country, now=desk.now)
            else:
                limits = desk.callbacks
                await request_callback(session, number, Purpose.PROVE, limits, desk.now, call_id=call.id)
    except (TooManyCallbacks, TooManyProposals) as error:
        raise NotNow from error
    return proven
