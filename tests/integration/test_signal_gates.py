"""Every prompt and every sample of the project, as Asterisk plays it: loudness, peak, band, silence, duration."""

from importlib.resources import files
from pathlib import Path

import pytest

from service.demo import TEXT
from tts.check import HIGHEST_PEAK, signal_faults
from tts.engines.engine import Engine
from tts.engines.espeak import EspeakNg
from tts.engines.festival import Festival
from tts.formats import FORMATS, Format, decode
from tts.library import Library
from tts.measure import loudness, seconds_of, true_peak
from tts.prompts import prompt_languages, prompt_texts
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


def wordings() -> dict[str, str]:
    """Prompts of all languages, and the samples."""
    texts = dict(SAMPLES)
    for language in prompt_languages():
        for key, text in prompt_texts(language).items():
            if not key.startswith("words."):
                texts[f"{language} {key}"] = PLACEHOLDER.sub(lambda found: VALUES.get(found[1], VALUE), text)
    return texts


TEXTS = wordings()
CASES = [
    *((name, "festival", ("alaw",)) for name in TEXTS if not name.startswith("en ")),
    *((name, "espeak-ng", ("alaw",)) for name in TEXTS if name in SAMPLES or name.startswith("en ")),
    *((name, "festival", ("ulaw", "slin16", "g722")) for name in SAMPLES),
]


def language_of(name: str) -> str:
    return "en" if name.startswith("en ") else "cs"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gates")


async def heard(raw: Path, form: Format, folder: Path) -> Path:
    wav = folder / "heard.wav"
    await decode(raw, form, wav)
    return wav


@pytest.mark.parametrize(("name", "voice", "formats"), CASES, ids=[f"{n} {v} {' '.join(f)}" for n, v, f in CASES])
async def test_what_is_said_passes_the_gates(folder: Path, name: str, voice: str, formats: tuple[str, ...]) -> None:
    forms = {form: FORMATS[form] for form in FORMATS if form in formats}
    made = await Library(folder, [VOICES[voice]], formats=tuple(forms)).render(TEXTS[name], language_of(name))
    for form in forms.values():
        wav = await heard(made.path.with_suffix(form.suffix), form, folder)
        assert await signal_faults(wav, form.band) == []
        assert seconds_of(wav) == pytest.approx(made.seconds, abs=0.1)
    # Ten to eighteen letters a second is how people read aloud; an exclamation alone may take longer.
    assert len(made.words) / 18 < made.seconds < 1.5 + len(made.words) / 9


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
