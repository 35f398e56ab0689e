"""The sample town: who lives there, at which addresses, and what their landlines do."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from pydantic import TypeAdapter

from lab.behaviour import Behaviours


@dataclass(frozen=True)
class Town:
    name: str
    subscribers: Path  # CSV as ``import`` takes it
    addresses: Path  # CSV as the address register (RÚIAN) publishes it
    behaviours: Behaviours


def sample_town() -> Town:
    folder = Path(str(files("lab").joinpath("town")))
    behaviours = tomllib.loads((folder / "landlines.toml").read_text(encoding="utf-8"))
    return Town(
        name="Vzorov",
        subscribers=folder / "subscribers.csv",
        addresses=folder / "addresses.csv",
        behaviours=TypeAdapter(Behaviours).validate_python(behaviours),
    )
