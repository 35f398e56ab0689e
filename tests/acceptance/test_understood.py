"""What the landlines hear through the real Asterisk, given to a recogniser: office Czech must arrive as it was meant.

The words to be understood are written by hand, so that normaliser, voice, telephone audio and the call are all judged.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace

import pytest
import pytest_asyncio
from pydub.silence import detect_leading_silence

from announcements.audience import build_rule
from announcements.launch import Draft, launch, prepare
from announcements.personal import Addressee, worded
from lab.comparison import differences
from lab.landlines import LandlineCall
from lab.pair import LAB_TRUNK, running_pair
from lab.program import install_program
from service.settings import cache_folder
from store.people import ConsentWay
from subscribers.consent import Proof
from subscribers.person import Person
from subscribers.registration import register
from subscribers.ruian import import_places
from tests.acceptance.conftest import Scene, now, opened_scene
from tests.acceptance.phones import CONFIRMS
from tests.recogniser import Recogniser
from tts.audio import ENDS
from tts.library import Rendering
from tts.prompts import render_prompts
from tts.segments import AudioSegment

pytestmark = pytest.mark.asyncio(loop_scope="session")

# As written: as it must be heard.
ANNOUNCEMENTS = {
    "V úterý 24. 11. od 8:00 do 14:30 hod. nepoteče voda v ulicích Tyršova a Komenského.": (
        "v úterý dvacátého čtvrtého listopadu od osmi hodin do čtrnácti hodin třiceti minut nepoteče voda v ulicích "
        "Tyršova a Komenského"
    ),
    "Dne 3. 12. 2026 bude v části obce Butovice přerušena dodávka el. energie.": (
        "dne třetího prosince dva tisíce dvacet šest bude v části obce Butovice přerušena dodávka elektrické energie"
    ),
    "Městský úřad bude v pátek 13. 11. zavřen. Pokladna je otevřena v Po a St 8–17 h.": (
        "městský úřad bude v pátek třináctého listopadu zavřen pokladna je otevřena v pondělí a středu od osmi do "
        "sedmnácti hodin"
    ),
    "Svoz bioodpadu se ruší, náhradní termín je 5. května. Nádoby vystavte do 6 h.": (
        "svoz bioodpadu se ruší náhradní termín je pátého května nádoby vystavte do šesti hodin"
    ),
    "Hrozí povodeň! Opusťte domy u řeky a jděte do školy v ul. Komenského č. p. 700.": (
        "hrozí povodeň opusťte domy u řeky a jděte do školy v ulici Komenského číslo popisné sedm set"
    ),
    "Očkování psů proti vzteklině proběhne v sobotu od 9 do 11 hodin na hřišti. Cena je 250 Kč.": (
        "očkování psů proti vzteklině proběhne v sobotu od devíti do jedenácti hodin na hřišti cena je dvě stě padesát "
        "korun"
    ),
    "Byl nalezen svazek klíčů. Vyzvednout si ho můžete na MěÚ, tel. 556 414 322.": (
        "byl nalezen svazek klíčů vyzvednout si ho můžete na městském úřadě telefon pět set padesát šest čtyři sta "
        "čtrnáct tři sta dvacet dva"
    ),
    "Zasedání zastupitelstva se koná ve středu 16. 12. v 17:00 v kulturním domě.": (
        "zasedání zastupitelstva se koná ve středu šestnáctého prosince v sedmnáct hodin v kulturním domě"
    ),
    "Silnice do Bílovce bude od 1. do 15. 6. uzavřena, objížďka vede přes Pustějov.": (
        "silnice do Bílovce bude od prvního do patnáctého června uzavřena objížďka vede přes Pustějov"
    ),
    "Zveme vás na vánoční koncert. Vstupné 80 Kč, děti do 10 let zdarma.": (
        "zveme vás na vánoční koncert vstupné osmdesát korun děti do deseti let zdarma"
    ),
    "Pitnou vodu převařujte! Její kvalita je do 22 hodin zhoršená.": (
        "pitnou vodu převařujte její kvalita je do dvaceti dvou hodin zhoršená"
    ),
    "Poplatek za psa je splatný do 31. 3., sazba je 600 Kč. Sleva pro důchodce je 50 %.": (
        "poplatek za psa je splatný do třicátého prvního března sazba je šest set korun sleva pro důchodce je padesát "
        "procent"
    ),
}
DATES = {
    "24. listopadu": "dvacátého čtvrtého listopadu",
    "25. listopadu": "dvacátého pátého listopadu",
    "4. listopadu": "čtvrtého listopadu",
    "3. 12.": "třetího prosince",
    "13. 12.": "třináctého prosince",
    "1. 5.": "prvního května",
    "31. března": "třicátého prvního března",
    "12. června": "dvanáctého června",
    "12. července": "dvanáctého července",
    "28. 10. 2026": "dvacátého osmého října dva tisíce dvacet šest",
}
TIMES = {
    "od 8:00": "od osmi hodin",
    "od 7 h": "od sedmi hodin",
    "od 18 hod.": "od osmnácti hodin",
    "od 8.30 hod.": "od osmi hodin třiceti minut",
    "od 9:00 do 14:30": "od devíti hodin do čtrnácti hodin třiceti minut",
    "do 12 hod.": "do dvanácti hodin",
    "do 20:00": "do dvaceti hodin",
    "8:00–12:00": "od osmi do dvanácti hodin",
    "ve 14:15": "ve čtrnáct hodin patnáct minut",
    "v 17:00": "v sedmnáct hodin",
}
STREETS = {
    "Tyršova": "Tyršova",
    "Komenského": "Komenského",
    "Poštovní": "Poštovní",
    "Požární": "Požární",
    "Mlýnská": "Mlýnská",
    "Budovatelská": "Budovatelská",
    "28. října": "dvacátého osmého října",
    "17. listopadu": "sedmnáctého listopadu",
    "Karla IV.": "Karla čtvrtého",
    "Dr. Beneše": "doktora Beneše",
}


# Who lives where: what they hear of one announcement to all, joined from pieces.
PERSONAL = "{osloveni}, ve vaší ulici {ulice} zítra nepoteče voda."
PEOPLE = {
    "Jan Novák, Tyršova": "pane Nováku ve vaší ulici Tyršova zítra nepoteče voda",
    "Marie Nováková, Tyršova": "paní Nováková ve vaší ulici Tyršova zítra nepoteče voda",
    "Jan Svoboda, Komenského": "pane Svobodo ve vaší ulici Komenského zítra nepoteče voda",
    "Petr Němec, Mlýnská": "pane Němče ve vaší ulici Mlýnská zítra nepoteče voda",
    "Eva Černá, Požární": "paní Černá ve vaší ulici Požární zítra nepoteče voda",
    "Josef Dvořák, Budovatelská": "pane Dvořáku ve vaší ulici Budovatelská zítra nepoteče voda",
    "Karel Doležal, Mlýnská": "pane Doležale ve vaší ulici Mlýnská zítra nepoteče voda",
    "Základní škola, Tyršova": "dobrý den ve vaší ulici Tyršova zítra nepoteče voda",
}
PLACES = (
    "Kód ADM;Název části obce;Název ulice;Typ SO;Číslo domovní;Číslo orientační;Znak čísla orientačního\n"
    + "".join(
        f"{number};Butovice;{street};č.p.;{number};;\n"
        for number, street in enumerate(sorted({who.partition(", ")[2] for who in PEOPLE}), start=1)
    )
)


def framed(sentence: str, pieces: Mapping[str, str]) -> dict[str, str]:
    """The sentence with each of the pieces: as written, as heard."""
    return {sentence.format(written): sentence.format(spoken) for written, spoken in pieces.items()}


# Of each kind, sentences that are told apart from one another.
KINDS: dict[str, dict[str, str]] = {
    "announcements": ANNOUNCEMENTS,
    "dates": framed("Voda nepoteče {} celý den.", DATES),
    "times": framed("Voda nepoteče {} v Butovicích.", TIMES),
    "streets": framed("Uzavřena je ulice {} u školy.", STREETS),
    "people": PEOPLE,
}
# One phone for each text.
PHONES = {f"+42055642{n:04}": text for n, text in enumerate(text for texts in KINDS.values() for text in texts)}
# How often one who hears nothing would be right, of each kind.
CHANCE = 1
SLACK_MS = 100  # kept around what is cut out, where there is silence

Heard = Mapping[str, AudioSegment]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def heard(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Heard]:
    """Each text as its phone heard it; all are called at once."""
    program, folder = await install_program(cache_folder()), tmp_path_factory.mktemp("understood")
    trunk = LAB_TRUNK.model_copy(update={"lines": len(PHONES)})
    async with (
        running_pair(program, folder / "pair", dict.fromkeys(PHONES, CONFIRMS), trunk) as pair,
        opened_scene(pair, folder, folder / "renderings") as scene,
    ):
        async with scene.store.writing() as session:
            await import_places(session, PLACES.encode("cp1250"), "places.csv")
        await asyncio.gather(*(said(scene, text) for text in PHONES.values()))
        announced = {phone: await tell(scene, phone, text) for phone, text in PHONES.items()}
        await scene.run()
        yield {PHONES[phone]: await message(scene, phone, number) for phone, number in announced.items()}


async def said(scene: Scene, text: str) -> Rendering:
    """What should be played."""
    if text not in PEOPLE:
        return await scene.library.render(text)
    name, _, street = text.partition(", ")
    wording = worded(PERSONAL, [Addressee(name, street)], "cs")
    return await scene.library.render_filled(wording.template, dict(wording.values))


async def tell(scene: Scene, phone: str, text: str) -> int:
    """An announcement to one phone alone."""
    person = Person(name=f"person {phone}", phones=(phone,), topics=("voda",), groups=(phone,))
    if text in PEOPLE:
        name, _, street = text.partition(", ")
        person, text = replace(person, name=name, street=street), PERSONAL
    async with scene.store.writing() as session:
        await register(session, person, Proof(ConsentWay.IN_PERSON, "test-1", "acceptance"), country="CZ", now=now())
        rule = await build_rule(session, topics=["voda"], groups=[phone])
    prepared = await prepare(scene.store, scene.library, Draft(rule, text), scene.settings.ways, now())
    return await launch(scene.store, prepared, now())


async def message(scene: Scene, phone: str, announcement: int) -> AudioSegment:
    """What the phone heard between greeting and menu."""
    report, (call,) = await scene.report(announcement), await scene.calls(phone)
    assert differences(report, [call]) == []
    prompts = await render_prompts(scene.library, "cs", {"town": scene.settings.town.name})
    expected = await said(scene, PHONES[phone])
    greeted = from_first_sound(recorded(call))
    told = from_first_sound(greeted[spoken_ms(prompts["greeting"]) + SLACK_MS :])
    return told[: spoken_ms(expected) + 2 * SLACK_MS]


def recorded(call: LandlineCall) -> AudioSegment:
    assert call.recording is not None
    with call.recording.open("rb") as file:  # given a path, pydub would leave the file open
        return AudioSegment.from_wav(file)


def from_first_sound(sound: AudioSegment) -> AudioSegment:
    return sound[max(0, detect_leading_silence(sound) - SLACK_MS) :]


def spoken_ms(rendering: Rendering) -> int:
    """Without the silence at its ends."""
    return round(1000 * (rendering.seconds - 2 * ENDS))


def noisy(sound: AudioSegment) -> AudioSegment:
    """With white noise as strong as the voice: 0 dB."""
    data = random.Random(1).randbytes(len(sound.raw_data))  # noqa: S311
    noise = AudioSegment(data=data, sample_width=2, frame_rate=sound.frame_rate, channels=1)
    return sound.overlay(noise.apply_gain(sound.dBFS - noise.dBFS))


def understood(kind: str, sounds: Mapping[str, AudioSegment]) -> list[str]:
    """Those texts of the kind that a listener, told what may come, takes for what they are."""
    listener = Recogniser([*KINDS[kind].values()])
    return [text for text, spoken in KINDS[kind].items() if listener.understood(sounds[text]) == spoken]


@pytest.mark.parametrize(
    ("kind", "least"), [("announcements", 12), ("dates", 9), ("times", 9), ("streets", 9), ("people", 8)]
)
async def test_what_a_landline_hears_is_understood(heard: Heard, kind: str, least: int) -> None:
    right = understood(kind, heard)
    assert len(right) >= least, f"not understood: {KINDS[kind].keys() - set(right)}"


@pytest.mark.parametrize("spoilt", [AudioSegment.reverse, noisy])
@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_no_speech_any_more_is_not_understood(
    heard: Heard, kind: str, spoilt: Callable[[AudioSegment], AudioSegment]
) -> None:
    assert len(understood(kind, {text: spoilt(heard[text]) for text in KINDS[kind]})) <= CHANCE


async def test_another_text_is_not_taken_for_one_of_those_expected(heard: Heard) -> None:
    listener = Recogniser([*ANNOUNCEMENTS.values()])
    others = [text for text in heard if text not in ANNOUNCEMENTS]
    taken = [text for text in others if listener.understood(heard[text])]
    assert len(taken) <= len(others) // len(ANNOUNCEMENTS)
