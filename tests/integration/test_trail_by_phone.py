"""Each act by phone is in the consent record and in the audit trail, with its call and the wording that was heard."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ivr.confirming import confirm
from ivr.known import known_caller
from ivr.register import register
from store.callers import Pin, Proposal
from store.database import Store
from store.people import Consent, ConsentAct, ConsentWay
from store.staff import Audit, Way
from subscribers.pins import hash_pin
from subscribers.proposals import lapse
from tests.calling_in import NUMBER, NamedPrompts, desk_for, talked
from tests.journeys import REGISTERS, Journey, presses, with_answers
from tests.people import NOW, add, prepare_town

# Of the call in which it is asked for (tests.calling_in), and of the one that proves the number.
ASKS, PROVES = "0" * 32, "b" * 32
PROVED = f"call {ASKS}, proved by {PROVES}"
YES = ("known.right", "1")
SAYS_YES: Journey = [(f"confirm.{one}", "1") for one in ("registration", "change", "leaving", "leaving_all")]
SAYS_NO: Journey = [(f"confirm.{one}", "9") for one in ("registration", "change", "leaving", "leaving_all")]
LEAVES: Journey = [("known.menu", "5"), ("known.leaving", "2"), ("known.really_all", "1")]
SLOWER: Journey = [("known.menu", "4"), ("known.how", "1"), ("known.pace", "1"), YES]
NEW_PIN: Journey = [("known.menu", "4"), ("known.how", "3"), ("pin.new", "4719#"), ("pin.again", "4719#")]
CHANGES: dict[str, Journey] = {
    "packages": [("known.menu", "1"), ("packages.which", "34#"), ("packages.right", "1")],
    "address": [
        *(("known.menu", "2"), ("place.part", "1"), ("place.street", "76#")),
        *(("place.which_street", "1"), ("place.house", "20#"), YES),
    ],
    "quiet hours": [
        *(("known.menu", "3"), ("known.when", "1"), ("moments.quiet_from", "21"), ("moments.quiet_to", "07"), YES),
    ],
    "pause": [("known.menu", "3"), ("known.when", "3"), ("moments.pause", "2412"), YES],
    "pace": SLOWER,
    "language": [("known.menu", "4"), ("known.how", "2"), ("known.language", "2"), YES],
}


@pytest.fixture
async def jan(store: Store) -> int:
    await prepare_town(store)
    return await add(store, "Jan", NUMBER, packages=("1", "2"), topics=(), town_part="Studénka", language="cs")


async def rows(store: Store, table: type[Any]) -> Sequence[Any]:
    async with store.reading() as session:
        return (await session.scalars(select(table).order_by(table.id))).all()


async def asks(store: Store, folder: Path, journey: Journey, *people: int, **changes: Any) -> list[str]:
    desk = desk_for(store, folder, prompts={"cs": NamedPrompts(), "en": NamedPrompts("en")})
    return await talked(desk, known_caller, presses(journey), people=list(people), **changes)


async def answers(store: Store, folder: Path, journey: Journey) -> None:
    """The number is called back."""
    await talked(desk_for(store, folder), confirm, presses(journey), proof=PROVES)


async def consents(store: Store) -> list[tuple[ConsentAct, ConsentWay, str, str]]:
    """All but the first one, by which they were put into the store."""
    return [(one.act, one.way, one.wording, one.evidence) for one in (await rows(store, Consent))[1:]]


async def audit(store: Store) -> list[tuple[str, str, str, str]]:
    entries = await rows(store, Audit)
    assert {entry.way for entry in entries} <= {Way.PHONE}
    assert NUMBER not in str([vars(entry) for entry in entries])  # masked
    return [(entry.act, entry.subject, entry.call_id, entry.details) for entry in entries]


async def test_registration(store: Store, tmp_path: Path) -> None:
    await prepare_town(store)
    await talked(desk_for(store, tmp_path), register, presses(REGISTERS))
    assert (await rows(store, Consent), await audit(store)) == ([], [])  # nothing has happened yet
    await answers(store, tmp_path, SAYS_YES)
    (given,) = await rows(store, Consent)
    assert (given.act, given.way, given.wording, given.evidence) == (
        *(ConsentAct.GIVEN, ConsentWay.PHONE, "phone-1", PROVED),
    )
    assert await audit(store) == [("register done", "proposal 1", ASKS, f"wording phone-1, proved by {PROVES}")]


async def test_a_registration_that_the_number_refuses(store: Store, tmp_path: Path) -> None:
    await prepare_town(store)
    await talked(desk_for(store, tmp_path), register, presses(REGISTERS))
    await answers(store, tmp_path, SAYS_NO)
    assert await rows(store, Consent) == []
    assert await audit(store) == [("register refused", "proposal 1", ASKS, f"wording phone-1, proved by {PROVES}")]


async def test_a_registration_that_the_number_never_confirms(store: Store, tmp_path: Path) -> None:
    await prepare_town(store)
    await talked(desk_for(store, tmp_path), register, presses(REGISTERS))
    async with store.writing() as session:
        await lapse(session, NUMBER, NOW)
    assert await rows(store, Consent) == []
    assert await audit(store) == [("register lapsed", "proposal 1", ASKS, "wording phone-1")]


async def test_who_does_not_consent_is_in_the_trail_and_nowhere_else(store: Store, tmp_path: Path) -> None:
    await prepare_town(store)
    journey = with_answers(REGISTERS, {"register.consent": "2"})
    heard = await talked(desk_for(store, tmp_path), register, presses(journey))
    assert heard[-1] == "register.no_consent"
    assert (await rows(store, Consent), await rows(store, Proposal)) == ([], [])
    (entry,) = await audit(store)
    assert (entry[0], entry[2:]) == ("consent refused", (ASKS, "wording phone-1"))


@pytest.mark.parametrize("what", CHANGES)
async def test_each_change(store: Store, jan: int, tmp_path: Path, what: str) -> None:
    await asks(store, tmp_path, CHANGES[what], jan)
    assert (await consents(store), await audit(store)) == ([], [])
    await answers(store, tmp_path, SAYS_YES)
    assert await consents(store) == [(ConsentAct.GIVEN, ConsentWay.PHONE, "phone-1", PROVED)]
    assert await audit(store) == [("change done", "proposal 1", ASKS, f"wording phone-1, proved by {PROVES}")]


@pytest.mark.parametrize(
    "journey",
    [
        [("known.menu", "5"), ("known.leaving", "1"), ("known.which_package", "2"), ("known.really_package", "1")],
        LEAVES,
    ],
    ids=["one package", "everything"],
)
async def test_leaving(store: Store, jan: int, tmp_path: Path, journey: Journey) -> None:
    await asks(store, tmp_path, journey, jan)
    await answers(store, tmp_path, SAYS_YES)
    assert await consents(store) == [(ConsentAct.WITHDRAWN, ConsentWay.PHONE, "phone-1", PROVED)]
    assert await audit(store) == [("leave done", "proposal 1", ASKS, f"wording phone-1, proved by {PROVES}")]


@pytest.mark.parametrize(("journey", "act"), [(SLOWER, "change refused"), (LEAVES, "leave refused")])
async def test_what_the_number_refuses(store: Store, jan: int, tmp_path: Path, journey: Journey, act: str) -> None:
    await asks(store, tmp_path, journey, jan)
    await answers(store, tmp_path, SAYS_NO)
    assert await consents(store) == []
    assert await audit(store) == [(act, "proposal 1", ASKS, f"wording phone-1, proved by {PROVES}")]


async def test_a_pin_that_is_set(store: Store, jan: int, tmp_path: Path) -> None:
    """No agreement is changed by it."""
    await asks(store, tmp_path, NEW_PIN, jan)
    await answers(store, tmp_path, SAYS_YES)
    async with store.reading() as session:
        assert await session.get(Pin, jan) is not None
    assert await consents(store) == []
    assert await audit(store) == [("change done", "proposal 1", ASKS, f"wording phone-1, proved by {PROVES}")]


async def test_what_the_pin_has_proved_and_wrong_ones_till_the_line_is_locked(
    store: Store, jan: int, tmp_path: Path
) -> None:
    async with store.writing() as session:
        session.add(Pin(subscriber_id=jan, hash=hash_pin("4719"), set_at=NOW))
    by_pin: Journey = [*SLOWER, ("known.by_pin", "1")]
    await asks(store, tmp_path, [*by_pin, ("pin.type", "4719#")], jan)
    assert await consents(store) == [(ConsentAct.GIVEN, ConsentWay.PHONE, "phone-1", f"call {ASKS}, proved by PIN")]
    await asks(store, tmp_path, [*by_pin, *[("pin.type", "4720#")] * 3], jan)
    assert [(act, call, details) for act, _, call, details in await audit(store)] == [
        ("change done", ASKS, "wording phone-1, proved by PIN"),
        ("wrong PIN", ASKS, ""),
        ("wrong PIN", ASKS, "locked until 2026-11-24 07:30:30 UTC"),
    ]
