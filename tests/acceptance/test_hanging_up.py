"""Somebody hangs up at everything that the telephone can say, on the real Asterisk pair: nothing is half-saved.

What there is to say is read from the tree of dialogues. All call at once, while somebody registers undisturbed.
"""

import asyncio
import dataclasses
import io
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlalchemy.orm import class_mapper

from announcements.audience import build_rule
from announcements.launch import Draft, launch, prepare
from announcements.windows import Week
from ivr.call import Call
from ivr.inbound import InboundCalls
from ivr.roots import dialogue_prompts, dialogue_steps
from ivr.steps import Record
from lab.caller import open_callers
from lab.pair import Pair
from store.callers import Callback, Pin, Proposal, RegistrationRequest
from store.errors import StoreError
from store.inbound import CallEnding, InboundCall, VoiceMessage
from store.people import Consent, Phone, Subscriber, SubscriberPackage, SubscriberTopic
from store.staff import Audit, SavedDraft, Staff
from store.work import Attempt
from subscribers.ruian import import_places
from tests.acceptance.callers import HANG_UP, Answers, LastWords, TownNumber, town_number
from tests.acceptance.conftest import Scene, now, opened_scene, with_retries
from tests.acceptance.everywhere import (
    MISSED_THERE,
    NO_LIMITS,
    ONE_THERE,
    PLACES,
    SEED,
    TO_END,
    WRONG_FIVE_TIMES,
    Way,
    call_back,
    known,
    ways,
)
from tests.acceptance.phones import numbers
from tests.deadline import until
from tts.audio import alaw_seconds
from tts.segments import AudioSegment

pytestmark = pytest.mark.asyncio(loop_scope="session")

ALL_DAY = Week.model_validate({"weekdays": "0:00-24:00", "weekend": "0:00-24:00"})
# As one calls from.
UNDISTURBED, WAITS, TOO_LATE, NIGHT_OWL, IN_VAIN = numbers("hangs up everywhere")[-6:-1]
# Till the call has come, and from then to its end.
LONGEST_SECONDS = 220
SPEAKING = ", while speaking"
# Of an office that is closed, a town whose lines are all taken, and a service that is away.
LATER = ("office.help_closed", "engine.all_busy", "office.closed", "engine.away")
NAMES = [
    *(prompt for prompt in dialogue_prompts() if prompt not in LATER),
    *(step.prompt + SPEAKING for step in dialogue_steps() if isinstance(step, Record)),
]
PEOPLE = (Subscriber, Phone, SubscriberPackage, SubscriberTopic, Consent, Pin)

UNFINISHED = {"request hung_up open"}
# By where they hang up, what has become different; nothing where it is not told, and for who is in the middle of a
# registration a request.
CHANGED: Mapping[str, set[str]] = {
    "office.message" + SPEAKING: {"message"},
    "office.kept": {"message"},
    "register.no_consent": set(),
    "register.calling_back": {"register waiting", "called prove"},
    "register.too_many": {"request not_proved open"},
    "register.say_it" + SPEAKING: {"request stuck open"},
    "register.requested": {"request stuck open"},
    "register.registered": {"register done", "person"},
    "known.calling_back": {"change waiting", "called prove"},
    "known.done": {"change done", "person"},
    "known.impossible": {"person"},  # whom the office has taken out
    "confirm.registered": {"register done", "person"},
    "confirm.goodbye": {"register done", "person"},
    "confirm.refused": {"register refused"},
    "confirm.changed": {"change done", "person"},
    "confirm.impossible": {"change refused"},
    "confirm.left": {"leave done", "person"},
    "confirm.nothing": {"change refused"},  # by the office
    "staff_line.calling_back": {"called staff"},
    # Somebody else decides.
    "staff.launch": {"draft"},
    "staff.draft": {"draft"},
    "staff.handed_over": {"draft"},
    "staff.launched": {"launched"},
}


@dataclasses.dataclass(frozen=True)
class Leaver:
    """Somebody who hangs up at this prompt, or (``speaking``) while they are recorded after it."""

    prompt: str
    speaking: Path | None
    number: str
    way: Way


