"""Ways of callers to everything that the telephone can say, and who has to be there for it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.callbacks import CallbackLimits, request_callback
from announcements.staff import Right, Rights, add_staff
from store.callers import Callback, Pin, PinFailure, Purpose
from store.inbound import CallEnding, InboundCall
from store.people import ConsentWay
from store.states import CallbackState, Pace, Priority
from subscribers.consent import Proof
from subscribers.known import line_of
from subscribers.lines import people_on
from subscribers.person import Person
from subscribers.pins import hash_pin
from subscribers.proposals import Asked, propose_change, propose_leaving, propose_registration, refuse, waiting_for
from subscribers.registration import register, unsubscribe
from tests.acceptance.callers import Answers, TownNumber
from tests.acceptance.conftest import now
from tests.deadline import until

# Largest part first: one with streets alone, among them nine that begin alike, one with a house in no street, and
# four without streets, so that callers are told of further ones.
DOLNI = ("Na Hrázi", "Na Kopci", "Na Lukách", "Na Mlýnku", "Na Návsi", "Na Potoce", "Na Ráji", "Na Stráni", "Na Vršku")
SMALL = ("Adamov", "Borová", "Cetkov", "Dubina")
HEAD = "Kód ADM;Název části obce;Název ulice;Typ SO;Číslo domovní;Číslo orientační;Znak čísla orientačního\n"
ADDRESSES = [
    *(("Dolní Ves", street, "12", "1") for street in DOLNI),
    ("Dolní Ves", "Na Hrázi", "12", "3"),
    ("Horní Ves", "Poštovní", "20", ""),
    ("Horní Ves", "", "5", ""),
    *((part, "", "7", "") for part in SMALL),
]
PLACES = HEAD + "".join(
    f"{code};{part};{street};č.p.;{house};{orientation};\n"
    for code, (part, street, house, orientation) in enumerate(ADDRESSES, start=1)
)
NOBODY_THERE, ONE_THERE, MISSED_THERE = SMALL[0], SMALL[1], SMALL[2]

PROOF = Proof(ConsentWay.IN_PERSON, "test-1", "acceptance")
PIN = "4719"
HASHED = hash_pin(PIN)
SEED = "seed"
NO_LIMITS = CallbackLimits(to_one_number=100, an_hour=10_000, to_staff=3)

Prepare = Callable[[AsyncSession, str], Awaitable[object]]
# What happens while this is said.
Meanwhile = Callable[[TownNumber, str], Awaitable[object]]


@dataclass(frozen=True)
class Way:
    """What is pressed at each prompt, in order; nothing at those that only end the way."""

    answers: Answers
    # Who is on the line, and what is known of it, before the service runs.
    prepare: Prepare | None = None
    # They are called back; otherwise they call.
    called_back: Purpose | None = None
    # By prompt; ``""``: at the beginning.
    meanwhile: Mapping[str, Meanwhile] = field(default_factory=dict)
    withheld: bool = False
    # The phone that rings longer.
    slow: bool = False
    # Phones that are busy when they are called.
    busy: bool = False


async def known(session: AsyncSession, number: str, **fields: Any) -> int:
    usual = {"name": "Jan Novák", "packages": ("2", "3"), "town_part": "Dolní Ves"}
    person = Person(phones=(number,), **{**usual, **fields})
    return await register(session, person, PROOF, country="CZ", now=now())


async def other_wishes(session: AsyncSession, number: str) -> None:
    """No announcement is for them."""
    await known(session, number, packages=("4",))


async def listener(session: AsyncSession, number: str) -> None:
    """Registered too late for the announcements, which yet hold."""
    await known(session, number, town_part=MISSED_THERE)


async def shared(session: AsyncSession, number: str) -> None:
    await known(session, number)
    await known(session, number, name="Marie Nováková")


async def with_pin(session: AsyncSession, number: str) -> None:
    session.add(Pin(subscriber_id=await known(session, number), hash=HASHED, set_at=now()))


async def locked(session: AsyncSession, number: str) -> None:
    await with_pin(session, number)
    wrong(session, line_of(number))


def wrong(session: AsyncSession, owner: str) -> None:
    """Too many wrong PINs were typed a moment ago."""
    session.add_all(PinFailure(owner=owner, at=now() - timedelta(seconds=10)) for _ in range(4))


async def asked_enough(session: AsyncSession, number: str) -> None:
    """As much as a number may ask for waits already."""
    subscriber_id = await known(session, number)
    for _ in range(3):
        await slower(session, number, subscriber_id)


async def new_asked_enough(session: AsyncSession, number: str) -> None:
    for _ in range(3):
        await propose_registration(session, newcomer(number), asked(number), now())


async def called_often(session: AsyncSession, number: str) -> None:
    session.add_all(
        InboundCall(id=f"{number}-{n}", number=number, started_at=now(), ended_at=now(), ending=CallEnding.GOODBYE)
        for n in range(20)
    )


def asked(number: str) -> Asked:
    return Asked(SEED, number, "phone-1")


def newcomer(number: str) -> Person:
    return Person(
        name=f"Odběratel {number}", phones=(number,), packages=("2",), town_part="Dolní Ves", street="Na Hrázi",
        house_number="12/1",
    )  # fmt: skip


async def slower(session: AsyncSession, number: str, subscriber_id: int) -> None:
    await propose_change(session, [subscriber_id], {"pace": Pace.SLOW}, asked(number), now())


async def proves(session: AsyncSession, number: str) -> None:
    await call_back(session, number, Purpose.PROVE)


async def call_back(session: AsyncSession, number: str, purpose: Purpose) -> None:
    await request_callback(session, number, purpose, NO_LIMITS, now(), call_id=SEED)


async def registers(session: AsyncSession, number: str) -> None:
    await propose_registration(session, newcomer(number), asked(number), now())


async def changes(session: AsyncSession, number: str) -> None:
    await slower(session, number, await known(session, number))


async def gone(session: AsyncSession, number: str) -> None:
    """They asked for a change, and the office took them out before it called back."""
    subscriber_id = await known(session, number)
    await slower(session, number, subscriber_id)
    await unsubscribe(session, [subscriber_id], PROOF, now=now())


async def leaves_one(session: AsyncSession, number: str) -> None:
    await propose_leaving(session, [await known(session, number)], [2], asked(number), now())


async def leaves(session: AsyncSession, number: str) -> None:
    await propose_leaving(session, [await known(session, number)], [], asked(number), now())


def staff(*may: Right, up_to: Priority = Priority.NORMAL) -> Prepare:
    async def prepare(session: AsyncSession, number: str) -> None:
        rights = Rights(may=may, most_urgent=up_to)
        await add_staff(session, f"Obsluha {number}", rights, now(), phone=number, pin_hash=HASHED)

    return prepare


async def locked_staff(session: AsyncSession, number: str) -> None:
    await staff(Right.LAUNCH)(session, number)
    wrong(session, f"staff:{number}")


async def often_called_staff(session: AsyncSession, number: str) -> None:
    await staff(Right.LAUNCH)(session, number)
    session.add_all(
        Callback(
            number=number, purpose=Purpose.STAFF, state=CallbackState.DONE, call_id=SEED, created_at=now(),
            due_at=now(), expires_at=now(), ended_at=now(),
        )
        for _ in range(NO_LIMITS.to_staff)
    )  # fmt: skip


async def office_takes_them_out(town: TownNumber, number: str) -> None:
    async with town.scene.store.writing() as session:
        await unsubscribe(session, await people_on(session, number), PROOF, now=now())


async def office_settles_it(town: TownNumber, number: str) -> None:
    """While it rings, what was to be confirmed is refused elsewhere."""

    async def rings() -> bool:
        async with town.scene.store.reading() as session:
            query = select(Callback.state).where(Callback.number == number)
            return await session.scalar(query) is CallbackState.CALLING

    await until(rings, 90)
    async with town.scene.store.writing() as session:
        for proposal in await waiting_for(session, number):
            await refuse(session, proposal.id, "the office", now())


async def time_is_up(town: TownNumber, number: str) -> None:
    """As after ``most_minutes``."""
    (call,) = [one for one in town.up.values() if one.number == number]
    assert call.limit is not None
    call.limit.reschedule(asyncio.get_running_loop().time())


WRONG_FIVE_TIMES = ["7"] * 5
BEGINS: Answers = {"hotline.welcome": "#", "hotline.language": "1"}
REGISTERS: Answers = {**BEGINS, "hotline.stranger": "2"}
ADDRESS: Answers = {
    "place.part": "1",
    "place.street": ["62#", "624#"],
    "place.many_streets": "#",
    "place.which_street": "1",
    "place.house": "12#",
    "place.which_house": "1",
}
PACKAGES: Answers = {"packages.which": "13#", "packages.right": "1"}
THIS: Answers = {**REGISTERS, "register.this_number": "1"}
TO_PLACE: Answers = {**THIS, **PACKAGES}
TO_YEAR: Answers = {**TO_PLACE, **ADDRESS}
HORNI: Answers = {**TO_PLACE, "place.part": "2"}
TO_END: Answers = {**TO_YEAR, "register.birth_year": "#", "register.consent": "1", "register.name": "#"}
KNOWN: Answers = {"hotline.welcome": "#", "hotline.known": "2"}
HOW: Answers = {**KNOWN, "known.menu": "4"}
WHEN: Answers = {**KNOWN, "known.menu": "3"}
LEAVE: Answers = {**KNOWN, "known.menu": "5"}
PACE: Answers = {**HOW, "known.how": "1", "known.pace": "1"}
SLOWER: Answers = {**PACE, "known.right": "1", "known.by_pin": "1"}
BACK: Answers = {"confirm.hello": "#"}
IS_STAFF: Answers = {"staff.pin": f"{PIN}#"}


def ways(spoken: Path, moment: Path, silence: Path) -> list[Way]:
    """``spoken``: what somebody says after a tone; ``moment``, ``silence``: of somebody who
    says nothing, so short that it is no recording, and long enough to be one."""
    dictates: Answers = {
        **IS_STAFF,
        "staff.message": spoken,
        "staff.yours": "#",
        "staff.heard": "1",
        "staff.about": "1",
    }
    to_one: Answers = {**dictates, "staff.whole_town": "2", "staff.part": "2", "staff.enough": "1"}
    offered: Answers = {**BEGINS, "hotline.stranger": "3", "office.offer": "1"}
    stuck: Answers = {**THIS, "packages.which": ["8#"] * 4, "packages.no_such": ["#"] * 4}
    quiet: Answers = {**WHEN, "known.when": "1", "moments.quiet_from": "21", "moments.quiet_to": "21"}
    wrong_keys: Answers = {**BACK, "confirm.change": "7", "engine.wrong_key": WRONG_FIVE_TIMES}
    types_pin: Answers = {**SLOWER, "pin.type": f"{PIN}#"}
    may_launch, may_draft = staff(Right.LAUNCH), staff(Right.DRAFT)
    prove, staff_line = Purpose.PROVE, Purpose.STAFF
    return [
        Way({**BEGINS, "hotline.stranger": "7", "engine.wrong_key": ""}),
        Way(
            {
                **BEGINS, "hotline.stranger": "7", "engine.wrong_key": WRONG_FIVE_TIMES * 2, "office.help_open": "7",
                "engine.understood_nothing": "",
            }
        ),
        Way({**BEGINS, "hotline.stranger": "0", "office.connecting": "", "office.not_reached": ""}),
        Way({**offered, "office.message": moment, "office.nothing_said": ""}),
        Way({**offered, "office.message": spoken, "office.kept": ""}),
        Way({**BEGINS, "hotline.stranger": "", "engine.too_long": ""}, meanwhile={"hotline.stranger": time_is_up}),
        Way({"engine.sorry": ""}),
        Way({"engine.too_often": ""}, called_often),
        # Listening.
        Way({"hotline.welcome": "#", "listening.missed": "#", "listening.dated": ""}, busy=True),
        Way({"hotline.welcome": "#", "listening.missed": "", "listening.another_missed": ""}, busy=True),
        Way({"hotline.welcome": "#", "hotline.known": "1", "listening.nothing": ""}, other_wishes),
        Way(
            {
                "hotline.welcome": "#", "hotline.known": "1", "listening.dated": "#", "listening.menu": ["2", "1", "1"],
                "listening.first": "#", "listening.last": "",
            },
            listener,
        ),
        # Registration.
        Way({**REGISTERS, "register.this_number": "2", "register.number": "556418999#", "register.typed_number": ""}),
        Way({**REGISTERS, "register.this_number": "2", "register.number": "112112112#", "register.not_dialled": ""}),
        Way({**THIS, "packages.which": "8#", "packages.no_such": ""}),
        Way({**TO_PLACE, "place.part": "", "engine.item": "", "engine.more_items": ""}),
        Way({**HORNI, "place.street_or_none": "999#", "place.no_street": ""}),
        Way({**HORNI, "place.street_or_none": "#", "place.house": "77#", "place.strange_house": ""}),
        Way({**TO_YEAR, "register.birth_year": "1066", "register.no_year": ""}),
        Way({**TO_YEAR, "register.birth_year": "#", "register.consent": "2", "register.no_consent": ""}),
        Way({**TO_END, "register.right_without_year": "1", "register.calling_back": ""}),
        Way({**TO_END, "register.birth_year": "1941", "register.right": ""}),
        Way({**TO_END, "register.right_without_year": "1", "register.too_many": ""}, new_asked_enough),
        Way({**stuck, "register.say_it": moment, "register.requested": ""}),
        Way(
            {
                **REGISTERS, "register.number": ["112112112#"] * 4, "register.not_dialled": ["#"] * 4,
                "register.say_it": moment, "register.nothing_said": "",
            },
            withheld=True,
        ),
        Way(
            {
                **TO_END, "confirm.menu_hello": "#", "register.right_without_year": "1",
                "register.registered": "",
            },
            called_back=Purpose.MENU,
        ),
        # Known callers.
        Way({**KNOWN, "known.whose": "1", "known.menu": "4", "known.how": "3", "known.pin_of_office": ""}, shared),
        Way({**PACE, "known.right": "2", "known.nothing_changed": ""}, known),
        Way({**SLOWER, "pin.type": "4720#", "pin.wrong": ""}, with_pin),
        Way({**SLOWER, "pin.type": f"{PIN}#", "pin.locked": ""}, locked),
        Way({**SLOWER, "pin.type": f"{PIN}#", "known.done": ""}, with_pin),
        Way({**types_pin, "known.impossible": ""}, with_pin, meanwhile={"pin.type": office_takes_them_out}),
        Way({**SLOWER, "known.too_many": ""}, asked_enough),
        Way({**SLOWER, "known.calling_back": ""}, known),
        Way({**HOW, "known.how": "2", "known.language": ""}, known),
        Way({**HOW, "known.how": "3", "pin.new": "1111#", "pin.easy": ""}, known),
        Way({**HOW, "known.how": "3", "pin.new": f"{PIN}#", "pin.again": "4718#", "pin.different": ""}, known),
        Way({**quiet, "moments.no_hours": ""}, known),
        Way({**WHEN, "known.when": "3", "moments.pause": "3131", "moments.no_day": ""}, known),
        Way({**LEAVE, "known.leaving": "1", "known.which_package": "1", "known.really_package": ""}, known),
        Way({**LEAVE, "known.leaving": "2", "known.really_all": ""}, known),
        # Called back to confirm.
        Way({**BACK, "confirm.registration": "1", "confirm.registered": "#", "confirm.goodbye": ""}, registers, prove),
        Way({**BACK, "confirm.registration": "9", "confirm.refused": ""}, registers, prove),
        Way({**BACK, "confirm.change": "1", "confirm.changed": ""}, changes, prove),
        Way({**BACK, "confirm.change": "1", "confirm.impossible": ""}, gone, prove),
        Way({**BACK, "confirm.leaving": "1", "confirm.left": ""}, leaves_one, prove),
        Way({**BACK, "confirm.leaving_all": ""}, leaves, prove),
        Way({**wrong_keys, "confirm.unchanged": ""}, changes, prove),
        Way({**BACK, "confirm.nothing": ""}, changes, prove, meanwhile={"": office_settles_it}, slow=True),
        Way(
            {
                **BACK, "confirm.change": "0", "office.connecting": "#", "office.not_reached": "#", "office.offer": "2",
                "engine.goodbye": "",
            },
            changes,
            prove,
        ),
        # Staff.
        Way({**BEGINS, "hotline.stranger": "9", "staff_line.personal_number": "999#", "staff_line.unknown": ""}),
        Way({**BEGINS, "hotline.stranger": "9", "staff_line.calling_back": ""}, may_launch),
        Way({**BEGINS, "hotline.stranger": "9", "staff_line.too_often": ""}, often_called_staff),
        Way({"staff.pin": "4720#", "staff.wrong_pin": ""}, may_launch, staff_line),
        Way({"staff.locked": ""}, locked_staff, staff_line),
        Way({**IS_STAFF, "staff.no_right": ""}, staff(), staff_line),
        Way({**IS_STAFF, "staff.message": moment, "staff.nothing_said": ""}, may_launch, staff_line),
        Way({**IS_STAFF, "staff.message": silence, "staff.unusable": ""}, may_launch, staff_line),
        Way({**to_one, "staff.part": "1", "staff.nobody": ""}, may_launch, staff_line),
        Way({**to_one, "staff.launch": "1", "staff.launched": ""}, may_launch, staff_line),
        Way({**to_one, "staff.launch": "2", "staff.handed_over": ""}, may_launch, staff_line),
        Way({**to_one, "staff.launch": "3", "staff.cancelled": ""}, may_launch, staff_line),
        Way({**to_one, "staff.draft": ""}, may_draft, staff_line),
        Way({**to_one, "staff.up_to_urgent": ""}, staff(Right.LAUNCH, up_to=Priority.URGENT), staff_line),
        Way({**to_one, "staff.up_to_crisis": ""}, staff(Right.LAUNCH, up_to=Priority.CRISIS), staff_line),
    ]  # fmt: skip
