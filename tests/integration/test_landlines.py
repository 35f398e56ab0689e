"""Each kind of landline, called by the managed Asterisk over the trunk; AMI and the phones' own record tell.

All calls are made at once, in one evening; every test then looks at its own.
"""

import array
import asyncio
import math
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from dialplans import names
from lab.behaviour import Act, Behaviour
from lab.landlines import LandlineCall, Outcome
from lab.pair import Pair, running_pair
from lab.program import install_program
from service.settings import cache_folder
from tests.ami import Ami, Message, connected
from tests.tones import write_tone

pytestmark = pytest.mark.asyncio(loop_scope="module")

NUMBERS = {
    "listens": "+420556400101",
    "presses": "+420556400102",
    "busy": "+420556400103",
    "busy_then_free": "+420556400104",
    "no_answer": "+420556400105",
    "unallocated": "+420556400106",
    "machine": "+420556400107",
    "hangs_up_early": "+420556400108",
    "congestion": "+420556400109",
    "silent": "+420556400110",
    "unlisted": "+420556400111",
    "detected human": "+420556400112",
}
BEHAVIOURS = {
    NUMBERS["presses"]: Behaviour(does=Act.PRESSES, keys="12"),
    NUMBERS["busy"]: Behaviour(does=Act.BUSY),
    NUMBERS["busy_then_free"]: Behaviour(does=Act.BUSY_THEN_FREE, busy_times=1),
    NUMBERS["no_answer"]: Behaviour(does=Act.NO_ANSWER),
    NUMBERS["unallocated"]: Behaviour(does=Act.UNALLOCATED),
    NUMBERS["machine"]: Behaviour(does=Act.MACHINE),
    NUMBERS["hangs_up_early"]: Behaviour(does=Act.HANGS_UP_EARLY, stays_seconds=1),
    NUMBERS["congestion"]: Behaviour(does=Act.CONGESTION),
    NUMBERS["silent"]: Behaviour(says_hello=False),
}
# Those called by our own dialplan, with machine detection and a service that is not there.
DETECTED = ("machine", "silent", "detected human")
SPEECH_SECONDS = 1.5
SILENCE_SECONDS = 3.0
RING_MILLISECONDS = 3000


