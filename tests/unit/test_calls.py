"""AMI events brought together into how each call ended: in any order, twice, of strangers, garbled."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from announcements.outcome import Ending
from dialer import calls as calls_module
from dialer.calls import Call, CallsInFlight, ending_of_hangup, number, reported_variables, seconds
from store.states import Disposition

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
ID = "0123456789abcdef" * 2


def hangup(unique_id: str = ID, **headers: Any) -> dict[str, Any]:
    return {"event": "Hangup", "uniqueid": unique_id, "channelstate": "6", "cause": "16", **headers}


def response(action_id: str = ID, answer: str = "Failure", **headers: Any) -> dict[str, Any]:
    return {"event": "OriginateResponse", "actionid": action_id, "response": answer, "reason": "0", **headers}


async def soon(call: Call) -> Ending:
    return await asyncio.wait_for(asyncio.shield(call.ended), 5)


@pytest.fixture
def grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls_module, "GRACE_SECONDS", 0.02)


@pytest.fixture
async def calls() -> CallsInFlight:
    return CallsInFlight(lambda: NOW)


async def test_answered_and_hung_up(calls: CallsInFlight) -> None:
    call = calls.open(ID)
    calls.on_event(response(answer="Success", reason="4"))
    assert not call.ended.done()
    calls.on_event(hangup())
    assert await soon(call) == Ending(Disposition.ANSWERED, NOW, 16, answered_at=NOW)


async def test_a_hangup_of_a_leg_that_was_up_tells_of_an_answer_by_itself(calls: CallsInFlight) -> None:
    call = calls.open(ID)
    calls.on_event(hangup())
    calls.on_event(response(answer="Success", reason="4"))
    assert await soon(call) == Ending(Disposition.ANSWERED, NOW, 16, answered_at=NOW)


@pytest.mark.parametrize("first", ["hangup", "response"])
async def test_the_cause_wins_over_the_reason_whichever_comes_first(calls: CallsInFlight, first: str) -> None:
    call = calls.open(ID)
    events = [hangup(channelstate="5", cause="17"), response(reason="0")]
    for event in events if first == "hangup" else reversed(events):
        calls.on_event(event)
    assert await soon(call) == Ending(Disposition.BUSY, NOW, 17)


@pytest.mark.usefixtures("grace")
async def test_a_failure_without_a_leg_ends_after_the_grace_time_by_its_reason(calls: CallsInFlight) -> None:
    call = calls.open(ID)
    calls.on_event(response(reason="8"))
    assert not call.ended.done()
    assert await soon(call) == Ending(Disposition.CONGESTION, NOW)


@pytest.mark.usefixtures("grace")
async def test_what_comes_twice_or_late_changes_nothing(calls: CallsInFlight) -> None:
    call = calls.open(ID)
    calls.on_event(response(reason="8"))
    calls.on_event(response(reason="5"))
    calls.on_event(hangup(channelstate="0", cause="34"))
    ending = await soon(call)
    calls.on_event(hangup(cause="17"))
    assert await soon(call) == ending == Ending(Disposition.CONGESTION, NOW, 34)


async def test_events_of_strangers_are_none_of_ours(calls: CallsInFlight) -> None:
    call = calls.open(ID)
    for stranger in ("1700000000.17", "", "<unknown>", ID.upper()):
        calls.on_event(hangup(stranger))
        calls.on_event(response(stranger))
    assert not call.ended.done()
    assert list(calls.in_flight) == [ID]


async def test_a_closed_call_is_forgotten(calls: CallsInFlight) -> None:
    call = calls.open(ID)
    calls.close(ID)
    calls.close(ID)
    calls.on_event(hangup())
    assert not call.ended.done()
    assert not calls.in_flight


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"event": "Hangup"},
        {"event": "Hangup", "uniqueid": [ID, ID]},
        {"event": "OriginateResponse"},
        {"event": "OriginateResponse", "actionid": [ID, ID]},
        {"event": ["Hangup", "Hangup"], "uniqueid": ID},
        {"event": "Newchannel", "uniqueid": ID},
    ],
)
async def test_a_garbled_event_neither_raises_nor_ends_a_call(calls: CallsInFlight, event: dict[str, Any]) -> None:
    call = calls.open(ID)
    calls.on_event(event)
    assert not call.ended.done()


@pytest.mark.parametrize("cause", [None, "", "x", "-1", "²", "17 ", "9" * 40, ["17", "17"]])
async def test_a_garbled_cause_is_failed(calls: CallsInFlight, cause: object) -> None:
    call = calls.open(ID)
    calls.on_event(hangup(channelstate="0", cause=cause))
    assert await soon(call) == Ending(Disposition.FAILED, NOW, 0)


@pytest.mark.parametrize(
    ("variables", "disposition", "played"),
    [
        ("HLASATEL_ANSWERER=MACHINE", Disposition.MACHINE, 0.0),
        ("HLASATEL_ANSWERER=HUMAN", Disposition.ANSWERED, 0.0),
        ("HLASATEL_ANSWERER=NOTSURE", Disposition.ANSWERED, 0.0),
        (["HLASATEL_ANSWERER=MACHINE", "HLASATEL_HEARD=12.345"], Disposition.MACHINE, 12.345),
        (["HLASATEL_ANSWERER=", "HLASATEL_HEARD=7"], Disposition.ANSWERED, 7.0),
        (["HLASATEL_HEARD=1=2", "no equals sign", ""], Disposition.ANSWERED, 0.0),
        ([], Disposition.ANSWERED, 0.0),
    ],
)
def test_the_variables_of_the_leg_tell_machine_and_what_was_played(
    variables: str | list[str], disposition: Disposition, played: float
) -> None:
    ending = ending_of_hangup(hangup(chanvariable=variables), None, NOW)
    assert (ending.disposition, ending.played_seconds) == (disposition, played)


def test_a_machine_variable_of_a_leg_that_never_came_up_counts_for_nothing() -> None:
    ending = ending_of_hangup(hangup(channelstate="4", cause="19", chanvariable="HLASATEL_ANSWERER=MACHINE"), None, NOW)
    assert ending == Ending(Disposition.NO_ANSWER, NOW, 19)


@pytest.mark.parametrize("text", ["", "abc", "nan", "inf", "-1", "1e9", "86400"])
def test_seconds_that_cannot_be_are_none(text: str) -> None:
    assert seconds(text) == 0.0


def test_plain_values_are_read() -> None:
    assert (number("17"), number(17), number(None), seconds("12.5")) == (17, 0, 0, 12.5)
    assert reported_variables({"chanvariable": "A=1"}) == {"A": "1"}
    assert reported_variables({}) == {}
