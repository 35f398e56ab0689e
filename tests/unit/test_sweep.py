"""The library's size, and its check."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.tones import ToneEngine, names_in
from tts.check import check
from tts.library import Library
from tts.shelf import Shelf
from tts.sweep import Swept, sweep

NOW = datetime(2020, 11, 24, 8, tzinfo=UTC)  # before anything that these tests do by the machine's own clock
TEXTS = ("Voda neteče.", "Elektřina nejde.", "Cesta je zavřená.")


async def stocked(folder: Path) -> tuple[Library, list[str]]:
    """A library with a rendering of each text, last used three, two and one days ago; and their keys."""
    library = Library(folder, [ToneEngine()])
    keys = [(await library.render(text)).key for text in TEXTS]
    for days, key in zip((3, 2, 1), keys, strict=True):
        used(library.shelf, key, NOW - timedelta(days=days))
    return library, keys


def used(shelf: Shelf, key: str, moment: datetime) -> None:
    os.utime(shelf.file(key, ".json"), (moment.timestamp(),) * 2)


def left(library: Library) -> list[str]:
    return [entry.key for entry in library.shelf.entries()]


async def test_within_its_size_nothing_goes(tmp_path: Path) -> None:
    library, keys = await stocked(tmp_path)
    size = sum((tmp_path / name).stat().st_size for name in names_in(tmp_path, "[!.]*"))
    assert sweep(library.shelf, set(), size, NOW) == Swept(0, 0, 3, size)
    assert left(library) == keys


async def test_what_nobody_used_for_longest_goes_first_and_no_more_than_has_to(tmp_path: Path) -> None:
    library, (_, second, third) = await stocked(tmp_path)
    one, *_ = [entry.size for entry in library.shelf.entries()]
    size = sum(entry.size for entry in library.shelf.entries())
    swept = sweep(library.shelf, set(), size - 1, NOW)
    assert (swept.removed, swept.freed_bytes, swept.kept) == (1, one, 2)
    assert left(library) == [second, third]
    assert len(names_in(tmp_path, "[!.]*")) == 2 * 3


async def test_what_is_rendered_again_counts_as_used(tmp_path: Path) -> None:
    library, (first, second, third) = await stocked(tmp_path)
    await library.render(TEXTS[0])
    assert left(library) == [second, third, first]


async def test_what_an_announcement_needs_stays_though_it_is_the_oldest_and_too_much(tmp_path: Path) -> None:
    library, (first, _, _) = await stocked(tmp_path)
    with capture_logs() as logs:
        swept = sweep(library.shelf, {first}, 1, NOW)
    assert (swept.removed, left(library)) == (2, [first])
    assert [line["event"] for line in logs] == ["library_too_small"]


async def test_what_was_used_just_now_stays_for_it_may_be_about_to_be_launched(tmp_path: Path) -> None:
    library, (_, _, third) = await stocked(tmp_path)
    used(library.shelf, third, NOW - timedelta(minutes=5))
    sweep(library.shelf, set(), 1, NOW)
    assert left(library) == [third]


async def test_what_is_used_while_it_is_being_removed_stays(tmp_path: Path) -> None:
    """The moment of use is seen after the card was put aside."""
    library, (first, _, _) = await stocked(tmp_path)
    before = NOW - timedelta(days=4)
    assert not library.shelf.remove(first, before)
    assert (await library.render(TEXTS[0])).key == first
    assert library.shelf.remove(first, datetime.now(UTC) + timedelta(hours=1))
    assert first not in left(library)


async def test_what_somebody_makes_now_is_not_removed(tmp_path: Path) -> None:
    library, (first, _, _) = await stocked(tmp_path)
    async with library.shelf.alone(first):
        swept = await asyncio.to_thread(sweep, library.shelf, set(), 1, NOW)
    assert (swept.removed, left(library)) == (2, [first])


async def test_what_the_dead_left_behind_goes_after_a_while(tmp_path: Path) -> None:
    library, (first, _, _) = await stocked(tmp_path)
    card = library.shelf.file(first, ".json")
    card.rename(tmp_path / f".gone-{first}")
    (tmp_path / ".new-abc").mkdir()
    (tmp_path / ".new-abc" / "spoken.wav").touch()
    leftovers = [tmp_path / name for name in (".new-abc", f".gone-{first}", *names_in(tmp_path, f"{first}.*"))]
    for path in leftovers:
        os.utime(path, (NOW.timestamp() - 3600,) * 2)
    sweep(library.shelf, set(), 1_000_000_000, NOW)
    assert all(path.exists() for path in leftovers)
    sweep(library.shelf, set(), 1_000_000_000, NOW + timedelta(hours=6))
    assert not any(path.exists() for path in leftovers)
    assert len(left(library)) == 2


async def test_a_sound_library_has_no_faults(tmp_path: Path) -> None:
    library = Library(tmp_path, [ToneEngine(seconds=2)], formats=("alaw", "ulaw", "slin16", "g722"))
    key = (await library.render(TEXTS[0])).key
    assert await check(library.shelf, library.forms, {key}, NOW) == []


@pytest.mark.parametrize(
    ("effects", "fault"),
    [
        (("gain", "-6"), "LUFS"),
        (("gain", "15"), "dBFS"),
        (("trim", "0.2"), "no silence at its ends"),
        (("overdrive", "30", "gain", "-8"), "outside of the telephone's band"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_sound_that_is_not_for_the_telephone_is_found(
    tmp_path: Path, effects: tuple[str, ...], fault: str
) -> None:
    library = Library(tmp_path, [ToneEngine(seconds=2)])
    made = await library.render(TEXTS[0])
    raw = ("-t", "raw", "-e", "a-law", "-b", "8", "-r", "8000", "-c", "1")
    alaw = made.path.with_suffix(".alaw")
    command = ["sox", *raw, str(alaw), *raw, str(tmp_path / "spoilt"), *effects]
    process = await asyncio.create_subprocess_exec(*command, "pad", "0", "0.05")
    assert await process.wait() == 0
    alaw.write_bytes((tmp_path / "spoilt").read_bytes()[: alaw.stat().st_size].ljust(alaw.stat().st_size, b"\xd5"))
    faults = await check(library.shelf, library.forms, set(), NOW)
    assert fault in " ".join(one.what for one in faults)


async def test_what_is_cut_gone_or_left_over_is_found(tmp_path: Path) -> None:
    library, (first, second, _) = await stocked(tmp_path)
    library.shelf.file(first, ".alaw").write_bytes(b"\xd5")
    library.shelf.remove(second, NOW)
    (tmp_path / ".new-abc").mkdir()
    os.utime(tmp_path / ".new-abc", (0, 0))
    faults = {fault.key: fault.what for fault in await check(library.shelf, library.forms, {second}, NOW)}
    assert faults.keys() == {first, second, ".new-abc"}
    assert "missing or cut" in faults[first]
    assert "is gone" in faults[second]
    assert "left over" in faults[".new-abc"]
