"""The sample town's landlines, and what a behaviour may be."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from pydantic import ValidationError

from lab.behaviour import Act, Behaviour
from lab.landlines import phones
from lab.town import sample_town


def test_every_landline_of_the_town_belongs_to_a_subscriber() -> None:
    town = sample_town()
    with town.subscribers.open(encoding="utf-8", newline="") as rows:
        known = {phone.strip() for row in csv.DictReader(rows, delimiter=";") for phone in row["telefon"].split(",")}
    assert set(town.behaviours) <= known


def test_the_town_shows_every_way_a_call_can_go() -> None:
    acts = Counter(behaviour.does for behaviour in sample_town().behaviours.values())
    assert set(acts) == set(Act) - {Act.CONGESTION, Act.LOUDSPEAKER, Act.FOLLOWS}
    assert acts[Act.LISTENS] == max(acts.values())


def test_the_address_register_is_there() -> None:
    assert sample_town().addresses.is_file()


@pytest.mark.parametrize(
    "bad",
    [
        {"does": "sings"},
        {"does": "presses"},
        {"does": "loudspeaker"},
        {"keys": "1"},
        {"does": "presses", "keys": "1)"},
        {"ring_seconds": -1},
        {"does": "busy_then_free", "busy_times": 0},
        {"rings": 3},
    ],
)
def test_a_behaviour_that_no_phone_can_have_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Behaviour.model_validate(bad)


def test_each_number_goes_to_its_own_behaviour_and_others_listen() -> None:
    plan = phones(Path("/var/town"), {"+420556400001": Behaviour(does=Act.BUSY)}).splitlines()
    own = plan.index(next(line for line in plan if line.startswith("exten => +420556400001,1,")))
    other = plan.index(next(line for line in plan if line.startswith("exten => _+X!,1,")))
    assert plan[own + 1] == " same => n,Goto(behaviours,busy,1)"
    assert plan[other + 1] == " same => n,Goto(behaviours,listens,1)"
