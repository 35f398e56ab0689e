"""Ways of callers through the dialogues: what they press when they hear a prompt, in order."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

Journey = Sequence[tuple[str, str]]

# Of tests.people's town: Butovice, Studénka and Nová Horka (without streets), told in this order.
REGISTERS: Journey = [
    ("register.this_number", "1"),
    ("packages.which", "13#"),
    ("packages.right", "1"),
    ("place.part", "1"),
    ("place.street", "62#"),
    ("place.which_street", "1"),
    ("place.house", "10#"),
    ("register.birth_year", "1941"),
    ("register.consent", "1"),
    ("register.right", "1"),
]


def presses(journey: Journey) -> dict[str, list[str]]:
    """As ``tests.fake_agi.Caller.live`` takes them: a first key while its prompt plays, the others in pauses."""
    found: dict[str, list[str]] = defaultdict(list)
    for prompt, keys in journey:
        found[prompt].append(keys[:1])
        found["pause"] += keys[1:]
    return dict(found)


def with_answers(journey: Journey, answers: Mapping[str, str]) -> Journey:
    """The same way with other keys at these prompts."""
    return [(prompt, answers.get(prompt, keys)) for prompt, keys in journey]
