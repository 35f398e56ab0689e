"""Finds a way to every prompt by trying keys, as a stubborn child would: what to press is read from the tree.

A plan says what is pressed at the first prompt, at the second, and so on; where it ends the caller hangs up. So each
step of the search is a caller who hangs up somewhere, and the plans that are found lead to every prompt.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import PurePosixPath

from ivr.call import PAUSE_SECONDS
from ivr.roots import dialogue_steps
from ivr.steps import Ask, Menu, Pick, Say, Step
from tests.fake_agi import RECORDED_SECONDS, SOUND, Caller, calling

# Keys at the prompts of the engine's own, and those that skip what is only said.
SKIP = "#"
ENGINE = {"engine.item": ("1", "", "9"), "engine.more_items": ("5",), "engine.wrong_key": ("",)}

Plan = tuple[str, ...]
# Gives the prompts that were said until the caller hung up, or to the goodbye.
Walk = Callable[[Plan], Awaitable[Sequence[str]]]


async def explore(walk: Walk, hints: Mapping[str, Sequence[str]], beyond: Sequence[str] = ("",)) -> dict[str, Plan]:
    """By prompt, the shortest plan that was found to lead there.

    ``hints``: what else is worth pressing, by prompt. ``beyond``: how the prompts begin beyond which it goes on.
    """
    steps = {step.prompt: step for step in dialogue_steps()}
    found: dict[str, Plan] = {}
    ways: set[tuple[str, str]] = set()
    waiting: list[Plan] = [()]
    while waiting:
        plan = waiting.pop(0)
        said = await walk(plan)
        if len(said) <= len(plan):  # over before the plan was
            for place, prompt in enumerate(said):
                found.setdefault(prompt, plan[:place])
            continue
        before, prompt = ("", *said)[len(plan)], said[len(plan)]
        found.setdefault(prompt, plan)
        # The same prompt may lead elsewhere when it is said again, or comes after another one.
        if (before, prompt) not in ways and prompt.startswith(tuple(beyond)):
            ways.add((before, prompt))
            waiting += [(*plan, keys) for keys in (*hints.get(prompt, ()), *worth_pressing(prompt, steps.get(prompt)))]
    return found


def worth_pressing(prompt: str, step: Step | None) -> Sequence[str]:
    match step:
        case Menu():
            return (*step.all_choices, *(SKIP if step.back else ()))
        case Ask():
            return (SKIP,)
        case Pick():
            return ("1", "")
        case Say():
            return (SKIP,)
    return ENGINE.get(prompt, ("",))


async def walked(port: int, plan: Plan, *arguments: str, path: str, mute: bool = False) -> Sequence[str]:
    """A call that shows these arguments, over the fake AGI. ``mute``: nothing is said after the tone."""
    async with calling(port, *arguments, path=path) as caller:
        return await _walk(caller, plan, (PAUSE_SECONDS, "") if mute else (RECORDED_SECONDS, "#"))


async def _walk(caller: Caller, plan: Plan, recorded: tuple[float, str]) -> Sequence[str]:
    said: list[str] = []
    left = ""  # keys that are pressed in the pauses after the first one
    while command := await caller.command():
        sound = SOUND.match(command)
        name = PurePosixPath(sound[1]).name if sound else ""
        if command.startswith("RECORD FILE"):
            caller.played(*recorded)
        elif sound is None:
            caller.send("200 result=1\n")
        elif "." not in name:  # silence, the tone, an announcement
            key, left = (left[:1], left[1:]) if name == "pause" else ("", left)
            caller.played(20.0, key)
        else:
            said.append(name.removesuffix(".slow"))
            if len(said) > len(plan):
                caller.hang_up(0.5)
                continue
            keys = plan[len(said) - 1]
            left = keys[1:]
            caller.played(5.0, keys[:1] if keys[:1] in sound[2] else "")
    return said[: len(plan) + 1]