def leavers(spoken: Path, moment: Path, silence: Path) -> dict[str, Leaver]:
    """By NAMES; those that no way leads to are missing."""
    (*usual, slow), busy = numbers("hangs up everywhere"), numbers("missed everywhere")
    all_ways, found = ways(spoken, moment, silence), {}
    for name in NAMES:
        prompt = name.removesuffix(SPEAKING)
        way = next((one for one in all_ways if prompt in one.answers), None)
        if way is not None:
            number = "" if way.withheld else slow if way.slow else (busy if way.busy else usual).pop(0)
            found[name] = Leaver(prompt, spoken if name.endswith(SPEAKING) else None, number, way)
    return found


@dataclasses.dataclass(frozen=True)
class Night:
    """``said``: by name, the prompts; all else by number."""

    leavers: Mapping[str, Leaver]
    said: Mapping[str, list[str] | BaseException]
    before: Mapping[str, set[str]]
    after: Mapping[str, set[str]]
    calls: Mapping[str, InboundCall]
    # To somebody who does not hang up: when they call, and when they are called back.
    undisturbed: tuple[list[str], list[str]]
    # Files of what was said after a tone, and those of them that somebody will listen to.
    recordings: set[str]
    needed: set[str]

    def said_to(self, name: str) -> list[str]:
        """Raises what went wrong in their call."""
        said = self.said[name]
        if isinstance(said, BaseException):
            raise said
        return said


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def night(pair: Pair, renderings: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Night]:
    async with opened_scene(pair, tmp_path_factory.mktemp("everywhere"), renderings) as scene:
        scene = with_retries(scene, busy_seconds=600.0)
        spoken = await scene.library.render("Jmenuji se Jan Novák a mám pro vás hlášení.")
        everybody = leavers(spoken.path, *map(scene.library.silence, (1, 2)))
        await prepare_town(scene, everybody)
        before, people = await left_behind(scene), await people_by_number(scene)
        with pytest.MonkeyPatch.context() as monkeypatch:
            break_store(monkeypatch, everybody["engine.sorry"].number)
            async with answering_all(scene) as town:
                undisturbed = asyncio.create_task(registers(town))
                said = await asyncio.gather(*(leave(town, one) for one in everybody.values()), return_exceptions=True)
                yield Night(
                    everybody,
                    dict(zip(everybody, said, strict=True)),
                    before,
                    await settled(scene, people),
                    {call.number: call for call in await rows(scene, InboundCall) if len(call.id) == 32},
                    await undisturbed,
                    {file.name for file in scene.settings.hotline.recordings.iterdir()},
                    await needed_recordings(scene),
                )


def answering_all(scene: Scene) -> Any:
    (office,) = numbers("office away")
    return town_number(
        scene,
        office_extension=office,
        office_hours=ALL_DAY,
        office_ring_seconds=5,
        languages=("en",),
        callbacks=NO_LIMITS,
        most_calls=len(NAMES),
    )


async def prepare_town(scene: Scene, everybody: Mapping[str, Leaver]) -> None:
    async with scene.store.writing() as session:
        await import_places(session, PLACES.encode("cp1250"), "places.csv")
        for number in numbers("missed everywhere"):
            await known(session, number, town_part=MISSED_THERE)
        await known(session, *numbers("listens"), packages=("5",), town_part=ONE_THERE)
    for text in ("Zítra nepoteče voda.", "Dnes nepoteče voda."):
        await announce_there(scene, text)
    async with scene.store.writing() as session:
        for leaver in everybody.values():
            if leaver.way.prepare is not None:
                await leaver.way.prepare(session, leaver.number)
            if leaver.way.called_back is not None:
                await call_back(session, leaver.number, leaver.way.called_back)


async def announce_there(scene: Scene, text: str) -> None:
    async with scene.store.reading() as session:
        rule = await build_rule(session, topics=["voda"], town_parts=[MISSED_THERE])
    prepared = await prepare(scene.store, scene.library, Draft(rule, text=text), scene.settings.ways, now())
    await launch(scene.store, prepared, now())


