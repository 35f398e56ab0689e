"""Tasks of one owner: waited for, ended, and told of when they die."""

import asyncio

import pytest

from store.errors import StoreError
from store.tasks import Tasks, for_ever


async def ends(after: asyncio.Event) -> None:
    await after.wait()


async def fails() -> None:
    raise ValueError("odd")


async def test_drain_waits_for_all_also_for_those_that_come_meanwhile() -> None:
    first, second = asyncio.Event(), asyncio.Event()
    tasks = Tasks()
    tasks.start(ends(first), "first")
    draining = asyncio.create_task(tasks.drain())
    tasks.start(ends(second), "second")
    assert sorted(tasks) == ["first", "second"]
    first.set()
    await tasks.one_ends()
    assert list(tasks) == ["second"]
    assert not draining.done()
    second.set()
    await draining
    assert len(tasks) == 0


async def test_cancel_ends_what_would_never_end_and_the_owner_is_told() -> None:
    ended: list[int] = []
    tasks = Tasks(on_end=lambda: ended.append(1))
    tasks.start(ends(asyncio.Event()), "for ever")
    async with asyncio.timeout(5):
        await tasks.cancel()
    assert (len(tasks), len(ended)) == (0, 1)


async def test_who_dies_is_logged_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    tasks = Tasks()
    tasks.start(fails(), "the odd one")
    await tasks.drain()
    assert "the odd one" in capsys.readouterr().out


async def test_work_for_ever_outlives_trouble_and_pauses_only_when_there_is_nothing_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    results: list[int | StoreError | None] = [2, StoreError("the disk is full"), 1, 0]
    began, stirred = asyncio.Queue[int](), asyncio.Event()

    async def work() -> int | None:
        began.put_nowait(len(results))
        result = results.pop(0) if results else None
        if isinstance(result, StoreError):
            raise result
        return result

    working = asyncio.create_task(for_ever(work, 3600, "no work yet", stirred, who="clerk"))
    async with asyncio.timeout(5):
        assert [await began.get(), await began.get()] == [4, 3]
        stirred.set()
        assert [await began.get(), await began.get()] == [2, 1]
        stirred.set()
        assert await began.get() == 0
    assert began.empty()
    assert not stirred.is_set()
    working.cancel()
    logged = capsys.readouterr().out
    assert "no work yet" in logged
    assert "clerk" in logged
