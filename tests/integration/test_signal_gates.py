"""Every prompt and every sample of the project, as Asterisk plays it: loudness, peak, band, silence, duration."""

import asyncio
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

import pytest

from service.demo import TEXT
from tts.check import HIGHEST_PEAK, signal_faults
from tts.engines.engine import Engine
from tts.engines.espeak import EspeakNg
from tts.engines.festival import Festival
from tts.formats import FORMATS, Format, FormatName, decode
from tts.library import Library
from tts.measure import loudness, seconds_of, true_peak
from tts.prompts import prompt_languages, prompt_texts
from tts.sox import sox
from tts.template import PLACEHOLDER

# What stands for placeholders: the town, and one of each kind.
VALUES = {"town": "Studénka", "date": "24. listopadu", "key": "jedničku", "office": "číslo 556 414 322"}
VALUE = "Tyršova"
# One of each kind that towns write.
SAMPLES = {
    "demo": TEXT,
    "one word": "Pozor!",
    "streets": "Ve středu 25. 11. nepoteče voda v ulicích Tyršova, Komenského, Poštovní a 28. října.",
    "numbers": "Volejte 556 414 322 nebo +420 800 292 300. Cena je 1 250,50 Kč, sleva 15 %, teplota -5 °C.",
    "crisis": "Výstraha! Hrozí povodeň. Opusťte domy u řeky a jděte do školy v Butovicích.",
}
VOICES: dict[str, Engine] = {"festival": Festival(), "espeak-ng": EspeakNg()}
LANDLINES = sorted(file.name for file in files("lab").joinpath("town").iterdir() if file.name.endswith(".alaw"))


Texts = dict[str, str]


def dialogues() -> dict[tuple[str, str], Texts]:
    """All prompts by language and dialogue; with something for what only a call knows."""
    found: dict[tuple[str, str], Texts] = defaultdict(dict)
    for language in prompt_languages():
        for key, text in prompt_texts(language).items():
            if key.startswith("words."):  # never said alone
                continue
            said = PLACEHOLDER.sub(lambda name: VALUES.get(name[1], VALUE), text)
            found[language, key.rpartition(".")[0] or "announcement"][key] = said
    return found


DIALOGUES = dialogues()
# The first engine that the usual settings have for the language.
USUAL = {"cs": "festival"}
CASES = [
    *((language, USUAL.get(language, "espeak-ng"), ("alaw",), texts) for (language, _), texts in DIALOGUES.items()),
    ("cs", "espeak-ng", ("alaw",), SAMPLES | DIALOGUES["cs", "announcement"]),
    ("cs", "festival", ("alaw", "ulaw", "slin16", "g722"), SAMPLES),
]
NAMES = [*(" ".join(names) for names in DIALOGUES), "the last resort", "samples in all formats"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gates")


async def heard(raw: Path, form: Format, folder: Path) -> Path:
    wav = folder / f"{raw.name}.wav"
    await decode(raw, form, wav)
    return wav


@pytest.mark.parametrize(("language", "voice", "formats", "texts"), CASES, ids=NAMES)
async def test_what_is_said_passes_the_gates(
    folder: Path, language: str, voice: str, formats: tuple[FormatName, ...], texts: Texts
) -> None:
    library = Library(folder, [VOICES[voice]], formats=formats)
    faults = await asyncio.gather(*(faults_of(library, text, language) for text in texts.values()))
    assert {name: found for name, found in zip(texts, faults, strict=True) if found} == {}


async def faults_of(library: Library, text: str, language: str) -> list[str]:
    made = await library.render(text, language)
    faults = []
    for form in library.forms:
        wav = await heard(made.path.with_suffix(form.suffix), form, library.folder)
        faults += [f"{form.suffix} {fault}" for fault in await signal_faults(wav, form.band)]
        if abs(seconds_of(wav) - made.seconds) > 0.1:
            faults.append(f"{form.suffix} lasts {seconds_of(wav):.1f} s, not {made.seconds:.1f} s")
    # Ten to eighteen letters a second is how people read aloud; an exclamation alone may take longer.
    if not len(made.words) / 18 < made.seconds < 1.5 + len(made.words) / 9:
        faults.append(f"lasts {made.seconds:.1f} s for {len(made.words)} letters")
    return faults


@pytest.mark.parametrize("name", SAMPLES)
async def test_all_voices_and_recordings_are_equally_loud(tmp_path: Path, name: str) -> None:
    """Within 1 LU of each other, as a landline has them: two engines, a quiet voice recorded by phone, a loud one."""
    libraries = {voice: Library(tmp_path / voice, [engine]) for voice, engine in VOICES.items()}
    made = {voice: await library.render(SAMPLES[name]) for voice, library in libraries.items()}
    spoken = made["espeak-ng"].path.with_suffix(".master.wav")
    for recorded, effects in {
        "quiet": ("gain", "-18", "rate", "8000"),
        "loud": ("gain", "-n", "-1", "bass", "4"),
    }.items():
        await sox(spoken, tmp_path / f"{recorded}.wav", *effects, "pad", "1", "1")
        made[recorded] = await libraries["festival"].render_recording(tmp_path / f"{recorded}.wav")
    made["joined"] = await libraries["festival"].join([made["festival"], made["quiet"]])
    alaw = FORMATS["alaw"]
    levels = {
        what: await loudness(await heard(one.path.with_suffix(alaw.suffix), alaw, tmp_path))
        for what, one in made.items()
    }
    assert max(levels.values()) - min(levels.values()) <= 1, levels


@pytest.mark.parametrize("name", LANDLINES)
async def test_what_the_landlines_of_the_lab_say_is_speech_too(folder: Path, name: str) -> None:
    raw = folder / name
    raw.write_bytes(files("lab").joinpath("town", name).read_bytes())
    wav = await heard(raw, FORMATS["alaw"], folder)
    assert -24 < await loudness(wav) < -18
    assert await true_peak(wav) < HIGHEST_PEAK
    for edge in FORMATS["alaw"].band.outside:
        assert await true_peak(wav, "sinc", edge) < -25
    assert 0.5 < seconds_of(wav) < 10
