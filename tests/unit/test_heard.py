"""The benchmark's ear: the first packet of a prompt is found among what was sent before and after it."""

import random
from pathlib import Path

import pytest

from benchmarks.heard import FRAME, SILENCE, Frames, delay, first_frames, index

QUIET = 10  # packets of silence at both ends of a sound


def frames(name: str, count: int) -> list[bytes]:
    rng = random.Random(name)  # noqa: S311  (no secret)
    return [rng.randbytes(FRAME) for _ in range(count)]


SHARED = frames("shared", 60)
OLD = [SILENCE] * QUIET + frames("old", 100) + SHARED + [SILENCE] * QUIET
NEW = [SILENCE] * QUIET + SHARED + frames("new", 50) + [SILENCE] * QUIET
PAUSE = [SILENCE] * 300


@pytest.fixture
def library(tmp_path: Path) -> Frames:
    for name, sound in {"old": OLD, "new": NEW, "pause": PAUSE}.items():
        (tmp_path / name[0]).mkdir(exist_ok=True)
        (tmp_path / name[0] / f"{name}.alaw").write_bytes(b"".join(sound))
    return index(tmp_path)


def heard(library: Frames, packets: list[bytes], begins: int, late: float) -> float | None:
    """A key just before packet ``begins``; the packets from there on come ``late`` seconds later than in step."""
    sounds = [0 if packet == SILENCE else hash(packet) for packet in packets]
    arrivals = [0.02 * place + (late if place >= begins else 0) for place in range(len(packets))]
    return delay(library, arrivals, sounds, 0.02 * begins - 0.001)


@pytest.mark.parametrize("before", [OLD[:60], OLD[:120], OLD, OLD[:5]], ids=["middle", "shared piece", "end", "begin"])
def test_the_first_packet_of_the_new_prompt_is_found_in_its_silence(library: Frames, before: list[bytes]) -> None:
    assert heard(library, before + NEW, len(before), 0.3) == pytest.approx(0.301)


def test_what_the_old_prompt_still_sends_is_not_taken_for_it(library: Frames) -> None:
    packets = OLD[:121] + NEW
    assert heard(library, packets, 115, 0.0) == pytest.approx(0.02 * 6 + 0.001)


def test_nothing_after_a_key_is_told(library: Frames) -> None:
    assert heard(library, OLD[:60] + PAUSE, 60, 0.0) is None


def test_a_prompt_is_known_by_its_packets_but_not_by_silence(library: Frames, tmp_path: Path) -> None:
    known = first_frames({"a": str(tmp_path / "n" / "new"), "b": str(tmp_path / "o" / "old")})
    assert known[hash(SHARED[0])] == {"a", "b"}
    assert known[hash(NEW[-QUIET - 1])] == {"a"}
    assert hash(SILENCE) not in known
