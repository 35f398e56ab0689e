import asyncio
import errno
import os
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from store.errors import InputError, SettingsError, SpeechError
from tests.tones import AbsentEngine, ToneEngine, names_in, write_tone
from tts.engines.festival import as_latin2
from tts.library import Library
from tts.shelf import Shelf
from tts.workshop import LEAST_FREE_BYTES


async def test_a_text_is_rendered_once_and_found_again(tmp_path: Path) -> None:
    engine = ToneEngine()
    library = Library(tmp_path / "library", [engine])
    first = await library.render("Voda neteče od 8:00.")
    assert await Library(tmp_path / "library", [engine]).render("Voda  neteče od 8:00.") == first
    assert engine.spoken == ["Voda neteče od osmi hodin."]
    assert first.words == "Voda neteče od osmi hodin."
    assert first.path == tmp_path / "library" / first.key
    assert first.seconds == pytest.approx(1.4, abs=0.1)
    assert (library.path_of(first.key), library.seconds_of(first.key)) == (first.path, first.seconds)


async def test_the_library_holds_the_formats_of_the_settings_the_master_and_a_card(tmp_path: Path) -> None:
    rendering = await Library(tmp_path, [ToneEngine()], formats=("ulaw", "slin16", "g722")).render("Voda neteče.")
    suffixes = {".ulaw", ".sln16", ".g722", ".master.wav", ".json"}
    assert names_in(tmp_path, "[!.]*") == {f"{rendering.key}{suffix}" for suffix in suffixes}
    assert not names_in(tmp_path, ".new-*")


async def test_a_format_that_is_asked_for_later_is_made_from_the_master(tmp_path: Path) -> None:
    engine = ToneEngine()
    first = await Library(tmp_path, [engine]).render("Voda neteče.")
    again = await Library(tmp_path, [engine], formats=("alaw", "g722")).render("Voda neteče.")
    assert (again, len(engine.spoken)) == (first, 1)
    assert {f"{first.key}.alaw", f"{first.key}.g722"} <= names_in(tmp_path)


async def test_another_text_voice_or_language_is_another_rendering(tmp_path: Path) -> None:
    library = Library(tmp_path, [ToneEngine()])
    other = Library(tmp_path, [ToneEngine("other")])
    keys = [
        (await library.render("Voda neteče.")).key,
        (await library.render("Voda teče.")).key,
        (await library.render("Voda neteče.", "en")).key,
        (await other.render("Voda neteče.")).key,
    ]
    assert len(set(keys)) == 4


async def test_many_who_want_one_text_wait_for_one_rendering(tmp_path: Path) -> None:
    engine = ToneEngine()
    library = Library(tmp_path, [engine])
    renderings = await asyncio.gather(*(library.render("Voda neteče.") for _ in range(10)))
    assert len(set(renderings)) == 1
    assert len(engine.spoken) == 1


async def test_many_texts_at_once_look_for_the_engine_but_once(tmp_path: Path) -> None:
    engine = ToneEngine()
    library = Library(tmp_path, [engine])
    await asyncio.gather(*(library.render(f"Voda neteče {n} hodin.") for n in range(3, 9)))
    assert (engine.looked_for, len(engine.spoken)) == (1, 6)


async def another_process(code: str) -> asyncio.subprocess.Process:
    """Python that has run ``code`` till it printed."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=pipe, stdout=pipe)
    assert process.stdout
    assert await asyncio.wait_for(process.stdout.readline(), 20) == b"locked\n"
    return process


async def test_two_processes_that_want_one_text_make_one_rendering(tmp_path: Path) -> None:
    """The other process has the key's lock; it makes the rendering, and this one finds it."""
    engine = ToneEngine()
    library = Library(tmp_path, [engine])
    key = (await library.render("Voda neteče.")).key
    made = {name: (tmp_path / name).read_bytes() for name in names_in(tmp_path, f"{key}.*")}
    for name in made:
        (tmp_path / name).unlink()
    code = f"import fcntl, sys; f = open({str(tmp_path / '.locks' / key[:2])!r}, 'wb'); fcntl.flock(f, fcntl.LOCK_EX)"
    other = await another_process(f"{code}; print('locked', flush=True); sys.stdin.read()")
    waiting = asyncio.create_task(library.render("Voda neteče."))
    done, _ = await asyncio.wait([waiting], timeout=0.3)
    assert not done
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    await other.communicate(b"")
    assert (await asyncio.wait_for(waiting, 20)).key == key
    assert len(engine.spoken) == 1


async def test_a_process_that_dies_while_it_renders_leaves_no_lock(tmp_path: Path) -> None:
    key = "ab" * 16
    code = "from tts.shelf import Shelf; import asyncio, pathlib\nasync def main():\n"
    code += f"  async with Shelf(pathlib.Path({str(tmp_path)!r})).alone({key!r}):\n"
    code += "    print('locked', flush=True); await asyncio.sleep(60)\nasyncio.run(main())"
    other = await another_process(code)
    other.kill()
    await other.wait()
    async with asyncio.timeout(10), Shelf(tmp_path).alone(key):
        pass


async def test_the_next_in_line_renders_when_the_first_gave_up(tmp_path: Path) -> None:
    engine = ToneEngine()
    engine.may_speak.clear()
    library = Library(tmp_path, [engine])
    first = asyncio.create_task(library.render("Voda neteče."))
    await asyncio.wait_for(engine.asked.wait(), 10)
    second = asyncio.create_task(library.render("Voda neteče."))
    first.cancel()
    engine.may_speak.set()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await asyncio.wait_for(second, 30)).seconds > 1
    assert not names_in(tmp_path, ".new-*")


