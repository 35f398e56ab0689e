"""The truthful report: every recipient, every attempt, totals that add up, the keys that were promised."""

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from announcements.control import stop
from announcements.hearing import Hearing, record_hearings
from announcements.report import Report, report, summaries
from store.database import Store
from store.errors import InputError
from store.states import AnnouncementState, Disposition
from tests.people import NOW, add, announce, end, line, prepare_town, start


@pytest.fixture
async def town(store: Store) -> Store:
    await prepare_town(store)
    return store


async def report_of(store: Store, announcement_id: int) -> Report:
    async with store.reading() as session:
        return await report(session, announcement_id)


def states_add_up(made: Report) -> bool:
    totals = made.totals
    return (
        totals.people
        == len(made.deliveries)
        == (totals.queued + totals.sending + totals.delivered + totals.failed + totals.expired + totals.cancelled)
    )


async def test_a_day_of_calls_is_reported_as_it_was(town: Store) -> None:
    await add(town, "Marie", line(1))
    await add(town, "Josef", line(1))
    for number, name in enumerate(("Anna", "Busy", "Machine", "Nobody", "Calling", "Waiting"), start=2):
        await add(town, name, line(number))
    launched = await announce(town, title="Odstávka")
    calls = [await start(town) for _ in range(6)]
    for call, heard, confirmed in ((calls[0], 20.04, True), (calls[1], 18.0, False)):
        async with town.writing() as session:
            await record_hearings(session, {call.attempt_id: Hearing(NOW, heard, confirmed)}, NOW)
        await end(town, call, Disposition.ANSWERED, seconds=60, cause=16, answered_at=NOW + timedelta(seconds=12))
    await end(town, calls[2], Disposition.BUSY, cause=17)
    await end(town, calls[3], Disposition.MACHINE, cause=16, played_seconds=20)
    await end(town, calls[4], Disposition.INVALID_NUMBER, cause=1)
    made = await report_of(town, launched)
    assert made.totals.model_dump() == {
        "people": 8,
        "lines": 7,
        "delivered": 3,
        "confirmed": 2,
        "machine": 1,
        "failed": 2,
        "expired": 0,
        "cancelled": 0,
        "queued": 2,
        "sending": 1,
        "attempts": 6,
        "minutes": 1.8,
        "price": Decimal(0),
    }
    assert states_add_up(made)
    assert [(row.subscriber, row.phone) for row in made.deliveries[:3]] == [
        ("Marie", line(1)),
        ("Josef", line(1)),
        ("Anna", line(2)),
    ]
    marie, josef = made.deliveries[:2]
    assert marie.attempts == josef.attempts
    assert (marie.heard_seconds, marie.confirmed, len(marie.attempts)) == (20.0, True, 1)
    waiting = made.deliveries[-1]
    assert (waiting.subscriber, waiting.attempts) == ("Waiting", [])


async def test_a_stopped_announcement_adds_up_too(town: Store) -> None:
    for number in (1, 2, 3):
        await add(town, f"Person {number}", line(number))
    launched = await announce(town)
    call = await start(town)
    async with town.writing() as session:
        await stop(session, launched, NOW)
    made = await report_of(town, launched)
    assert (made.totals.sending, made.totals.cancelled, made.ended_at) == (1, 2, NOW)
    await end(town, call, Disposition.NO_ANSWER)
    made = await report_of(town, launched)
    assert (made.state, made.totals.cancelled) == (AnnouncementState.STOPPED, 3)
    assert states_add_up(made)


async def test_every_try_is_listed_with_the_number_it_rang_in_the_order_of_time(town: Store) -> None:
    await add(town, "Jan", line(1), line(2))
    launched = await announce(town)
    for seconds, disposition in ((0, Disposition.BUSY), (40, Disposition.NO_ANSWER), (7200, Disposition.MACHINE)):
        await end(town, await start(town, seconds=seconds), disposition, seconds=seconds + 30)
    (row,) = (await report_of(town, launched)).deliveries
    assert [(one.phone, one.disposition) for one in row.attempts] == [
        (line(1), Disposition.BUSY),
        (line(2), Disposition.NO_ANSWER),
        (line(1), Disposition.MACHINE),
    ]


async def test_the_json_has_the_promised_keys(town: Store) -> None:
    await add(town, "Jan", line(1))
    launched = await announce(town, title="Odstávka")
    await end(town, await start(town), Disposition.BUSY, cause=17)
    plain = json.loads((await report_of(town, launched)).model_dump_json())
    assert plain.keys() >= {"id", "title", "state", "totals", "deliveries"}
    assert (plain["id"], plain["title"], plain["state"]) == (launched, "Odstávka", "running")
    assert plain["totals"].keys() >= {
        "people", "lines", "delivered", "confirmed", "machine", "failed", "expired", "cancelled", "queued",
        "attempts", "minutes",
    }  # fmt: skip
    (row,) = plain["deliveries"]
    assert row.keys() == {"subscriber", "phone", "channel", "state", "heard_seconds", "confirmed", "attempts"}
    (one,) = row["attempts"]
    assert one.keys() >= {"id", "disposition", "cause", "trunk", "started_at", "answered_at", "ended_at"}
    assert (row["channel"], row["state"], one["disposition"], one["cause"]) == ("voice", "queued", "busy", 17)
    assert datetime.fromisoformat(one["started_at"]) == NOW
    assert one["answered_at"] is None


async def test_an_unknown_announcement_is_named(town: Store) -> None:
    with pytest.raises(InputError, match="no announcement 7"):
        await report_of(town, 7)


async def test_the_list_has_the_newest_first(town: Store) -> None:
    await add(town, "Jan", line(1))
    first, second = await announce(town), await announce(town)
    async with town.reading() as session:
        assert [one.id for one in await summaries(session)] == [second, first]
