"""Answers the calls that come to the town's number: who calls, whether there is room, and a goodbye at every end."""

import asyncio
import hmac
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import phonenumbers
import structlog

from dialplans import names
from ivr.call import Call
from ivr.desk import Desk
from ivr.hotline import hotline, main_menu
from ivr.inbound import InboundCalls
from ivr.leg import HungUp, Leg
from ivr.office import offer_help, reach_office
from ivr.staff_line import staff_line
from ivr.steps import Back, Over, Say, Stuck, WantsPerson
from ivr.tree import Dialogue
from store.errors import HlasatelError, InputError
from store.inbound import CallEnding
from subscribers.phones import mask, parse_phone

log = structlog.get_logger(__name__)

GOODBYE = Say("engine.goodbye")
UNDERSTOOD_NOTHING = Say("engine.understood_nothing")
TOO_LONG = Say("engine.too_long")
# What the dialplan says of a call that was none, and of one to the number of the staff.
RANG = "rang"
STAFF = "staff"
# Calls beyond the limit, for staff alone: when the whole town calls, they have to get through.
KEPT_FOR_STAFF = 10
SORRY = Say("engine.sorry")
ALL_BUSY = Say("engine.all_busy")
TOO_OFTEN = Say("engine.too_often")
REFUSALS = (ALL_BUSY, TOO_OFTEN)
# Said by the dialplan alone.
AWAY = "engine.away"


class Reception:
    """Handles one call leg after another; knows those that are up."""

    def __init__(self, desk: Desk, token: str, rang: Callable[[str], Awaitable[None]] | None = None) -> None:
        """``token``: what the dialplan has to show; strangers are turned away before a word.

        ``rang`` is told the number of who rang and hung up before the answer.
        """
        self._rang = rang
        self._desk = desk
        self._token = token
        self._inbound = InboundCalls(desk.store)
        self.calls: dict[str, Call] = {}
        self._closed = False
        self._empty = asyncio.Event()
        self._empty.set()

    async def drain(self) -> None:
        """Take no further calls, which the dialplan apologises to, and wait for those that are up to end."""
        self._closed = True
        await self._empty.wait()

    async def handle(self, leg: Leg) -> None:
        """The route ``/hotline``; arguments: token, the number shown, and RANG or STAFF where it is so."""
        if not hmac.compare_digest(leg.headers.get("agi_arg_1", "").encode(), self._token.encode()):
            log.warning("agi call refused", reason="a wrong token")
            return
        if self._closed:
            return
        number = number_shown(leg.headers.get("agi_arg_2", ""), self._desk.country)
        called = leg.headers.get("agi_arg_3", "")
        if called != RANG:
            call = Call(leg, self._desk, call_id=uuid.uuid4().hex, number=number)
            await self._receive(call, for_staff=called == STAFF)
        elif self._rang is not None and number:
            await self._rang(number)

    async def _receive(self, call: Call, *, for_staff: bool) -> None:
        log.info("caller", call=call.id, number=mask(call.number), for_staff=for_staff)
        ending = CallEnding.FAILED
        try:
            with self._up(call):
                ending = await self._answer(call, for_staff=for_staff)
        except (HungUp, asyncio.CancelledError):
            ending = CallEnding.TRANSFERRED if call.transferring else CallEnding.HUNG_UP
            raise
        finally:
            await self._note_end(call, ending)

    async def _note_end(self, call: Call, ending: CallEnding) -> None:
        try:
            await self._inbound.end(call, ending, self._desk.now)
        except HlasatelError as error:
            log.error("end of a call cannot be recorded", call=call.id, ending=ending, error=str(error))

    async def _answer(self, call: Call, *, for_staff: bool) -> CallEnding:
        settings = self._desk.settings
        if len(self.calls) > settings.most_calls + (KEPT_FOR_STAFF if for_staff else 0):
            return await refuse(call, ALL_BUSY)
        try:
            if await self._inbound.begin(call, self._desk.now) > settings.calls_an_hour and call.number:
                return await refuse(call, TOO_OFTEN)
        except HlasatelError as error:
            log.error("call cannot be recorded", call=call.id, error=str(error))
            return await apologise(call)
        if for_staff:
            return await converse(call, staff_line)
        return await converse(call, hotline, then=main_menu)

    @contextmanager
    def _up(self, call: Call) -> Iterator[None]:
        self.calls[call.id] = call
        self._empty.clear()
        try:
            yield
        finally:
            del self.calls[call.id]
            if not self.calls:
                self._empty.set()


async def converse(call: Call, first: Dialogue, then: Dialogue | None = None) -> CallEnding:
    """A conversation to its goodbye, whatever happens.

    ``first``, and after it ``then`` again and again. HungUp alone passes through.
    """
    ending = CallEnding.GOODBYE
    try:
        async with asyncio.timeout(call.desk.settings.most_minutes * 60) as call.limit:
            await _talk(call, first, then)
    except Over:
        await _done(call)
    except TimeoutError:
        await _last_words(call, TOO_LONG)
    except HungUp:
        raise
    except HlasatelError as error:
        log.error("call failed", call=call.id, prompt=call.prompt, error=str(error))
        ending = await apologise(call)
    except Exception:
        log.exception("call failed", call=call.id, prompt=call.prompt)
        ending = await apologise(call)
    return ending


async def _talk(call: Call, first: Dialogue, then: Dialogue | None) -> None:
    dialogue: Dialogue | None = first
    while dialogue is not None:
        try:
            await dialogue(call)
            dialogue = then
        except WantsPerson:
            dialogue = reach_office
        except Stuck:
            if dialogue is offer_help:
                await call.end(UNDERSTOOD_NOTHING)
            dialogue = offer_help
        except Back:
            dialogue = then or first
    await call.end(GOODBYE)


async def apologise(call: Call) -> CallEnding:
    """Something of ours is broken: the caller hears so, and where to turn."""
    await _last_words(call, SORRY)
    return CallEnding.FAILED


async def refuse(call: Call, words: Say) -> CallEnding:
    """There is no room for this call."""
    await _last_words(call, words)
    return CallEnding.REFUSED


async def _last_words(call: Call, words: Say) -> None:
    """Where even these cannot be said, the dialplan plays its own apology: nobody has told it that all is done."""
    try:
        await call.end(words)
    except Over:
        await _done(call)


async def _done(call: Call) -> None:
    await call.leg.set_variable(names.DONE, "yes")


def number_shown(text: str, country: str) -> str:
    """E.164 for what the network shows, with or without + and the country's code; empty for what is no number."""
    code = str(phonenumbers.country_code_for_region(country))
    written = [text, f"+{text.removeprefix('00')}"] if text.startswith((code, "00")) else [text]
    for one in written:
        try:
            return parse_phone(one, country).number
        except InputError:
            continue
    return ""
