"""Listening: the announcements that hold now, and before all others the one that was missed."""

from collections.abc import Sequence

from announcements.listening import Told, announcements_for, listened_since
from announcements.ringback import Missed, RingBack, heard_by_ringing_back, missed_by
from ivr.call import Call
from ivr.steps import Menu, Say
from ivr.words import date_of

MISSED = Say("listening.missed")
ANOTHER_MISSED = Say("listening.another_missed")
NOTHING = Say("listening.nothing")
DATED = Say("listening.dated")
NEXT, PREVIOUS, AGAIN = 1, -1, 0
MENU = Menu("listening.menu", {"1": NEXT, "2": PREVIOUS, "3": AGAIN})
FIRST = Say("listening.first")
LAST = Say("listening.last")


async def listen(call: Call) -> None:
    """Listen to the announcements that hold now, newest first."""
    told = await _announcements(call)
    if not told:
        return await call.say(NOTHING)
    place, words = 0, None
    while True:
        if words is None:
            await _tell(call, told[place])
        else:
            await call.say(words)
        place, words = _turned(place, await call.choose(MENU), len(told))


async def tell_missed(call: Call) -> None:
    """Whoever missed our call and rings back hears first what it was about."""
    for number, missed in enumerate(await _missed(call)):
        await call.say(ANOTHER_MISSED if number else MISSED)
        await _tell_missed(call, missed)


def _turned(place: int, turn: int, count: int) -> tuple[int, Say | None]:
    """The announcement to go on with, and what to say where there is none that way."""
    if place + turn >= count:
        return place, LAST
    if place + turn < 0:
        return place, FIRST
    return place + turn, None


async def _tell(call: Call, told: Told) -> float:
    await call.say(DATED, date=date_of(call, told.at))
    return await call.tell(call.desk.library.path_of(told.rendering))


async def _tell_missed(call: Call, missed: Missed) -> None:
    """What was heard counts, also where the caller hangs up before the end."""
    began, call.told_seconds = call.desk.now, 0.0
    try:
        await _tell(call, missed.told)
    finally:
        ring_back = RingBack(call.id, call.number, began, call.desk.now, call.told_seconds)
        async with call.desk.store.writing() as session:
            await heard_by_ringing_back(session, missed.delivery_id, ring_back, call.desk.heard_share)


async def _announcements(call: Call) -> Sequence[Told]:
    now = call.desk.now
    async with call.desk.store.reading() as session:
        since = listened_since(now, call.desk.settings.listening_days)
        return await announcements_for(session, call.people, since, now, line=call.number)


async def _missed(call: Call) -> Sequence[Missed]:
    if not call.number:
        return ()
    now = call.desk.now
    async with call.desk.store.reading() as session:
        return await missed_by(session, call.number, listened_since(now, call.desk.settings.listening_days), now)
