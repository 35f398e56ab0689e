"""The tree of all dialogues, read from their code: for the drawing in the docs, the check of prompts, and tests.

A dialogue is a public coroutine function. What it mentions by name is in it: steps, other dialogues, and functions
whose name begins with ``_``, which count as part of it. So nothing has to be declared twice, and nothing goes stale.
"""

import dis
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from ivr.steps import COMMON, Ask, Menu, Pick, Record, Step

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
    """The dialogues and the ways between them as a Mermaid flow chart: by a key, or by themselves (dotted)."""
    parts = tree(*roots)
    drawn = {part.dialogue for part in parts}
    lines = ["flowchart LR", *(f'  {part.name}["{part.name}<br/>{_title(part.dialogue)}"]' for part in parts)]
    for part in parts:
        by_key = [
            (key, choice)
            for step in part.steps
            for key, choice in _choices(step).items()
            if isinstance(choice, FunctionType)
        ]
        lines += dict.fromkeys(f"  {part.name} -- {key} --> {choice.__name__}" for key, choice in by_key)
        lines += [f"  {part.name} -.-> {lead.__name__}" for lead in part.leads if lead in drawn - {part.dialogue}]
    return "\n".join(lines) + "\n"


def outline(*roots: Dialogue) -> str:
    """Each dialogue with what it may say and ask, in the order of its code, as Markdown."""
    lines: list[str] = []
    for part in tree(*roots):
        lines += [f"- **{part.name}**: {_title(part.dialogue)}", *(f"  - {_described(step)}" for step in part.steps)]
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


def _names(code: CodeType) -> list[str]:
    """Global names in the order of the source, those of inner functions too: compilers put a function's parts in
    orders of their own.
    """
    return [name for _, name in sorted(_placed_names(code))]


def _placed_names(code: CodeType) -> Iterator[tuple[tuple[int, int], str]]:
    """With line and column."""
    for instruction in dis.get_instructions(code):
        if isinstance(instruction.argval, CodeType):
            yield from _placed_names(instruction.argval)
        elif instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME") and (at := instruction.positions) is not None:
            yield (at.lineno or 0, at.col_offset or 0), instruction.argval


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
    return (dialogue.__doc__ or dialogue.__name__).splitlines()[0].rstrip(".").replace('"', "'")


def _described(step: Step) -> str:
    match step:
        case Menu():
            choices = ", ".join(f"{key} {_word(choice)}" for key, choice in sorted(_choices(step).items()))
            return f"`{step.prompt}`: {choices}"
        case Ask():
            digits = f"{step.most}" if step.least == step.most else f"{step.least} to {step.most}"
            return f"`{step.prompt}`: {digits} digits{', or # to skip it' if step.optional else ''}"
        case Pick():
            return f"`{step.prompt}`: one of a list"
        case Record():
            return f"`{step.prompt}`: a recording, {step.most_seconds} s at most"
        case _:
            return f"`{step.prompt}`"


def _word(choice: object) -> str:
    if isinstance(choice, bool):
        return "yes" if choice else "no"
    return choice.__name__ if isinstance(choice, FunctionType) else str(choice)
