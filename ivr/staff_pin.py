"""Who of the staff speaks: the line was called back already, and the PIN tells which of its people it is."""

from datetime import datetime

from babel.dates import format_timedelta

from announcements.identity import identify, wait_for_pin
from announcements.staff import Rights, rights_of
from ivr.call import Call
from ivr.steps import Ask, Say
from store.staff import Way
from subscribers.audit import Actor

PIN = Ask("staff.pin", least=4, most=8)
WRONG_PIN = Say("staff.wrong_pin")
LOCKED = Say("staff.locked")
NO_RIGHT = Say("staff.no_right")


async def known_staff(call: Call) -> tuple[Actor, Rights]:
    """PIN: who of the staff it is; wrong ones wait longer and longer."""
    desk = call.desk
    while True:
        if at := await wait_for_pin(desk.store, call.number, desk.now):
            await call.end(LOCKED, when=_until(at, desk.now, call.language))
        pin = await call.ask(PIN)
        if member := await identify(desk.store, call.number, pin, call.id, desk.now):
            break
        await call.say(WRONG_PIN)
    rights = rights_of(member)
    if not rights.may_draft:
        await call.end(NO_RIGHT)
    return Actor(member.name, Way.PHONE, staff_id=member.id, call_id=call.id), rights


def _until(at: datetime, now: datetime, language: str) -> str:
    """Such as “za 5 minut”."""
    return format_timedelta(at - now, threshold=1.5, add_direction=True, locale=language)
