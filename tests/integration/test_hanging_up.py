"""Somebody hangs up at every prompt that there is: found by trying keys, none missed, and nothing is half-saved."""

import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, select

from ivr.reception import Reception
from ivr.roots import dialogue_prompts
from store.database import Store, opened
from store.inbound import InboundCall
from store.people import Consent, Phone, Subscriber, SubscriberPackage, SubscriberTopic
from tests.calling_in import NUMBER, OPEN, NamedPrompts, answered, desk_for
from tests.explorer import Plan, explore, walked
from tests.people import add, announce, line, prepare_town

TOKEN = "t" * 32
# What is worth typing, of tests.people's town.
HINTS: Mapping[str, Sequence[str]] = {
    "hotline.stranger": ("", "0"),
    "hotline.known": ("", "0"),
    "register.this_number": ("",),
    "office.help_open": ("",),
    "office.help_closed": ("",),
    "pin.type": ("1357#", "2580#"),
    "packages.which": ("13#", "8#"),
    "place.street": ("62#", "9999#"),
    "place.street_or_none": ("62#", "9999#"),
    "place.house": ("10#", "77#"),
    "register.number": ("556400123#", "112112112#"),
    "register.birth_year": ("1941", "1066", "#"),
    "staff_line.personal_number": ("7#",),
    "moments.quiet_from": ("21#",),
    "moments.quiet_to": ("07#", "21#"),
    "moments.pause": ("2412", "3131"),
    "pin.new": ("2580#", "1111#"),
    "pin.again": ("2580#", "2581#"),
}
# Nobody's wishes may change by a call that only shows a number, whatever is pressed.
PEOPLE = (Subscriber, Phone, SubscriberPackage, SubscriberTopic, Consent)


# What another test shows: limits, what our own side lacks, towns of another shape, and calls back.
ELSEWHERE = {
    "engine.away": "the dialplan alone: tests/acceptance/test_calling_in.py",
    "engine.all_busy": "tests/integration/test_reception.py",
    "engine.too_often": "tests/integration/test_reception.py",
    "engine.too_long": "tests/integration/test_reception.py",
    "engine.goodbye": "after a call back: tests/integration/test_menu_engine.py",
    "engine.sorry": "tests/integration/test_menu_engine.py",
    "engine.more_items": "tests/integration/test_menu_engine.py",
    "confirm.": "a call back: tests/integration/test_registering_by_phone.py",
    "staff.": "a call back: tests/integration/test_staff_by_phone.py",
    "staff_line.": "needs staff: tests/integration/test_staff_by_phone.py",
    "place.street_or_none": "tests/integration/test_registering_by_phone.py",
    "place.many_streets": "tests/integration/test_registering_by_phone.py",
    "place.which_house": "tests/integration/test_registering_by_phone.py",
    "register.too_many": "tests/integration/test_registering_by_phone.py",
    "register.registered": "tests/integration/test_registering_by_phone.py",
    "known.by_pin": "tests/integration/test_known_caller.py",
    "known.done": "tests/integration/test_known_caller.py",
    "known.impossible": "tests/integration/test_known_caller.py",
    "known.too_many": "tests/integration/test_known_caller.py",
    "pin.locked": "tests/integration/test_known_caller.py",
}
OFFICE = ("hotline.", "office.", "engine.")


@dataclass(frozen=True)
class Town:
    """Who is there, what is different at the desk, and beyond which prompts it is worth going on."""

    people: Callable[[Store], Awaitable[object]]
    beyond: Sequence[str] = ("",)
    desk: Mapping[str, Any] = field(default_factory=dict)
    # Nothing is said after the tone.
    mute: bool = False


async def stranger(store: Store) -> None:
    """Nobody knows the number; there is one announcement."""
    await add(store, "Marie Nováková", line(9))
    await announce(store)


async def known(store: Store) -> None:
    await add(store, "Jan Novák", NUMBER, packages=("1", "2"), town_part="Studénka")


async def shared(store: Store) -> None:
    await known(store)
    await add(store, "Marie Nováková", NUMBER, packages=("2",), town_part="Butovice")


async def missed(store: Store) -> None:
    await known(store)
    await add(store, "Josef", NUMBER)
    for _ in range(2):
        await announce(store)


BOTH = {"cs": NamedPrompts(), "en": NamedPrompts("en")}
TOWNS: Mapping[str, Town] = {
    "stranger": Town(stranger, desk={"office": OPEN, "prompts": BOTH}),
    "stranger after hours": Town(stranger, OFFICE),
    "stranger who says nothing": Town(stranger, (*OFFICE, "register.this_number", "register.say_it"), mute=True),
    "known": Town(known, desk={"prompts": BOTH}),
    "shared": Town(shared, ("hotline.", "known.whose", "known.menu", "known.how", "pin.")),
    "missed": Town(missed, ("hotline.welcome", "listening.")),
}


@asynccontextmanager
async def answering(file: Path, folder: Path, changes: Mapping[str, Any]) -> AsyncIterator[tuple[Store, int]]:
    """A copy of the prepared town, and the port where its number answers."""
    copy = folder / f"{uuid.uuid4().hex}.db"
    shutil.copy(file, copy)
    async with (
        opened(f"sqlite:///{copy}") as store,
        answered(Reception(desk_for(store, folder, **changes), TOKEN).handle) as port,
    ):
        yield store, port


async def content(store: Store, table: type[Any]) -> set[tuple[Any, ...]]:
    columns = [attribute.key for attribute in inspect(table).column_attrs]
    async with store.reading() as session:
        return {tuple(getattr(row, key) for key in columns) for row in await session.scalars(select(table))}


async def explored(town: Town, folder: Path, migrated_file: Path) -> dict[str, Plan]:
    """The plans that lead to each prompt of a town. Every walk is looked after."""
    file = folder / f"{uuid.uuid4().hex}.sqlite"
    shutil.copy(migrated_file, file)
    async with opened(f"sqlite:///{file}") as store:
        await prepare_town(store)
        await town.people(store)
        before = [await content(store, table) for table in PEOPLE]

    async def walk(plan: Plan) -> Sequence[str]:
        async with answering(file, folder, town.desk) as (store, port):
            said = await walked(port, plan, TOKEN, NUMBER, path="hotline", mute=town.mute)
            assert [await content(store, table) for table in PEOPLE] == before, plan
            (call,) = await content(store, InboundCall)
            assert call[list(inspect(InboundCall).column_attrs.keys()).index("ended_at")] is not None, plan
            return said

    return await explore(walk, HINTS, town.beyond)


async def test_somebody_hangs_up_at_every_prompt(tmp_path: Path, migrated_file: Path) -> None:
    reached = {prompt for town in TOWNS.values() for prompt in await explored(town, tmp_path, migrated_file)}
    missed = {prompt for prompt in dialogue_prompts() if prompt not in reached}
    assert {prompt for prompt in missed if not prompt.startswith(tuple(ELSEWHERE))} == set()
