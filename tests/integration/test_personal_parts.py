"""An announcement with personal parts: each line has its rendering, made before the launch, kept while it is played."""

from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from announcements.hearing import Hearings
from announcements.launch import Draft, launch, prepare
from announcements.plan import Mode, Plan
from announcements.renderings import needed_renderings
from announcements.scripts import Scripts
from announcements.ways import Ways
from store.database import Store
from store.errors import InputError, SpeechError
from store.states import Channel, DeliveryState, Disposition, Pace
from tests.people import (
    NOW,
    PREFIXES,
    RULES,
    WAYS,
    add,
    announcement,
    attempt,
    deliveries,
    end,
    line,
    prepare_town,
    rule,
    start,
)
from tests.tones import ToneEngine
from tts.library import Library, Rendering

TEXT = "{osloveni}, ve vaší ulici {ulice} zítra neteče voda."


@pytest.fixture
async def town(store: Store) -> Store:
    """Jan and Eva live in one street and on one line, Karel in another one; of Max nothing is known."""
    await prepare_town(store)
    for name, number, street in (
        ("Jan Novák", 1, "Tyršova"),
        ("Eva Nováková", 1, "Tyršova"),
        ("Karel Dvořák", 2, "Nádražní"),
        ("Max", 3, None),
    ):
        await add(store, name, line(number), **({"street": street} if street else {}))
    return store


@pytest.fixture
def engine() -> ToneEngine:
    return ToneEngine(seconds=1.2)


@pytest.fixture
def library(tmp_path: Path, engine: ToneEngine) -> Library:
    return Library(tmp_path, [engine], slow_engines=[ToneEngine("slow", seconds=1.3)])


async def draft(store: Store, text: str = TEXT) -> Draft:
    return Draft(await rule(store, "voda"), text)


async def test_each_line_hears_its_own_and_the_pieces_are_spoken_once(
    town: Store, library: Library, engine: ToneEngine
) -> None:
    told: list[tuple[int, int]] = []
    prepared = await prepare(town, library, await draft(town), WAYS, NOW, told=lambda made, of: told.append((made, of)))
    assert prepared.rendering.words == "Dobrý den, ve vaší ulici zítra neteče voda."
    assert {number: one.words for number, one in prepared.own.items()} == {
        line(1): "Dobrý den, ve vaší ulici Tyršova zítra neteče voda.",
        line(2): "Pane Dvořáku, ve vaší ulici Nádražní zítra neteče voda.",
    }
    assert (prepared.renderings, told) == (3, [(3, 3)])
    assert sorted(engine.spoken) == sorted(
        [
            "Dobrý den, ve vaší ulici zítra neteče voda.",
            "Dobrý den, ve vaší ulici,",
            "Tyršova,",
            "Pane Dvořáku,",
            "ve vaší ulici,",
            "Nádražní,",
            "zítra neteče voda.",
        ]
    )


async def launched(town: Store, library: Library) -> dict[str, str]:
    """Keys of renderings by line."""
    prepared = await prepare(town, library, await draft(town), WAYS, NOW)
    announcement_id = await launch(town, prepared, NOW)
    row = await announcement(town, announcement_id)
    assert (row.text, row.personal, row.title) == (TEXT, True, "Dobrý den, ve vaší ulici zítra neteče voda.")
    return {line(n): prepared.own.get(line(n), prepared.rendering).key for n in (1, 2, 3)}


async def test_the_call_plays_what_was_made_for_its_line(town: Store, library: Library) -> None:
    keys = await launched(town, library)
    hearings = Hearings(town, Scripts())
    for number in (1, 2, 3):
        claimed = await start(town)
        assert (claimed.address, claimed.rendering) == (line(number), keys[line(number)])
        script = await hearings.script_for(claimed.attempt_id, claimed.token)
        assert script is not None
        assert script.rendering == claimed.rendering
    assert len(set(keys.values())) == 3


async def test_the_library_keeps_them_till_the_announcement_has_ended(town: Store, library: Library) -> None:
    keys = await launched(town, library)
    async with town.reading() as session:
        assert await needed_renderings(session) == set(keys.values())
    for _ in keys:
        await end(town, await start(town), Disposition.INVALID_NUMBER)
    async with town.reading() as session:
        assert await needed_renderings(session) == set()