def break_store(monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    """It fails where this number's call is to be noted."""
    begin = InboundCalls.begin

    async def broken(calls: InboundCalls, call: Call, at: Any) -> int:
        if call.number == number:
            raise StoreError("the disk is full")
        return await begin(calls, call, at)

    monkeypatch.setattr(InboundCalls, "begin", broken)


async def registers(town: TownNumber) -> tuple[list[str], list[str]]:
    """Somebody who does not hang up, among all those who do."""
    said = await town.call(UNDISTURBED, {**TO_END, "register.right_without_year": "1"})
    return said, await town.lift(UNDISTURBED, {"confirm.registration": "1"})


async def leave(town: TownNumber, leaver: Leaver) -> list[str]:
    """Their way to the prompt, and no further; gives what was said to them."""
    answers = dict(leaver.way.answers)
    answers[leaver.prompt] = LastWords(leaver.speaking) if leaver.speaking else HANG_UP
    happens = [asyncio.create_task(meanwhile(town, leaver, prompt)) for prompt in leaver.way.meanwhile]
    try:
        return await (town.lift if leaver.way.called_back else town.call)(leaver.number, answers, LONGEST_SECONDS)
    finally:
        for one in happens:
            one.cancel()
        await asyncio.gather(*happens, return_exceptions=True)


async def meanwhile(town: TownNumber, leaver: Leaver, prompt: str) -> None:
    async def said() -> bool:
        return not prompt or any(
            call.prompt == prompt for call in list(town.up.values()) if call.number == leaver.number
        )

    await until(said, 120)
    await leaver.way.meanwhile[prompt](town, leaver.number)


async def rows(scene: Scene, table: type[Any]) -> list[Any]:
    async with scene.store.reading() as session:
        return list(await session.scalars(select(table)))


async def settled(scene: Scene, people: Mapping[str, set[Any]]) -> Mapping[str, set[str]]:
    """What everybody has left behind once all calls are over, also for Asterisk; and whose data are others by now."""

    async def over() -> bool:
        ended = [one.ended_at for table in (InboundCall, Attempt) for one in await rows(scene, table)]
        return None not in ended and "0 active calls" in await scene.pair.managed.command("core show channels count")

    await until(over, 60)
    after, now_there = await left_behind(scene), await people_by_number(scene)
    for number in people.keys() | now_there.keys():
        if people.get(number) != now_there.get(number):
            after[number].add("person")
    return after


async def left_behind(scene: Scene) -> dict[str, set[str]]:
    """By number, all that the store has of it besides people and calls."""
    found: dict[str, set[str]] = defaultdict(set)
    for request in await rows(scene, RegistrationRequest):
        found[request.number or ""].add(f"request {request.reason} {request.state}")
    for proposal in await rows(scene, Proposal):
        found[proposal.number].add(f"{proposal.kind} {proposal.state}")
    for callback in await rows(scene, Callback):
        if callback.call_id != SEED:
            found[callback.number].add(f"called {callback.purpose}")
    callers = {call.id: call.number for call in await rows(scene, InboundCall)}
    for message in await rows(scene, VoiceMessage):
        found[callers[message.call_id]].add("message")
    for phone, what in await done_by_staff(scene):
        found[phone].add(what)
    return found


async def done_by_staff(scene: Scene) -> list[tuple[str, str]]:
    phones = {member.name: member.phone for member in await rows(scene, Staff)}
    drafts = [(phones[draft.author], "draft") for draft in await rows(scene, SavedDraft)]
    launched = [entry for entry in await rows(scene, Audit) if entry.act == "launched"]
    return [*drafts, *((phones[entry.who], "launched") for entry in launched)]


async def people_by_number(scene: Scene) -> Mapping[str, set[Any]]:
    """All that is stored of who is on each line."""
    found: dict[str, set[Any]] = defaultdict(set)
    numbers = {phone.subscriber_id: phone.number for phone in await rows(scene, Phone)}
    for table in PEOPLE:
        columns = [attribute.key for attribute in class_mapper(table).column_attrs]
        for row in await rows(scene, table):
            owner = row.id if isinstance(row, Subscriber) else row.subscriber_id
            found[numbers[owner]].add((table.__name__, *(getattr(row, key) for key in columns)))
    return found


async def needed_recordings(scene: Scene) -> set[str]:
    return {
        *(message.file for message in await rows(scene, VoiceMessage)),
        *(request.recording for request in await rows(scene, RegistrationRequest) if request.recording),
        *(one.content["recording"] for one in await rows(scene, Proposal) if one.content.get("recording")),
    }


@pytest.mark.parametrize("name", NAMES)
async def test_who_hangs_up_leaves_nothing_half_saved(night: Night, name: str) -> None:
    assert name in night.leavers, f"no way of tests.acceptance.everywhere leads to {name}"
    leaver, said = night.leavers[name], night.said_to(name)
    assert said[-1] == leaver.prompt or (leaver.speaking is not None and leaver.prompt in said), said
    if not leaver.way.called_back and name != "engine.sorry":
        call = night.calls[leaver.number]
        assert (call.ending, call.last_prompt) == (CallEnding.HUNG_UP, said[-1])
    assert night.after.get(leaver.number, set()) == expected(night, name)


def expected(night: Night, name: str) -> set[str]:
    before = night.before.get(night.leavers[name].number, set())
    changed = CHANGED.get(name, UNFINISHED if "packages.which" in night.said_to(name) else set())
    # A proposal that was there before has been settled.
    settled = {one.split()[0] for one in changed if "prove" not in one}
    return {one for one in before if one.split()[0] not in settled} | changed


async def test_nobody_else_noticed(night: Night) -> None:
    said, called_back = night.undisturbed
    assert (said[-1], called_back[-1]) == ("register.calling_back", "confirm.goodbye")
    assert night.after[UNDISTURBED] == {"register done", "called prove", "person"}


async def test_of_what_was_recorded_only_what_somebody_listens_to_is_kept(night: Night) -> None:
    assert night.recordings == night.needed


HELP: Answers = {"hotline.stranger": "7", "engine.wrong_key": WRONG_FIVE_TIMES, "office.help_closed": HANG_UP}


async def test_hang_ups_at_a_closed_office_and_with_all_lines_taken(scene: Scene) -> None:
    async with town_number(scene, most_calls=1) as town:
        async with town.callers.calling(WAITS) as caller:
            assert await town.call(TOO_LATE, {"engine.all_busy": HANG_UP}) == ["engine.all_busy"]
            assert (await town.follow(caller, HELP))[-1] == "office.help_closed"
        assert (await town.call(NIGHT_OWL, {"hotline.welcome": "0", "office.closed": HANG_UP}))[-1] == "office.closed"
        assert await settled(scene, {}) == {}
        ends = {call.number: (call.ending, call.last_prompt) for call in await rows(scene, InboundCall)}
    assert ends == {
        WAITS: (CallEnding.HUNG_UP, "office.help_closed"),
        NIGHT_OWL: (CallEnding.HUNG_UP, "office.closed"),
    }


async def test_hang_up_at_the_apology_for_a_service_that_is_away(scene: Scene) -> None:
    async with town_number(scene) as town:
        assert town.service.hotline is not None
        apology = await town.service.hotline.desk.prompts["cs"].sound("engine.away")
    async with open_callers(scene.pair) as callers, callers.calling(IN_VAIN) as caller:
        leg = await caller.answered()
        await leg.execute("WaitForNoise", "500")
        caller.hang_up()
        heard = AudioSegment.from_wav(io.BytesIO((await caller.heard()).read_bytes()))
    assert 0.5 < len(heard) / 1000 < alaw_seconds(apology.with_suffix(".alaw"))
    assert heard.max_dBFS > -20
    await settled(scene, {})


async def test_none_is_missed() -> None:
    assert {name.removesuffix(SPEAKING) for name in NAMES} | set(LATER) == set(dialogue_prompts())
