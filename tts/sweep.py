"""Keep the library within its size: what nobody used for longest goes first."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from tts.shelf import Shelf, discard

log = structlog.get_logger()

# Whoever has just rendered something may be about to launch it, or is playing it to somebody.
FRESH = timedelta(hours=1)
# Nothing takes that long to be made; what is still in the making was left by somebody who died.
ABANDONED = timedelta(hours=6)


@dataclass(frozen=True)
class Swept:
    removed: int
    freed_bytes: int
    kept: int
    kept_bytes: int


def sweep(shelf: Shelf, needed: Collection[str], most_bytes: int, now: datetime) -> Swept:
    """Remove renderings till they take ``most_bytes``, but none of the keys ``needed`` and none used just now.

    It waits for the disk: call it in a thread.
    """
    for leftover in shelf.leftovers(now - ABANDONED):
        discard(leftover)
    entries = shelf.entries()
    size = before = sum(entry.size for entry in entries)
    removed = 0
    for entry in entries:
        if size <= most_bytes or entry.used_at > now - FRESH:
            break
        if entry.key not in needed and shelf.remove(entry.key, now - FRESH):
            removed, size = removed + 1, size - entry.size
    if size > most_bytes:
        log.warning("library_too_small", megabytes=size // 1_000_000, mend="raise speech.library_megabytes")
    return Swept(removed, before - size, len(entries) - removed, size)
