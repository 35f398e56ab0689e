"""The way to a person: the office in its hours, else a voice message for it."""

from ivr.call import Call
from ivr.messages import keep_message
from ivr.steps import Menu, Record, Say

CLOSED = Say("office.closed")
CONNECTING = Say("office.connecting")
NOT_REACHED = Say("office.not_reached")
OFFER = Menu("office.offer", {"1": True, "2": False})
MESSAGE = Record("office.message", most_seconds=120)
NOTHING_SAID = Say("office.nothing_said")
KEPT = Say("office.kept")


async def reach_office(call: Call) -> None:
    """Key 0: somebody of the office, or a message for it."""
    if call.desk.office_is_open:
        await call.say(CONNECTING)
        await call.transfer()
        await call.say(NOT_REACHED)
    else:
        await call.say(CLOSED)
    await leave_message(call)


async def leave_message(call: Call) -> None:
    """A voice message for the office."""
    if not await call.choose(OFFER):
        return
    if recording := await call.record(MESSAGE):
        await keep_message(call.desk.store, call.id, recording, call.desk.now)
        await call.end(KEPT)
    await call.say(NOTHING_SAID)


HELP_OPEN = Menu("office.help_open", {"1": reach_office, "2": leave_message}, back=False)
HELP_CLOSED = Menu("office.help_closed", {"1": leave_message}, back=False)


async def offer_help(call: Call) -> None:
    """For somebody who got stuck."""
    dialogue = await call.choose(HELP_OPEN if call.desk.office_is_open else HELP_CLOSED)
    await dialogue(call)
