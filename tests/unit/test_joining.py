"""Pieces set one after another: no gap, no click, each as loud as alone, made once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.errors import InputError, SpeechError
from store.states import Pace
from tests.tones import ToneEngine, names_in, write_tone
from tts.audio import ENDS
from tts.check import check, signal_faults
from tts.export import exported
from tts.formats import FORMATS, FormatName, decode
from tts.joining import CLAUSE, NONE, SENTENCE, pause_after, unended
from tts.library import Library
from tts.measure import seconds_of
from tts.segments import AudioSegment
from tts.shelf import Shelf

TEXT = "Dobrý den, {osloveni}, ve vaší ulici {ulice} neteče voda. Číslo {ulice}."
VALUES = {"osloveni": "pane Nováku", "ulice": "Tyršova"}


def sound_of(wav: Path) -> AudioSegment:
    with wav.open("rb") as file:  # given a path, pydub would leave the file open
        return AudioSegment.from_wav(file)


@pytest.mark.parametrize(
    ("words", "seconds"),
    [("Ano.", SENTENCE), ("Ano? ", SENTENCE), ("ano,", CLAUSE), ("v ulici", NONE), ("", SENTENCE)],
)
def test_the_pause_is_that_of_the_mark(words: str, seconds: float) -> None:
    assert pause_after(words) == seconds


def test_a_piece_without_a_mark_is_spoken_as_if_more_came() -> None:
    assert [unended(words) for words in ("v ulici", "v ulici,", "Ano.")] == ["v ulici,", "v ulici,", "Ano."]


async def test_each_piece_is_spoken_once_and_the_whole_is_one_sound(tmp_path: Path) -> None:
    engine = ToneEngine()
    library = Library(tmp_path, [engine])
    first = await library.render_filled(TEXT, VALUES)
    assert engine.spoken == [
        "Dobrý den,", "pane Nováku,", "ve vaší ulici,", "Tyršova,", "neteče voda. Číslo,", "Tyršova."
    ]  # fmt: skip
    assert first.words == "Dobrý den, pane Nováku, ve vaší ulici Tyršova neteče voda. Číslo Tyršova."
    assert await library.render_filled(TEXT, VALUES) == first
    other = await library.render_filled(TEXT, VALUES | {"osloveni": "paní Nováková"})
    assert engine.spoken[6:] == ["paní Nováková,"]
    assert other.key != first.key


async def test_a_text_without_names_is_what_it_is_without_them(tmp_path: Path) -> None:
    library = Library(tmp_path, [ToneEngine()])
    assert await library.render_filled("Voda neteče.", {}) == await library.render("Voda neteče.")
    with pytest.raises(InputError, match="empty"):
        await library.render_filled("{jmeno}", {"jmeno": " "})
    with pytest.raises(InputError, match="placeholder"):
        await library.render_filled("{jmeno}", VALUES)


@pytest.mark.parametrize("name", FORMATS)
async def test_what_is_joined_passes_the_gates_of_the_line(tmp_path: Path, name: FormatName) -> None:
    form, library = FORMATS[name], Library(tmp_path, [ToneEngine()], formats=(name,))
    pieces = [await library.render(text) for text in ("Dobrý den,", "ulice Tyršova", "neteče voda.")]
    whole = await library.join(pieces)
    await decode(whole.path.with_suffix(form.suffix), form, tmp_path / "heard.wav")
    assert await signal_faults(tmp_path / "heard.wav", form.band) == []
    assert seconds_of(tmp_path / "heard.wav") == pytest.approx(whole.seconds, abs=0.02)
    assert await check(library.shelf, library.forms, {whole.key}, datetime.now(UTC)) == []
    # Nothing is encoded twice: each piece sounds as it does alone.
    cut = round(1000 * (2 * ENDS - CLAUSE) / 2)
    heard = sound_of(tmp_path / "heard.wav")
    await decode(pieces[0].path.with_suffix(form.suffix), form, tmp_path / "alone.wav")
    alone = sound_of(tmp_path / "alone.wav")
    kept = len(alone) - cut - 20
    assert abs(heard[:kept].dBFS - alone[:kept].dBFS) < 0.1


async def test_pauses_may_be_told(tmp_path: Path) -> None:
    library = Library(tmp_path, [ToneEngine()])
    pieces = [await library.render(text) for text in ("Dobrý den.", "Voda neteče.")]
    near, far = await library.join(pieces, [NONE]), await library.join(pieces)
    voices = sum(piece.seconds - 2 * ENDS for piece in pieces)
    assert near.seconds == pytest.approx(voices + 2 * ENDS + NONE, abs=0.03)
    assert far.seconds == pytest.approx(voices + 2 * ENDS + SENTENCE, abs=0.03)
    assert await library.join(pieces[:1]) == pieces[0]


async def test_recordings_are_joined_too_and_a_piece_that_is_gone_is_told(tmp_path: Path) -> None:
    library = Library(tmp_path / "library", [ToneEngine()])
    own = await library.render_recording(write_tone(tmp_path / "own.wav", 2))
    name = await library.render("pane Nováku,")
    whole = await library.join([name, own])
    assert whole.words == name.words
    assert whole.seconds == pytest.approx(name.seconds + own.seconds - 2 * ENDS + CLAUSE, abs=0.03)
    own.path.with_suffix(".alaw").unlink()
    with pytest.raises(SpeechError, match="No such file"):
        await library.join([own, name])
    assert not names_in(library.folder, ".new-*")


async def test_it_is_whole_again_when_another_format_is_asked_for(tmp_path: Path) -> None:
    first = await Library(tmp_path, [ToneEngine()]).render_filled(TEXT, VALUES)
    again = await Library(tmp_path, [ToneEngine()], formats=("alaw", "slin16")).render_filled(TEXT, VALUES)
    assert again == first
    card = Shelf(tmp_path).card(first.key)
    assert card is not None
    assert all(Shelf(tmp_path).is_whole(first.key, card, FORMATS[name]) for name in ("alaw", "slin16"))


async def test_it_can_be_kept_as_a_file_that_computers_play(tmp_path: Path) -> None:
    made = await Library(tmp_path, [ToneEngine()]).render_filled(TEXT, VALUES)
    (tmp_path / "kept.wav").write_bytes(await exported(made.path, ".wav"))
    assert seconds_of(tmp_path / "kept.wav") == pytest.approx(made.seconds, abs=0.02)
    with pytest.raises(SpeechError, match="is gone"):
        await exported(tmp_path / "nothing", ".wav")


async def test_all_pieces_are_in_one_voice(tmp_path: Path) -> None:
    """The first engine gives up in the middle: the next one speaks all of it."""
    first, second = ToneEngine("first", seconds=0.3), ToneEngine("second")  # too short for the longest piece
    whole = await Library(tmp_path, [first, second]).render_filled(TEXT, VALUES)
    assert whole.voice == "second 1 cs"
    assert len(second.spoken) == 6


async def test_slow_is_another_rendering_by_the_slow_engines(tmp_path: Path) -> None:
    library = Library(tmp_path, [ToneEngine("usual")], slow_engines=[ToneEngine("slow", seconds=1.25)])
    usual, slow = await library.render("Voda neteče."), await library.at(Pace.SLOW).render("Voda neteče.")
    assert (usual.voice, slow.voice) == ("usual 1 cs", "slow 1 cs")
    assert slow.seconds > usual.seconds
    assert await library.at(Pace.NORMAL).render("Voda neteče.") == usual
    assert (await library.at(Pace.SLOW).render_filled(TEXT, VALUES)).voice == "slow 1 cs"
