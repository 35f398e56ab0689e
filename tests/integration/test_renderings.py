"""What the library must keep: the renderings of announcements that somebody hears or will hear."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from announcements.control import stop
from announcements.launch import launch, prepare
from announcements.renderings import needed_renderings
from ivr.settings import HotlineSettings
from service import sweeping
from service.retention import Retention
from service.sweeping import Sweeper, sweep_library
from store.database import Store
from store.states import Disposition
from tests.deadline import until
from tests.people import NOW, RENDERING, WAYS, add, announce, end, line, prepare_town, prepared, start
from tests.tones import ToneEngine
from tts.library import Library


async def needed(store: Store) -> frozenset[str]:
    async with store.reading() as session:
        return await needed_renderings(session)


async def test_running_and_scheduled_announcements_need_theirs(store: Store) -> None:
    await prepare_town(store)
    await add(store, "Anna", line(1))
    assert await needed(store) == set()
    await announce(store)
    await announce(store, not_before=NOW + timedelta(days=1))
    assert await needed(store) == {RENDERING}


async def test_one_that_has_ended_needs_nothing_any_more(store: Store) -> None:
    await prepare_town(store)
    await add(store, "Anna", line(1))
    await announce(store)
    await end(store, await start(store), Disposition.INVALID_NUMBER)
    assert await needed(store) == set()


async def test_one_that_was_stopped_needs_its_own_till_the_last_call_has_ended(store: Store) -> None:
    await prepare_town(store)
    await add(store, "Anna", line(1))
    announcement_id = await announce(store)
    call = await start(store)
    async with store.writing() as session:
        await stop(session, announcement_id, NOW)
    assert await needed(store) == {RENDERING}
    await end(store, call, Disposition.ANSWERED)
    assert await needed(store) == set()


async def test_a_sweep_takes_neither_what_runs_nor_what_every_call_says(store: Store, tmp_path: Path) -> None:
    await prepare_town(store)
    await add(store, "Anna", line(1))
    library = Library(tmp_path, [ToneEngine()])
    draft = (await prepared(store)).draft
    running = await prepare(store, library, draft, WAYS, NOW)
    await launch(store, running, NOW)
    prompt, old = await library.render("Dobrý den."), await library.render("Loni netekla voda.")
    for key in (running.rendering.key, prompt.key, old.key):
        os.utime(library.shelf.file(key, ".json"), (0, 0))
    swept = await sweep_library(library, store, [prompt], 1, 7, datetime.now(UTC))
    assert (swept.removed, swept.kept) == (1, 2)
    assert {entry.key for entry in library.shelf.entries()} == {running.rendering.key, prompt.key}


async def test_a_running_service_sweeps_and_goes_on_after_trouble(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "SWEEP_SECONDS", 0.05)
    library = Library(tmp_path / "library", [ToneEngine()])
    moments = iter([OSError("the disk is away")])

    def clock() -> datetime:
        for trouble in moments:
            raise trouble
        return datetime.now(UTC)

    old = await library.render("Loni netekla voda.")
    os.utime(library.shelf.file(old.key, ".json"), (0, 0))
    sweeper = asyncio.create_task(
        Sweeper(library, store, [], 1, 7, Retention.of(store, HotlineSettings(recordings=tmp_path))).run(clock)
    )

    async def swept() -> bool:
        return not list(library.shelf.entries())

    await until(swept)
    sweeper.cancel()
