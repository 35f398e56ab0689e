"""What each part of a run takes of the processors, from /proc: we, Asterisk, the network, the database.

Where all cores are busy, calls a second are the cores divided by a call's cost, whatever else the machine does.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TICK = 1000 / os.sysconf("SC_CLK_TCK")  # milliseconds
OURSELVES = "ours"


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    # Of itself and of those children that have ended, milliseconds.
    used: float


def used(servers: Mapping[str, int]) -> Mapping[str, float]:
    """Milliseconds of a core so far by part: our process, each of its children with theirs, and other ``servers``,
    by their process ids.
    """
    found = {process.pid: process for process in processes()}
    children = defaultdict(list)
    for process in found.values():
        children[process.parent].append(process.pid)
    us = os.getpid()
    roots = {us: OURSELVES} | {child: name_of(child) for child in children[us]} | {p: n for n, p in servers.items()}
    parts: dict[str, float] = defaultdict(float)
    for root, part in roots.items():
        tree = [root] if root == us else descendants(root, children)
        parts[part] += sum(found[pid].used for pid in tree if pid in found)
    return parts


def spent(before: Mapping[str, float], after: Mapping[str, float]) -> Mapping[str, float]:
    return {part: moment - before.get(part, 0.0) for part, moment in after.items()}


def descendants(root: int, children: Mapping[int, Iterable[int]]) -> Iterator[int]:
    yield root
    for child in children[root]:
        yield from descendants(child, children)


def processes() -> Iterator[Process]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue  # it has just ended
        yield Process(int(folder.name), int(fields[1]), TICK * sum(map(int, fields[11:15])))  # proc(5)


def name_of(pid: int) -> str:
    """What a child of ours is."""
    command = Path(f"/proc/{pid}/cmdline").read_bytes()
    return "network" if b"sipp" in command else "Asterisk"
