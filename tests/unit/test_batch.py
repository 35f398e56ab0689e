"""Many items, one batch: who waits for whom, and what becomes of an error."""

import asyncio
from collections.abc import Sequence

import pytest

from store import batch as batch_module
from store.batch import Batch


class Work:
    """Doubles numbers; notes its batches; fails at an odd one."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    async def __call__(self, items: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(items))
        if any(item % 2 for item in items):
            raise ValueError("odd")
        return [2 * item for item in items]


@pytest.fixture
def work() -> Work:
    return Work()


async def test_what_comes_together_is_one_batch_and_each_gets_its_own_answer(work: Work) -> None:
    batch = Batch(work)
    assert await asyncio.gather(*(batch.put(n) for n in (2, 4, 6))) == [4, 8, 12]
    assert work.batches == [[2, 4, 6]]


async def test_what_comes_soon_after_waits_and_goes_together(work: Work) -> None:
    batch = Batch(work)
    assert await batch.put(2) == 4
    later = asyncio.gather(*(batch.put(n) for n in (4, 6)))
    await asyncio.sleep(0)
    assert work.batches == [[2]]
    assert await later == [8, 12]
    assert work.batches == [[2], [4, 6]]


async def test_an_error_is_told_to_all_of_its_batch_and_to_no_other(work: Work) -> None:
    batch = Batch(work)
    answers = await asyncio.gather(batch.put(1), batch.put(2), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ValueError, ValueError]
    assert await batch.put(4) == 8


async def test_who_gives_up_waiting_harms_nobody(work: Work) -> None:
    batch = Batch(work)
    gone, stays = (asyncio.create_task(batch.put(n)) for n in (2, 4))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == 8


async def test_a_batch_is_bounded(work: Work) -> None:
    batch = Batch(work, most=2)
    await asyncio.gather(*(batch.put(n) for n in (2, 4, 6)))
    assert work.batches == [[2, 4], [6]]


async def test_half_a_batch_waits_no_longer(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_module, "APART_SECONDS", 3600.0)
    batch = Batch(work, most=4)
    assert await batch.put(2) == 4
    alone = asyncio.create_task(batch.put(4))
    await asyncio.sleep(0)
    assert not alone.done()
    async with asyncio.timeout(5):
        assert await batch.put(6) == 12
    assert await alone == 8
    assert work.batches == [[2], [4, 6]]
