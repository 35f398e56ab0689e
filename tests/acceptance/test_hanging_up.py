"""Many callers at once on the real Asterisk pair, each of whom hangs up at another prompt: nothing is half-saved."""

import asyncio
from pathlib import Path

import pytest

from announcements.windows import Week
from tests.acceptance.callers import town_number
from tests.acceptance.conftest import Scene
from tests.acceptance.phones import numbers
from tests.explorer import Plan
from tests.integration.test_hanging_up import PEOPLE, TOWNS, content, explored
from tests.people import add, line, prepare_town

pytestmark = pytest.mark.asyncio(loop_scope="session")

ALL_DAY = Week.model_validate({"weekdays": "0:00-24:00", "weekend": "0:00-24:00"})


async def test_callers_hang_up_at_every_prompt_of_a_stranger(scene: Scene, tmp_path: Path, migrated_file: Path) -> None:
    plans = await explored(TOWNS["stranger"], tmp_path, migrated_file)
    await prepare_town(scene.store)
    await add(scene.store, "Marie Nováková", line(9))
    before = [await content(scene.store, table) for table in PEOPLE]
    (office,) = numbers("office away")
    async with town_number(
        scene,
        office_extension=office,
        office_hours=ALL_DAY,
        office_ring_seconds=5,
        languages=("en",),
        most_calls=len(plans),
    ) as town:
        await scene.announce()
        callers = [f"+4205564158{number:02}" for number in range(len(plans))]
        said = await asyncio.gather(*map(town.leave_at, callers, plans.values()))
        assert [await content(scene.store, table) for table in PEOPLE] == before
        # And the number still answers.
        assert (await town.leave_at("+420556415899", ("#",)))[:2] == ["hotline.welcome", "hotline.language"]
    assert {prompt: reached(plans[prompt], one) for prompt, one in zip(plans, said, strict=True)} == {
        prompt: prompt for prompt in plans
    }


def reached(plan: Plan, said: list[str]) -> str:
    return said[len(plan)] if len(said) > len(plan) else f"ended at {said[-1]}"