@dataclass
class Evening:
    pair: Pair
    ami: Ami
    calls: list[LandlineCall]
    hangups: dict[str, Message]

    def call(self, who: str) -> LandlineCall:
        [call] = [call for call in self.calls if call.number == NUMBERS[who]]
        return call

    def cause(self, who: str) -> int:
        return int(self.hangups[who]["Cause"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def evening(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Evening]:
    folder = tmp_path_factory.mktemp("evening")
    speech = write_tone(folder / "speech.wav", SPEECH_SECONDS, rate=8000).with_suffix("")
    silence = write_tone(folder / "silence.wav", SILENCE_SECONDS, peak=0, rate=8000).with_suffix("")
    program = await install_program(cache_folder())
    async with running_pair(program, folder, BEHAVIOURS) as pair, connected(pair) as ami:
        waits = []
        for who in NUMBERS:
            await originate(ami, who, speech, silence)
            waits.append(ami.wait(Event="Hangup", Uniqueid=channel_id(who)))
        hangups = dict(zip(NUMBERS, await asyncio.gather(*waits), strict=True))
        yield Evening(pair, ami, await pair.landlines.calls(), hangups)


def channel_id(who: str) -> str:
    """Asterisk takes an id for used while it is the beginning of another's: so all are of one length."""
    return NUMBERS[who].removeprefix("+")


async def originate(ami: Ami, who: str, speech: Path, silence: Path) -> None:
    variables = {names.DETECT: "yes", names.AGI: "agi://127.0.0.1:9", names.GREETING: speech, names.MESSAGE: speech}
    plan = {
        "Context": names.ANNOUNCEMENT_CONTEXT,
        "Exten": "s",
        "Priority": "1",
        "Variable": ",".join(f"{name}={value}" for name, value in variables.items()),
    }
    twice = f"{speech}&{silence}&{speech}&{silence}"
    number = NUMBERS[who].lstrip("+") if who == "unlisted" else NUMBERS[who]
    await ami.send(
        "Originate",
        Channel=f"PJSIP/{number}@trunk-lab",
        CallerID="+420556400000",
        Timeout=str(RING_MILLISECONDS),
        Async="true",
        ChannelId=channel_id(who),
        **(plan if who in DETECTED else {"Application": "Playback", "Data": twice}),
    )


def heard(call: LandlineCall) -> tuple[float, int]:
    """Seconds that the phone recorded, and the loudness (RMS of 16 bits) of it."""
    assert call.recording is not None
    with wave.open(str(call.recording)) as file:
        assert (file.getframerate(), file.getnchannels()) == (8000, 1)
        frames = file.readframes(file.getnframes())
    samples = array.array("h", frames)
    return len(samples) / 8000, round(math.hypot(*samples) / math.sqrt(len(samples)))


async def test_a_listener_hears_all_and_keeps_a_recording(evening: Evening) -> None:
    call = evening.call("listens")
    assert (call.outcome, call.keys, call.caller) == (Outcome.ANSWERED, "", "+420556400000")
    seconds, loudness = heard(call)
    assert seconds == pytest.approx(2 * (SPEECH_SECONDS + SILENCE_SECONDS), abs=0.5)
    assert loudness > 1000


async def test_moments_of_a_call_are_in_order_and_in_utc(evening: Evening) -> None:
    call = evening.call("listens")
    assert call.answered_at is not None
    assert call.started_at.tzinfo is not None
    assert timedelta(seconds=0.5) < call.answered_at - call.started_at < timedelta(seconds=2)
    assert call.answered_at < call.ended_at


async def test_keys_are_pressed_one_by_one_when_the_caller_falls_silent(evening: Evening) -> None:
    call = evening.call("presses")
    assert (call.outcome, call.keys) == (Outcome.ANSWERED, "12")


async def test_a_busy_line(evening: Evening) -> None:
    call = evening.call("busy")
    assert (evening.cause("busy"), call.outcome, call.answered_at, call.recording) == (17, Outcome.BUSY, None, None)


async def test_a_line_that_rings_until_the_caller_gives_up(evening: Evening) -> None:
    call = evening.call("no_answer")
    assert (call.outcome, call.answered_at) == (Outcome.NO_ANSWER, None)
    assert evening.cause("no_answer") in {0, 19}  # 0: Asterisk 16
    assert call.ended_at - call.started_at == pytest.approx(timedelta(seconds=3), abs=timedelta(seconds=1))


async def test_a_number_that_does_not_exist(evening: Evening) -> None:
    assert (evening.cause("unallocated"), evening.call("unallocated").outcome) == (1, Outcome.UNALLOCATED)


async def test_a_network_without_a_free_circuit(evening: Evening) -> None:
    assert (evening.cause("congestion"), evening.call("congestion").outcome) == (34, Outcome.CONGESTION)


async def test_somebody_who_hangs_up_early(evening: Evening) -> None:
    call = evening.call("hangs_up_early")
    assert (evening.cause("hangs_up_early"), call.outcome) == (16, Outcome.ANSWERED)
    assert heard(call)[0] < 3


async def test_a_machine_is_told_by_its_greeting_and_records_the_message_after_its_beep(evening: Evening) -> None:
    call = evening.call("machine")
    assert evening.hangups["machine"][names.ANSWERER] == "MACHINE"
    assert call.outcome is Outcome.MACHINE
    assert heard(call)[1] > 300


async def test_a_silent_human_is_not_taken_for_a_machine(evening: Evening) -> None:
    assert evening.hangups["silent"][names.ANSWERER] == "NOTSURE"
    assert heard(evening.call("silent"))[1] > 500


async def test_a_human_who_says_hello_is_told_from_a_machine(evening: Evening) -> None:
    assert evening.hangups["detected human"][names.ANSWERER] == "HUMAN"


async def test_a_number_without_its_plus_is_the_same_landline_and_an_unlisted_one_listens(evening: Evening) -> None:
    call = evening.call("unlisted")
    assert (call.number, call.outcome) == (NUMBERS["unlisted"], Outcome.ANSWERED)


async def test_a_busy_line_gets_free(evening: Evening) -> None:
    assert evening.call("busy_then_free").outcome is Outcome.BUSY
    await evening.ami.send(
        "Originate",
        Channel=f"PJSIP/{NUMBERS['busy_then_free']}@trunk-lab",
        Application="Wait",
        Data="0",
        Async="true",
        ChannelId="again",
    )
    await evening.ami.wait(Event="Hangup", Uniqueid="again")
    calls = [call for call in await evening.pair.landlines.calls() if call.number == NUMBERS["busy_then_free"]]
    assert [call.outcome for call in calls] == [Outcome.BUSY, Outcome.ANSWERED]


async def test_ami_sends_only_the_events_that_the_dialer_reads(evening: Evening) -> None:
    await evening.ami.send("CoreShowChannels", ActionID="list")
    await evening.ami.wait(Event="CoreShowChannelsComplete", ActionID="list")
    unasked = {event["Event"] for event in evening.ami.events if "Event" in event and "ActionID" not in event}
    assert {"Hangup", "FullyBooted"} <= unasked
    assert unasked <= {"Hangup", "FullyBooted", "OriginateResponse", "ContactStatus"}


async def test_ami_refuses_what_the_dialer_does_not_need(evening: Evening) -> None:
    for action, headers in {
        "Command": {"Command": "core show version"},
        "UpdateConfig": {"SrcFilename": "manager.conf", "DstFilename": "manager.conf"},
    }.items():
        await evening.ami.send(action, ActionID=f"no {action}", **headers)
        assert (await evening.ami.wait(ActionID=f"no {action}"))["Response"] == "Error"


async def test_neither_asterisk_complained_of_its_configuration(evening: Evening) -> None:
    for asterisk in (evening.pair.managed, evening.pair.landlines.asterisk):
        complaints = [line for line in asterisk.log.read_text().splitlines() if "WARNING[" in line or "ERROR[" in line]
        assert [line for line in complaints if "agi" not in line.lower()] == []
