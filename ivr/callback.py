"""The call back: whoever has answered at the number goes on with what they were called back for."""

from collections.abc import Mapping

import structlog

from announcements.callbacks import TooManyCallbacks, request_callback
from announcements.called_back import called_back, note_answer
from ivr.call import Call
from ivr.confirming import confirm
from ivr.desk import Desk
from ivr.hotline import main_menu
from ivr.leg import Leg
from ivr.reception import RANG, converse
from ivr.staff import staff_desk
from ivr.steps import Say
from ivr.tree import Dialogue
from ivr.words import speak_as_wished
from store.callers import Purpose
from subscribers.phones import mask

log = structlog.get_logger(__name__)

MENU_HELLO = Say("confirm.menu_hello")


async def called_back_menu(call: Call) -> None:
    """Who rang and hung up is called back with the main menu, which the town pays for."""
    await speak_as_wished(call)
    await call.say(MENU_HELLO)
    await main_menu(call)


FLOWS: Mapping[Purpose, Dialogue] = {
    Purpose.PROVE: confirm,
    Purpose.MENU: called_back_menu,
    Purpose.STAFF: staff_desk,
}


class CallbackCalls:
    """Handles one call back after another. ``flows``: what begins when somebody has answered, by purpose."""

    def __init__(self, desk: Desk, flows: Mapping[Purpose, Dialogue] = FLOWS) -> None:
        self._desk = desk
        self._flows = flows
        # Those that are up, by id.
        self.calls: dict[str, Call] = {}

    async def handle(self, leg: Leg) -> None:
        """The route ``/callback``; arguments: attempt id, token. A stranger is turned away before a word."""
        attempt_id = leg.headers.get("agi_arg_1", "")
        answered = await called_back(self._desk.store, attempt_id, leg.headers.get("agi_arg_2", ""))
        if answered is None:
            log.warning("agi call refused", reason="no such call back in progress, or a wrong token")
            return
        await note_answer(self._desk.store, attempt_id, self._desk.now)
        log.info("called back", attempt=attempt_id, purpose=answered.purpose, number=mask(answered.number))
        call = Call(leg, self._desk, call_id=attempt_id, number=answered.number, proof=attempt_id)
        call.people = answered.people
        self.calls[call.id] = call
        try:
            await converse(
                call, self._flows[answered.purpose], then=main_menu if answered.purpose is Purpose.MENU else None
            )
        finally:
            del self.calls[call.id]


async def ring_back(desk: Desk, number: str) -> None:
    """Somebody rang and hung up before the answer: call them back with the menu, within the limits."""
    if not number.startswith(desk.ways.voice):
        return
    try:
        async with desk.store.writing() as session:
            await request_callback(session, number, Purpose.MENU, desk.callbacks, desk.now, call_id=RANG)
    except TooManyCallbacks as error:
        log.warning("not called back", number=mask(number), error=str(error))
