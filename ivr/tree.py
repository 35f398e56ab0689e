"""The tree of all dialogues, read from their code: for the drawing in the docs, the check of prompts, and tests.

A dialogue is a public coroutine function. What it mentions by name is in it: steps, other dialogues, and functions
whose name begins with ``_``, which count as part of it. So nothing has to be declared twice, and nothing goes stale.
"""

import dis
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import CodeType, FunctionType
from typing import Any

from ivr.steps import COMMON, Ask, Menu, Pick, Record, Say, Step

Dialogue = Callable[..., Any]


@dataclass(frozen=True)
class Part:
    """One dialogue: its steps in the order of its code, and the dialogues that it goes on to by itself."""

    dialogue: FunctionType
    steps: tuple[Step, ...]
    leads: tuple[FunctionType, ...]

    @property
    def name(self) -> str:
        return self.dialogue.__name__


def tree(*roots: Dialogue) -> list[Part]:
    """The dialogues that can be reached from the roots, each once, in the order in which they are come upon."""
    parts: dict[FunctionType, Part] = {}
    waiting = [root for root in roots if isinstance(root, FunctionType)]
    while waiting:
        dialogue = waiting.pop(0)
        if dialogue not in parts:
            parts[dialogue] = part = _part(dialogue)
            waiting += [*part.leads, *(choice for step in part.steps for choice in _dialogues_of(step))]
    return [part for part in parts.values() if part.steps or part.leads]


def steps_of(*roots: Dialogue) -> list[Step]:
    """All steps, each once."""
    return list(dict.fromkeys(step for part in tree(*roots) for step in part.steps))


def prompts_of(*roots: Dialogue) -> list[str]:
    """Keys of all wording that the dialogues can say, each once."""
    return list(dict.fromkeys([*(prompt for step in steps_of(*roots) for prompt in step.prompts), *COMMON]))


def drawing(*roots: Dialogue) -> str:
    """The tree as a Mermaid flow chart."""
    parts = tree(*roots)
    lines = ["flowchart TD"]
    for part in parts:
        lines += [f'  subgraph {part.name}["{_title(part.dialogue)}"]', "    direction TB"]
        lines += [f"    {_box(part, step)}" for step in part.steps]
        lines += [f"    {_id(part, one)} --> {_id(part, two)}" for one, two in pairwise(part.steps)]
        lines += [f"    {part.name}_([{part.name}])"] if not part.steps else []
        lines += ["  end"]
    for part in parts:
        lines += [f"  {part.name} -.-> {lead.__name__}" for lead in part.leads if lead is not part.dialogue]
        lines += [
            f"  {_id(part, step)} -- {key} --> {choice.__name__}"
            for step in part.steps
            for key, choice in _choices(step).items()
            if isinstance(choice, FunctionType)
        ]
    return "\n".join(lines) + "\n"


def _part(dialogue: FunctionType) -> Part:
    mentioned = list(dict.fromkeys(_mentioned(dialogue, {dialogue})))
    return Part(
        dialogue,
        tuple(one for one in mentioned if isinstance(one, Step)),
        tuple(one for one in mentioned if isinstance(one, FunctionType)),
    )


def _mentioned(function: FunctionType, seen: set[FunctionType]) -> Iterator[Step | FunctionType]:
    for name in _names(function.__code__):
        for value in _unpacked(function.__globals__.get(name)):
            if isinstance(value, Step):
                yield value
            elif isinstance(value, FunctionType) and _is_ours(value, function) and value not in seen:
                if _is_dialogue(value):
                    yield value
                else:
                    yield from _mentioned(value, seen | {value})


def _names(code: CodeType) -> Iterator[str]:
    """Global names in the order in which the code mentions them, those of inner functions too."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield instruction.argval
        elif isinstance(instruction.argval, CodeType):
            yield from _names(instruction.argval)


def _unpacked(value: object) -> Iterator[object]:
    """Tables of steps and dialogues may be named as a whole."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _unpacked(one)
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _unpacked(one)
    else:
        yield value


def _is_ours(value: FunctionType, among: FunctionType) -> bool:
    return value.__module__.partition(".")[0] == among.__module__.partition(".")[0]


def _is_dialogue(value: FunctionType) -> bool:
    return inspect.iscoroutinefunction(value) and not value.__name__.startswith("_")


def _choices(step: Step) -> Mapping[str, object]:
    return step.all_choices if isinstance(step, Menu) else {}


def _dialogues_of(step: Step) -> list[FunctionType]:
    return [choice for choice in _choices(step).values() if isinstance(choice, FunctionType)]


def _title(dialogue: FunctionType) -> str:
    words = (dialogue.__doc__ or dialogue.__name__).splitlines()[0].rstrip(".").replace('"', "'")
    return f"{dialogue.__name__}: {words}"


def _id(part: Part, step: Step) -> str:
    return f"{part.name}-{step.prompt}".replace(".", "-")


def _box(part: Part, step: Step) -> str:
    match step:
        case Menu():
            label = " · ".join(f"{key} {_word(choice)}" for key, choice in step.all_choices.items())
            return f'{_id(part, step)}{{{{"{step.prompt}<br/>{label}"}}}}'
        case Ask():
            return f'{_id(part, step)}[/"{step.prompt}<br/>{step.least}–{step.most} digits"/]'
        case Pick():
            return f'{_id(part, step)}{{{{"{step.prompt}<br/>a list"}}}}'
        case Record():
            return f'{_id(part, step)}>"{step.prompt}<br/>up to {step.most_seconds} s"]'
        case _:
            assert isinstance(step, Say)
            return f'{_id(part, step)}("{step.prompt}")'


def _word(choice: object) -> str:
    if isinstance(choice, FunctionType):
        return choice.__name__
    return {True: "yes", False: "no"}.get(choice, str(choice)) if isinstance(choice, bool) else str(choice)
