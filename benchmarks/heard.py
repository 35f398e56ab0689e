"""Which sound a packet is of: A-law goes through Asterisk as it lies in the library, so its bytes tell file and place.

The first packet of a prompt is silence, as of any other; it is found by counting back from the first one that is not.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

FRAME = 160  # bytes of A-law in 20 ms
SILENCE = b"\xd5" * FRAME
# A prompt that begins later after its key is none; seconds.
LATEST = 10.0
# So many packets tell one file from another that shares a piece with it.
COMPARED = 60
# What the old prompt still sends is no beginning of a new one, whatever pieces they share.
LEAST_ALIKE = 15

# By hash of the packet: the files, by number, and the places in them, in packets.
Frames = Mapping[int, Sequence[tuple[int, int]]]


def first_frames(prompts: Mapping[str, str]) -> dict[int, set[str]]:
    """Prompts by the hashes of their packets. ``prompts``: sound names by key."""
    known: dict[int, set[str]] = defaultdict(set)
    for key, sound in prompts.items():
        for frame in _frames(Path(sound).with_suffix(".alaw")):
            if frame != SILENCE:
                known[hash(frame)].add(key)
    return known


def index(library: Path) -> Frames:
    """All sounds of the library."""
    frames: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, file in enumerate(sorted(library.rglob("*.alaw"))):
        for place, frame in enumerate(_frames(file)):
            if frame != SILENCE:
                frames[hash(frame)].append((number, place))
    return frames


def delay(frames: Frames, arrivals: Sequence[float], sounds: Sequence[int], pressed: float) -> float | None:
    """Seconds from a key to the first packet of the next prompt; None where none came.

    ``arrivals`` and ``sounds`` (hashes, 0 for silence) of all packets of the call, in order and without a gap.
    """
    first = bisect_left(arrivals, pressed)
    for place in range(first, bisect_left(arrivals, pressed + LATEST)):
        begins = {place - at: number for number, at in frames.get(sounds[place], ()) if place - at >= first}
        alike = {begin: _alike(frames, sounds, number, begin) for begin, number in begins.items()}
        if alike and max(alike.values()) >= LEAST_ALIKE:
            best = max(alike, key=lambda begin: (alike[begin], begin))
            return arrivals[best] - pressed
    return None


def _alike(frames: Frames, sounds: Sequence[int], number: int, begin: int) -> int:
    """How many of the packets from ``begin`` on are of that file, at their places."""
    end = min(begin + COMPARED, len(sounds))
    return sum((number, place - begin) in frames.get(sounds[place], ()) for place in range(begin, end) if sounds[place])


def _frames(file: Path) -> list[bytes]:
    data = file.read_bytes()
    return [data[start : start + FRAME] for start in range(0, len(data) - FRAME + 1, FRAME)]
