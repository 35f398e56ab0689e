"""Registration by keypad: everything asked, read back, and kept until the number has proved that it is theirs."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from ivr.call import Call, Recording
from ivr.leg import HungUp
from ivr.packages import ask_packages
from ivr.place import Place, ask_place
from ivr.proving import WORDING, NotNow, submit
from ivr.speaker import number
from ivr.steps import Ask, Back, Menu, Record, Say, Stuck, WantsPerson
from ivr.words import address, digits, names_of
from store.callers import Proposal, RequestReason
from store.errors import InputError
from store.people import Package
from store.staff import Way
from store.states import Channel
from subscribers.audit import Actor, note
from subscribers.fields import birth_year
from subscribers.known import name_for
from subscribers.person import Person
from subscribers.phones import mask, parse_phone
from subscribers.proposals import Asked, propose_registration, to_json
from subscribers.requests import put_request

THIS_NUMBER = Menu("register.this_number", {"1": True, "2": False})
TYPED_NUMBER = Menu("register.typed_number", {"1": True, "2": False})
NUMBER = Ask("register.number", least=9, most=14)
NOT_DIALLED = Say("register.not_dialled")
NAME = Record("register.name", most_seconds=10)
BIRTH_YEAR = Ask("register.birth_year", least=4, most=4, optional=True)
NO_YEAR = Say("register.no_year")
CONSENT = Menu("register.consent", {"1": True, "2": False})
NO_CONSENT = Say("register.no_consent")
SAY_IT = Record("register.say_it", most_seconds=60)
REQUESTED = Say("register.requested")
NOTHING_SAID = Say("register.nothing_said")
CALLING_BACK = Say("register.calling_back")
REGISTERED = Say("register.registered")
TOO_MANY = Say("register.too_many")

MOST_TRIES = 4


@dataclass
class Told:
    """What the caller has told so far."""

    number: str = ""
    packages: Sequence[Package] = ()
    place: Place | None = None
    birth_year: int | None = None
    name: Recording | None = None
    # None: not asked yet.
    consent: bool | None = None


async def register(call: Call) -> None:
    """Registration."""
    told = Told()
    try:
        async with _kept(call, told):
            await _ask_all(call, told)
    except Stuck:
        await register_by_voice(call, told)
    else:
        await _save(call, told)


@asynccontextmanager
async def _kept(call: Call, told: Told) -> AsyncIterator[None]:
    """Whoever leaves in here, once their number is accepted, leaves what they told for a clerk, unless they refused."""
    try:
        yield
    except (Back, WantsPerson, HungUp, asyncio.CancelledError):
        if told.number and told.consent is not False:
            await _keep(call, told, RequestReason.HUNG_UP)
        raise


async def _ask_all(call: Call, told: Told) -> None:
    """One question after another; ``#`` goes back to the one before."""
    at = 0
    while at < len(QUESTIONS):
        try:
            await QUESTIONS[at](call, told)
            at += 1
        except Back:
            if at == 0:
                raise
            at -= 1


async def number_of(call: Call, told: Told) -> None:
    """Number: the one that is shown, or another one typed."""
    if call.number and _dialled(call, call.number) and await _is_this(call):
        told.number = call.number
        return
    for _ in range(MOST_TRIES):
        number = await _typed(call)
        if number is None:
            await call.say(NOT_DIALLED)
        elif await call.choose(TYPED_NUMBER, number=digits(call, number)):
            told.number = number
            return
    raise Stuck


async def _is_this(call: Call) -> bool:
    return bool(call.proof) or await call.choose(THIS_NUMBER, number=digits(call, call.number))


async def _typed(call: Call) -> str | None:
    """E.164; None for what cannot be called back."""
    try:
        number = parse_phone(await call.ask(NUMBER), call.desk.country).number
    except InputError:
        return None
    return number if _dialled(call, number) else None


def _dialled(call: Call, number: str) -> bool:
    return number.startswith(call.desk.ways.voice)


async def packages_of(call: Call, told: Told) -> None:
    """What they want to hear about."""
    told.packages = await ask_packages(call)


async def place_of(call: Call, told: Told) -> None:
    """Where they live."""
    told.place = await ask_place(call)


