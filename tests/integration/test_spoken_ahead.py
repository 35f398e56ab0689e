"""What is rendered ahead is all that a caller who registers can come to hear: no engine speaks while somebody waits."""

import itertools
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from ivr.confirming import confirm
from ivr.desk import Desk
from ivr.foreseen import Ahead
from ivr.known import known_caller
from ivr.packages import offered_packages
from ivr.place import Place
from ivr.register import register
from ivr.speaker import number
from ivr.words import address, digits, names_of
from service.hotline import render_dialogues
from store.database import opened
from store.states import Pace
from tests.calling_in import NUMBER, desk_for, talked
from tests.journeys import REGISTERS, presses, with_answers
from tests.people import add, prepare_town
from tests.tones import ToneEngine, write_tone
from tts import audio, prompts, workshop
from tts.formats import Format
from tts.library import Library
from tts.measure import seconds_of
from tts.prompts import NO_VALUES, Prompts
from tts.template import Value

VALUES = {"town": "Studénka", "office": "městský úřad"}


class NamedSounds(Prompts):
    """Spoken as in a service, but played by their names, so that a journey finds them."""

    async def sound(self, key: str, values: Mapping[str, Value] = NO_VALUES, pace: Pace = Pace.NORMAL) -> Path:
        await super().sound(key, values, pace)
        return Path(f"/sounds/{key}{'.slow' if pace is Pace.SLOW else ''}")


def write_silence(out: Path, form: Format, seconds: float) -> None:
    out.write_bytes(audio.ALAW_SILENCE * round(form.bytes_a_second * seconds))


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> ToneEngine:
    """One whose sound nobody works on: these tests are about what is spoken, and there is much of it."""

    async def speak(words: str, _language: str, out: Path) -> None:
        made.spoken.append(words)
        write_tone(out, 0.1, rate=8000)

    async def fit(*_: object) -> None:
        return None

    async def copy(source: Path, *out: object) -> None:
        shutil.copy(source, Path(str(out[-1])))

    async def encode(wav: Path, form: Format, out: Path) -> None:
        write_silence(out, form, seconds_of(wav) + 2 * audio.ENDS)

    made = ToneEngine()
    monkeypatch.setattr(made, "synthesize", speak)
    monkeypatch.setattr(prompts, "BREATH", 0)
    monkeypatch.setattr(workshop, "defect", fit)
    monkeypatch.setattr(workshop, "encode", encode)
    for name in ("make_master", "level_out"):
        monkeypatch.setattr(audio, name, copy)
    return made


@pytest.fixture
async def desk(engine: ToneEngine, migrated_file: Path, tmp_path: Path) -> AsyncIterator[Desk]:
    """With all rendered ahead. Of one store: what is spoken does not depend on the database."""
    file = shutil.copy(migrated_file, tmp_path / "store.db")
    async with opened(f"sqlite:///{file}") as store:
        await prepare_town(store)
        library = Library(tmp_path / "library", [engine])
        desk = desk_for(store, tmp_path, library=library, prompts={"cs": NamedSounds(library, "cs", VALUES)})
        await render_dialogues(desk)
        engine.spoken.clear()
        yield desk


OTHER_NUMBER = [("register.number", "556730928#"), ("register.typed_number", "1")]
OTHERS = {"register.this_number": "2", "packages.which": "5#", "register.birth_year": "2003"}
# Three wrong keys, and it is said slowly.
LOST = [("register.right", "9"), ("engine.wrong_key", "9"), ("engine.wrong_key", "9"), ("register.right.slow", "1")]
MOVES = [("known.menu", "2"), *REGISTERS[3:7], ("known.right", "1")]


async def test_no_engine_speaks_while_people_register_are_called_back_and_change_their_address(
    desk: Desk, engine: ToneEngine
) -> None:
    others = [*OTHER_NUMBER, *with_answers(REGISTERS, OTHERS)]
    for way in (REGISTERS, others, [*REGISTERS[:-1], *LOST]):
        assert (await talked(desk, register, presses(way)))[-1] == "register.calling_back"
    assert (await talked(desk, confirm, {"confirm.registration": ["1", "1"]}, proof="call"))[-1] == "confirm.goodbye"
    someone = await add(desk.store, "Jan Novák", NUMBER, street="Nádražní", house_number="10", town_part="Butovice")
    assert "known.done" in await talked(desk, known_caller, presses(MOVES), people=(someone,), proof="call")
    assert engine.spoken == []
    for words in await pieces_of_every_number_house_year_and_choice_of_packages(desk):
        await desk.library.render_piece(words)
    assert engine.spoken == []
    await desk.prompts["cs"].sound("engine.item", {"item": "U Nového rybníka", "key": "dvojku"})
    assert engine.spoken == ["U Nového rybníka,"], "what nobody foresaw is spoken when it is needed"


async def pieces_of_every_number_house_year_and_choice_of_packages(desk: Desk) -> set[str]:
    """The pieces of many read-backs. In ``zip`` the houses end it."""
    ahead, found = Ahead(desk, "cs"), set[str]()
    packages = await offered_packages(ahead)
    choices = itertools.cycle(itertools.chain(*(itertools.permutations(packages, many) for many in (1, 2, 3))))
    years = itertools.cycle(range(1900, 2027))
    places = itertools.cycle([("Butovice", "Nádražní"), ("Nová Horka", None)])
    houses = [*(str(house) for house in range(1, 10_000, 37)), "ev. 12", "10/3a", "1000/12B", "214/1", "00", "12345"]
    for house, year, chosen, (part, street) in zip(houses, years, choices, places, strict=False):
        values = {
            "number": digits(ahead, f"+420556{year * 7919 % 1_000_000:06}"),
            "packages": names_of(chosen),
            "address": address(ahead, Place(part, street, house)),
            "year": number(ahead, str(year)),
        }
        found |= set(desk.prompts["cs"].pieces("register.right", values))
    return found