async def test_an_engine_that_fails_or_is_absent_is_passed_over_with_a_warning(tmp_path: Path) -> None:
    broken = ToneEngine("broken", error=SpeechError("broken gave no audio"))
    spare = ToneEngine("spare")
    with capture_logs() as logs:
        rendering = await Library(tmp_path, [AbsentEngine("absent"), broken, spare]).render("Voda neteče.")
    assert rendering.seconds > 1
    assert [(line["log_level"], line["engine"]) for line in logs] == [("warning", "absent"), ("warning", "broken")]


async def test_an_engine_that_does_not_speak_the_language_or_need_not_be_there_is_no_warning(tmp_path: Path) -> None:
    foreign, spare = ToneEngine("foreign", languages=("en",)), ToneEngine("spare")
    extra = AbsentEngine("extra", optional=True)
    with capture_logs() as logs:
        rendering = await Library(tmp_path, [foreign, extra, spare]).render("Voda neteče.")
    assert rendering.voice.startswith("spare")
    assert not logs


async def test_no_engine_at_all_names_those_tried_and_the_mend(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match=r"absent: .*install absent-package") as raised:
        await Library(tmp_path, [AbsentEngine("absent")]).render("Voda neteče.")
    assert "speech.engines" in raised.value.mend
    with pytest.raises(SpeechError, match="no engine speaks “de”"):
        await Library(tmp_path, [ToneEngine()]).render("Kein Wasser.", "de")


@pytest.mark.parametrize(
    ("engine", "defect"),
    [
        (ToneEngine(seconds=0.5), "too short"),
        (ToneEngine(seconds=110), "too long"),
        (ToneEngine(seconds=20, peak=0), "silent"),
        (ToneEngine(seconds=20, peak=4), "clipped"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_audio_that_cannot_be_a_reading_is_refused_and_the_next_engine_speaks(
    tmp_path: Path, engine: ToneEngine, defect: str
) -> None:
    text = "Voda neteče. " * 20
    with pytest.raises(SpeechError, match=f"the audio is .*{defect}"):
        await Library(tmp_path, [engine]).render(text)
    assert not names_in(tmp_path, "[!.]*")
    assert not names_in(tmp_path, ".new-*")
    with capture_logs() as logs:
        rendering = await Library(tmp_path, [engine, ToneEngine("spare", seconds=20)]).render(text)
    assert rendering.voice.startswith("spare")
    assert [line["log_level"] for line in logs] == ["warning"]


@pytest.mark.parametrize("left", [b"", b"short"])
async def test_a_file_cut_by_a_power_failure_is_made_anew(tmp_path: Path, left: bytes) -> None:
    engine = ToneEngine()
    library = Library(tmp_path, [engine])
    rendering = await library.render("Voda neteče.")
    alaw = rendering.path.with_suffix(".alaw")
    whole = alaw.read_bytes()
    alaw.write_bytes(left)
    assert await library.render("Voda neteče.") == rendering
    assert (alaw.read_bytes(), len(engine.spoken)) == (whole, 1)


@pytest.mark.parametrize("suffix", [".master.wav", ".json"])
async def test_a_rendering_without_its_master_or_card_is_spoken_anew(tmp_path: Path, suffix: str) -> None:
    engine = ToneEngine()
    library = Library(tmp_path, [engine])
    rendering = await library.render("Voda neteče.")
    rendering.path.with_suffix(".alaw").unlink()
    rendering.path.with_suffix(suffix).write_bytes(b"{")
    assert await library.render("Voda neteče.") == rendering
    assert len(engine.spoken) == 2


async def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Usage = namedtuple("Usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, LEAST_FREE_BYTES - 1))
    with pytest.raises(SpeechError, match=r"No space left.*make room"):
        await Library(tmp_path, [ToneEngine()]).render("Voda neteče.")


async def test_a_disk_that_fills_up_while_rendering_is_named(tmp_path: Path) -> None:
    full = ToneEngine(error=OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    with pytest.raises(SpeechError, match=r"No space left.*make room"):
        await Library(tmp_path, [full]).render("Voda neteče.")
    assert not names_in(tmp_path, ".new-*")


@pytest.mark.parametrize("name", ["nahrávky", "a b", "a,b", "${EXTEN}", "a&b", "a|b"])
def test_a_folder_that_asterisk_could_not_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=r"speech\.library"):
        Library(tmp_path / name, [ToneEngine()])


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "a" * 31, "G" * 32])
def test_what_is_not_a_key_has_no_path(tmp_path: Path, key: str) -> None:
    with pytest.raises(InputError, match="not the key"):
        Library(tmp_path, []).path_of(key)


async def test_a_rendering_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="gone"):
        Library(tmp_path, []).seconds_of("0" * 32)


async def test_an_unspeakable_text_is_refused_before_any_engine_is_asked(tmp_path: Path) -> None:
    engine = ToneEngine()
    with pytest.raises(InputError, match="empty"):
        await Library(tmp_path, [engine]).render("  ")
    assert not engine.spoken


async def test_a_recording_is_rendered_once_by_its_content(tmp_path: Path) -> None:
    library = Library(tmp_path / "library", [])
    one, two = (write_tone(tmp_path / name, 2) for name in ("one.wav", "two.wav"))
    first = await library.render_recording(one)
    assert await library.render_recording(two) == first
    assert first.words == ""
    assert first.seconds == pytest.approx(2.4, abs=0.1)
    with pytest.raises(InputError, match="no such file"):
        await library.render_recording(tmp_path / "absent.wav")


def test_letters_that_the_czech_voice_lacks_lose_their_marks() -> None:
    assert as_latin2("Žluťoučký kůň – „ø“…").decode("iso-8859-2") == 'Žluťoučký kůň - "o"...'
    assert as_latin2("Nguyễn, São 🙂 5 €").decode("iso-8859-2") == "Nguyen, Sao   5  euro "