async def year_of(call: Call, told: Told) -> None:
    """When they were born, if they say so."""
    for _ in range(MOST_TRIES):
        typed = await call.ask(BIRTH_YEAR)
        try:
            told.birth_year = birth_year(int(typed), call.desk.now.year) if typed else None
        except InputError:
            await call.say(NO_YEAR)
        else:
            return
    raise Stuck


async def name_of(call: Call, told: Told) -> None:
    """The name, said after the tone: a clerk writes it down."""
    told.name = await call.record(NAME)
    if told.name is not None and told.name.hung_up:
        raise HungUp


async def consent_of(call: Call, told: Told) -> None:
    """Consent to what the town does with it."""
    told.consent = await call.choose(CONSENT)
    if not told.consent:
        await _note_refusal(call, told)
        await call.end(NO_CONSENT)


async def _note_refusal(call: Call, told: Told) -> None:
    """Nothing is kept of who says no, but that they did: the consent record is about subscribers."""
    async with call.desk.store.writing() as session:
        caller = Actor(mask(told.number), Way.PHONE, call_id=call.id)
        line = f"line {mask(told.number)}"
        await note(session, caller, "consent refused", line, call.desk.now, f"wording {WORDING}")


RIGHT = Menu(
    "register.right",
    {"1": None, "2": number_of, "3": packages_of, "4": place_of, "5": year_of},
)
RIGHT_WITHOUT_YEAR = Menu(
    "register.right_without_year",
    {"1": None, "2": number_of, "3": packages_of, "4": place_of, "5": year_of},
)


async def read_back(call: Call, told: Told) -> None:
    """All of it once more, before it is kept; each thing can be mended."""
    while True:
        assert told.place is not None
        values = {
            "number": digits(call, told.number),
            "packages": names_of(told.packages),
            "address": address(call, told.place),
        }
        if told.birth_year is None:
            mend = await call.choose(RIGHT_WITHOUT_YEAR, **values)
        else:
            mend = await call.choose(RIGHT, **values, year=number(call, str(told.birth_year)))
        if mend is None:
            return
        await mend(call, told)


QUESTIONS = (number_of, packages_of, place_of, year_of, consent_of, name_of, read_back)


async def _save(call: Call, told: Told) -> None:
    async def propose(session: AsyncSession, asked: Asked, now: datetime) -> Proposal:
        person = replace(_person(call, told), name=await name_for(session, told.number))
        return await propose_registration(session, person, asked, now, recording=_file(told.name))

    try:
        done = await submit(call, told.number, propose)
    except (NotNow, InputError):
        await _keep(call, told, RequestReason.NOT_PROVED)
        await call.end(TOO_MANY)
    if done:
        await call.end(REGISTERED)
    await call.end(CALLING_BACK, number=digits(call, told.number))


async def register_by_voice(call: Call, told: Told) -> None:
    """Whoever gets stuck says it after the tone, and a clerk finishes the registration."""
    async with _kept(call, told):
        said = await call.record(SAY_IT)
    if said is None and not told.number:
        await call.end(NOTHING_SAID)
    await _keep(call, told, RequestReason.STUCK, said or told.name)
    if said is None or not said.hung_up:
        await call.end(REQUESTED)


async def _keep(call: Call, told: Told, reason: RequestReason, recording: Recording | None = None) -> None:
    """As a request for a clerk, with what has been told."""
    async with call.desk.store.writing() as session:
        await put_request(
            session,
            reason,
            call.desk.now,
            call_id=call.id,
            number=told.number or call.number or None,
            told=to_json(_person(call, told)),
            recording=_file(recording or told.name),
        )


def _person(call: Call, told: Told) -> Person:
    place: dict[str, Any] = {}
    if told.place is not None:
        place = {
            "town_part": told.place.town_part,
            "street": told.place.street,
            "house_number": told.place.house_number,
        }
    number = told.number or call.number
    return Person(
        name="",
        phones=(number,) if number else (),
        packages=tuple(str(package.number) for package in told.packages),
        channels=(Channel.VOICE,),
        birth_year=told.birth_year,
        language=call.language,
        pace=call.pace,
        **place,
    )


def _file(recording: Recording | None) -> str | None:
    return None if recording is None else Path(recording.file).name
