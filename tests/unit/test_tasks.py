"""Tasks of one owner: waited for, ended, and told of when they die."""

import asyncio

import pytest

from store.tasks import Tasks


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
