"""Staff who ring the town: a caller ID can be forged, so the service calls them back at the number it knows."""

from announcements.callbacks import TooManyCallbacks, request_callback
from announcements.staff import find_staff, staff_of_phone
from ivr.call import Call
from ivr.steps import Ask, Say
from store.callers import Purpose
from store.errors import UnknownName
from store.staff import Way
from subscribers.audit import Actor, note
from subscribers.phones import mask

PERSONAL_NUMBER = Ask("staff_line.personal_number", most=6)
UNKNOWN = Say("staff_line.unknown")
CALLING_BACK = Say("staff_line.calling_back")
TOO_OFTEN = Say("staff_line.too_often")


async def staff_line(call: Call) -> None:
    """Staff: the call back to their own number."""
    number = await _known(call) or await _asked(call)
    if not number:
        await call.end(UNKNOWN)
    try:
        await _ask_for_call(call, number)
    except TooManyCallbacks:
        await call.end(TOO_OFTEN)
    await call.end(CALLING_BACK)


async def _known(call: Call) -> str:
    """The number that the call shows, if somebody of the staff has it."""
    async with call.desk.store.reading() as session:
        return call.number if call.number and await staff_of_phone(session, call.number) else ""


async def _asked(call: Call) -> str:
    """The number of whoever rings from elsewhere, by the id that staff have in our list."""
    member_id = await call.ask(PERSONAL_NUMBER)
    async with call.desk.store.reading() as session:
        try:
            member = await find_staff(session, member_id)
        except UnknownName:
            return ""
    return member.phone if member.phone and member.pin_hash else ""


async def _ask_for_call(call: Call, number: str) -> None:
    desk = call.desk
    async with desk.store.writing() as session:
        await request_callback(session, number, Purpose.STAFF, desk.callbacks, desk.now, call_id=call.id)
        caller = Actor(f"somebody at {mask(call.number) or 'a withheld number'}", Way.PHONE, call_id=call.id)
        await note(session, caller, "asked for a call", f"line {mask(number)}", desk.now)
