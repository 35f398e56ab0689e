"""The real engines: that they speak, equally loud, in the telephone's band, and go away when told."""

import asyncio
import re
from pathlib import Path

import pytest

from store.errors import SpeechError
from tests.tones import names_in
from tts.engines.engine import Engine
from tts.engines.espeak import EspeakNg
from tts.engines.festival import Festival
from tts.export import exported
from tts.library import Library
from tts.process import run
from tts.speech import SpeechSettings, configured_engines, configured_library

OUTAGE = """
Vážení občané, v úterý 24. 11. 2026 od 8:00 do 14:30 hod. nepoteče voda v ul. Tyršova č. p. 1–20 a v ul. Sjednocení.

Cisterna bude u ZŠ. Informace: tel. 556 414 322. Děkujeme za pochopení.
"""
ENGINES: dict[str, Engine] = {"festival": Festival(), "espeak-ng": EspeakNg()}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[str(request.param)]


async def test_nothing_is_missing(engine: Engine) -> None:
    assert await engine.missing() is None


async def test_czech_is_spoken_for_the_telephone(engine: Engine, tmp_path: Path) -> None:
    rendering = await Library(tmp_path, [engine]).render(OUTAGE)
    assert "dvacátého čtvrtého listopadu" in rendering.words
    assert 15 < rendering.seconds < 45


async def test_the_same_words_sound_the_same(engine: Engine, tmp_path: Path) -> None:
    sounds = [await Library(tmp_path / name, [engine]).render(OUTAGE) for name in "ab"]
    assert len({sound.path.with_suffix(".alaw").read_bytes() for sound in sounds}) == 1


@pytest.mark.parametrize("kind", [Festival, EspeakNg])
async def test_a_slower_rate_takes_longer(kind: type[Festival | EspeakNg], tmp_path: Path) -> None:
    usual = await Library(tmp_path, [kind()]).render(OUTAGE)
    slow = await Library(tmp_path, [kind(rate=0.75)]).render(OUTAGE)
    assert 1.2 < slow.seconds / usual.seconds < 1.5


async def test_the_longest_text_is_spoken_whole(tmp_path: Path) -> None:
    text = ("Voda nepoteče v ulici Tyršova. " * 161)[:5000]
    rendering = await Library(tmp_path, [EspeakNg()]).render(text)
    assert rendering.seconds > 200


async def test_letters_that_look_like_commands_are_only_spoken(engine: Engine, tmp_path: Path) -> None:
    text = 'Voda (quit) "$(touch x)" <speak> neteče; -o /tmp/x | & ` ´ 🙂 ~ \\ { } konec'
    assert (await Library(tmp_path, [engine]).render(text)).seconds > 1


async def test_an_engine_past_its_time_is_killed_and_the_next_one_speaks(tmp_path: Path) -> None:
    hasty = Festival(timeout_seconds=0.001)
    library = Library(tmp_path, [hasty, EspeakNg()])
    assert await library.render(OUTAGE) == await Library(tmp_path, [EspeakNg()]).render(OUTAGE)


async def test_a_cancelled_rendering_leaves_no_program_and_no_file(tmp_path: Path) -> None:
    library = Library(tmp_path, [Festival()])
    task = asyncio.create_task(library.render("Voda nepoteče. " * 300))
    async with asyncio.timeout(30):
        while not names_in(tmp_path, ".new-*/spoken.txt"):
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert names_in(tmp_path) == {".locks"}


async def test_a_bare_machine_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    settings = SpeechSettings(library=tmp_path / "library")
    needed = [engine for engine in configured_engines(settings) if not engine.optional]
    assert [await engine.missing() for engine in needed] == [
        "install festival, festival-czech and festvox-czech-dita",
        "install espeak-ng",
    ]
    with pytest.raises(SpeechError, match=r"festvox-czech-dita.*install espeak-ng"):
        await configured_library(settings).render("Voda neteče.")


async def longest_pauses(wav: Path, count: int) -> list[float]:
    """Seconds of the longest silences inside, ends not counted, in the order of the sound."""
    command = ("ffmpeg", "-hide_banner", "-nostdin", "-i", str(wav), "-af", "silencedetect=n=-40dB:d=0.05")
    ended = await run(*command, "-f", "null", "-", seconds=30)
    found = [float(seconds) for seconds in re.findall(r"silence_duration: ([\d.]+)", ended.complaint)][1:-1]
    least = sorted(found)[-count]
    return [seconds for seconds in found if seconds >= least]


async def test_sentences_and_streets_are_followed_by_a_pause(engine: Engine, tmp_path: Path) -> None:
    """On the line; the sentence's pause is the longest of the four."""
    rendering = await Library(tmp_path, [engine]).render(
        "Voda nepoteče v ulicích Tyršova, Komenského a Poštovní. Děkujeme za pochopení."
    )
    line = tmp_path / "line.wav"
    line.write_bytes(await exported(rendering.path, ".wav"))
    *streets, sentence = await longest_pauses(line, 3)
    assert rendering.words.startswith("Voda nepoteče v ulicích Tyršova, Komenského, a Poštovní.")
    assert all(pause >= 0.12 for pause in streets)
    assert sentence >= 0.3
    assert sentence > max(streets)
