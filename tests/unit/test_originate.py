"""The Originate action: exactly these fields, and nothing of a person's making in them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from announcements.claim import Claimed
from dialer.originate import originate_fields
from dialer.trunk import Trunk
from store.errors import AsteriskError
from store.states import Priority

ID, TOKEN = "0123456789abcdef" * 2, "fedcba9876543210" * 2
NUMBER = "+420556400001"
# What would become further headers, another application, an expression, a second channel, a shell word …
NASTY = [
    "\r\nAction: Command",
    "\n",
    "\0",
    "${SHELL(id)}",
    "$[1+1]",
    "&PJSIP/666",
    "|",
    ",",
    ";",
    " ",
    "@",
    "ř",
    "x",
    "",
]
DUE = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
SOUNDS = {"greeting": "/var/lib/hlasatel/greeting", "message": "/var/lib/hlasatel/" + ID}


def claimed(**changes: Any) -> Claimed:
    usual = {"attempt_id": ID, "token": TOKEN, "address": NUMBER, "rendering": ID}
    return Claimed(**{**usual, "priority": Priority.NORMAL, "due_at": DUE, **changes})


def trunk(**changes: Any) -> Trunk:
    return Trunk(
        **{"name": "o2", "host": "sip.example.cz", "ring_seconds": 25, "caller_id": "+420556414322", **changes}
    )


def fields(call: Claimed, way: Trunk, **changes: Any) -> dict[str, str | list[str]]:
    given = {**SOUNDS, "agi_url": "agi://127.0.0.1:4573", "detect_machine": True, **changes}
    return dict(originate_fields(call, way, **given))


def test_a_call_offers_the_codecs_of_its_trunk() -> None:
    assert fields(claimed(), trunk(codecs=("g722", "alaw")))["Codecs"] == "g722,alaw"


def test_the_fields_are_exactly_these() -> None:
    assert fields(claimed(), trunk()) == {
        "ActionID": ID,
        "ChannelId": ID,
        "Channel": "PJSIP/+420556400001@trunk-o2",
        "Context": "hlasatel-announcement",
        "Exten": "s",
        "Priority": "1",
        "Timeout": "25000",
        "Async": "true",
        "Codecs": "alaw,ulaw",
        "CallerID": "<+420556414322>",
        "Variable": [
            f"HLASATEL_ATTEMPT={ID}",
            f"HLASATEL_TOKEN={TOKEN}",
            "HLASATEL_AGI=agi://127.0.0.1:4573/announcement",
            "HLASATEL_GREETING=/var/lib/hlasatel/greeting",
            f"HLASATEL_MESSAGE=/var/lib/hlasatel/{ID}",
            "HLASATEL_DETECT=yes",
        ],
    }


def test_machines_are_not_told_from_people_where_the_settings_say_so() -> None:
    assert not [one for one in fields(claimed(), trunk(), detect_machine=False)["Variable"] if "DETECT" in one]


def test_a_machine_that_has_the_message_gets_it_no_more() -> None:
    assert "HLASATEL_LEAVE=no" in fields(claimed(leave_message=False), trunk())["Variable"]


def test_a_trunk_without_a_number_to_show_shows_none() -> None:
    assert "CallerID" not in fields(claimed(), trunk(caller_id=""))


def test_a_loudspeaker_gets_its_code_in_its_own_context() -> None:
    made = fields(claimed(code="*1#5wA"), trunk())
    assert made["Context"] == "hlasatel-loudspeaker"
    assert "HLASATEL_CODE=*1#5wA" in made["Variable"]


@pytest.mark.parametrize("nasty", [*NASTY, "a", "1,2", "1)", "W", "1" * 33])
def test_a_code_that_is_not_plain_is_refused(nasty: str) -> None:
    for code in (nasty, f"*1{nasty}x"):
        with pytest.raises(AsteriskError, match="may not go into a call"):
            fields(claimed(code=code), trunk())


@pytest.mark.parametrize("name", ["attempt_id", "token", "address"])
@pytest.mark.parametrize("nasty", NASTY)
def test_a_claim_that_is_not_plain_is_refused(name: str, nasty: str) -> None:
    plain = {"attempt_id": ID, "token": TOKEN, "address": NUMBER}[name]
    for value in (nasty, plain + nasty, nasty + plain):
        if value != plain:
            with pytest.raises(AsteriskError, match="may not go into a call"):
                fields(claimed(**{name: value}), trunk())


@pytest.mark.parametrize("name", ["greeting", "message", "agi_url"])
@pytest.mark.parametrize("nasty", [text for text in NASTY if text not in ("x", "")])
def test_a_sound_or_an_address_of_the_service_that_is_not_plain_is_refused(name: str, nasty: str) -> None:
    plain = {**SOUNDS, "agi_url": "agi://127.0.0.1:4573"}[name]
    with pytest.raises(AsteriskError, match="may not go into a call"):
        fields(claimed(), trunk(), **{name: plain + nasty})


@pytest.mark.parametrize("sound", ["relative/name", "", "/var/lib/a&b"])
def test_a_sound_is_an_absolute_plain_path(sound: str) -> None:
    with pytest.raises(AsteriskError):
        fields(claimed(), trunk(), message=sound)


@pytest.mark.parametrize("number", ["556400001", "+42", "+4205564000011234", "420556400001", "+420 556 400 001"])
def test_a_number_is_e164(number: str) -> None:
    with pytest.raises(AsteriskError, match=r"E\.164"):
        fields(claimed(address=number), trunk())


@pytest.mark.parametrize("nasty", NASTY)
def test_a_trunk_of_the_settings_lets_nothing_through_either(nasty: str) -> None:
    bad = [f"o2{nasty}", nasty] if nasty not in ("x", "") else [""]
    for name in bad:
        with pytest.raises(ValidationError):
            trunk(name=name)
    if nasty:
        with pytest.raises(ValidationError):
            trunk(caller_id=f"+420556414322{nasty}")


def test_a_call_back_goes_to_its_own_context_and_path_with_nothing_to_play() -> None:
    made = fields(claimed(rendering=None), trunk())
    assert made["Context"] == "hlasatel-callback"
    assert made["Variable"] == [
        f"HLASATEL_ATTEMPT={ID}",
        f"HLASATEL_TOKEN={TOKEN}",
        "HLASATEL_AGI=agi://127.0.0.1:4573/callback",
    ]