async def test_how_much_was_heard_is_measured_by_what_the_line_heard(town: Store, library: Library) -> None:
    """Line 2's own is twice as long as what all others hear: enough of that is not enough of its own."""
    prepared = await prepare(town, library, await draft(town), WAYS, NOW)
    long, key = replace(prepared.own[line(2)], seconds=2 * prepared.rendering.seconds), prepared.own[line(2)].key
    await launch(town, replace(prepared, own={line(2): long}), NOW)
    heard = RULES.heard_share * prepared.rendering.seconds + 0.1
    states = {}
    for number in (1, 2):
        claimed = await start(town)
        assert (claimed.address, claimed.rendering == key) == (line(number), number == 2)
        await end(town, claimed, Disposition.ANSWERED, played_seconds=heard)
        assert (await attempt(town, claimed.attempt_id)).heard_seconds == heard
        states[number] = next(row.state for row in await deliveries(town) if row.address == line(number))
    assert states == {1: DeliveryState.DELIVERED, 2: DeliveryState.QUEUED}


async def test_a_dry_run_counts_them_and_speaks_only_what_all_hear(
    town: Store, library: Library, engine: ToneEngine
) -> None:
    prepared = await prepare(town, library, await draft(town), WAYS, NOW, speak_all=False)
    assert (prepared.renderings, prepared.own, len(engine.spoken)) == (3, {}, 1)
    plain = await prepare(town, library, await draft(town, "Voda neteče."), WAYS, NOW)
    assert (plain.renderings, plain.own) == (1, {})


async def test_an_unknown_placeholder_is_refused_before_anything_is_made(
    town: Store, library: Library, engine: ToneEngine
) -> None:
    with pytest.raises(InputError, match=r"\{mesto\}"):
        await prepare(town, library, await draft(town, "Město {mesto} hlásí."), WAYS, NOW)
    with pytest.raises(InputError, match="empty"):
        await prepare(town, library, await draft(town, "{osloveni}"), WAYS, NOW)
    assert engine.spoken == []


async def test_a_slow_announcement_is_spoken_by_the_slow_voice(town: Store, library: Library) -> None:
    slow = await prepare(town, library, replace(await draft(town), pace=Pace.SLOW), WAYS, NOW)
    made: list[Rendering] = [slow.rendering, *slow.own.values()]
    assert {one.voice for one in made} == {"slow 1 cs"}


async def test_who_wants_it_slowly_hears_the_same_words_slowly(town: Store, library: Library) -> None:
    await add(town, "Marie Malá", line(2), pace=Pace.SLOW)
    prepared = await prepare(town, library, await draft(town, "Voda neteče."), WAYS, NOW)
    assert (prepared.rendering.voice, prepared.renderings) == ("tone 1 cs", 2)
    assert {number: (one.words, one.voice) for number, one in prepared.own.items()} == {
        line(2): ("Voda neteče.", "slow 1 cs")
    }


async def test_one_that_may_come_to_a_call_later_has_its_rendering_from_the_start(
    town: Store, library: Library
) -> None:
    ways = Ways(voice=PREFIXES, sms=None, email=True)
    await add(
        town,
        "Josef Novák",
        line(4),
        email="josef@example.com",
        street="Tyršova",
        channels=(Channel.EMAIL, Channel.VOICE),
    )
    plan = Plan(mode=Mode.ESCALATE, channels=(Channel.EMAIL, Channel.VOICE))
    prepared = await prepare(town, library, replace(await draft(town), plan=plan), ways, NOW)
    assert prepared.own[line(4)].words == "Pane Nováku, ve vaší ulici Tyršova zítra neteče voda."


class Choosy(ToneEngine):
    """Cannot say one name."""

    async def synthesize(self, words: str, language: str, out: Path) -> None:
        if "Dvořáku" in words:
            raise SpeechError("no such name")
        await super().synthesize(words, language, out)


async def test_who_cannot_be_named_hears_what_all_hear(town: Store, tmp_path: Path) -> None:
    library = Library(tmp_path, [Choosy(seconds=1.2)])
    with capture_logs() as logs:
        prepared = await prepare(town, library, await draft(town), WAYS, NOW)
    assert prepared.own.keys() == {line(1)}
    assert [entry["event"] for entry in logs] == ["engine_passed_over", "personal_part_not_spoken"]
    await launch(town, prepared, NOW)
    assert len(await deliveries(town)) == 3
