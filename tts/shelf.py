"""The files of renderings in one folder: what lies under a key, since when nobody used it, and its way out."""

import asyncio
import fcntl
import json
import os
import re
import shutil
import wave
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from store.errors import InputError
from tts.formats import Format

KEY = re.compile(r"[0-9a-f]{32}")
MASTER = ".master.wav"  # a second suffix, so that Asterisk never chooses it
CARD = ".json"
LOCKS = ".locks"
WORK = ".new-"  # begins the name of a folder where a rendering is in the making
GONE = ".gone-"  # begins the name of a card that is about to be removed
WAIT_SECONDS = 0.02
SLACK_SECONDS = 0.1


@dataclass(frozen=True)
class Card:
    """What a rendering is, kept beside it. Written last: it says that the rendering is whole."""

    # Empty for a recording.
    words: str
    language: str
    # The engine's identity; "recording".
    voice: str
    seconds: float


@dataclass(frozen=True)
class Entry:
    """A rendering as it lies there. ``size``: bytes of all its files."""

    key: str
    card: Card
    size: int
    used_at: datetime


class Shelf:
    """Safe among threads and processes: a lock for each key, which dies with its process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Asterisk's sound name. Raises InputError for what is no key."""
        if not KEY.fullmatch(key):
            raise InputError(f"“{key}” is not the key of a rendering")
        return self.folder / key

    def file(self, key: str, suffix: str) -> Path:
        return self.path(key).with_suffix(suffix)

    def card(self, key: str) -> Card | None:
        """None where there is no whole rendering."""
        try:
            return Card(**json.loads(self.file(key, CARD).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def use(self, key: str, forms: Collection[Format]) -> Card | None:
        """The card of a rendering that has these forms, marked as used now; None where it is to be made.

        Waits for nobody: what is removed at this moment either was marked in time, and stays, or is not there.
        """
        try:
            os.utime(self.file(key, CARD))
        except FileNotFoundError:
            return None
        card = self.card(key)
        return card if card and all(self.is_whole(key, card, form) for form in forms) else None

    def is_whole(self, key: str, card: Card, form: Format) -> bool:
        """Also after a power failure, which leaves files that are empty or cut."""
        file = self.file(key, form.suffix)
        return file.exists() and abs(file.stat().st_size / form.bytes_a_second - card.seconds) < SLACK_SECONDS

    def has_master(self, key: str) -> bool:
        """Whole, so that other forms can be made of it."""
        master = self.file(key, MASTER)
        try:
            with wave.open(str(master), "rb") as file:
                whole = 0 < file.getnframes() * file.getsampwidth() < master.stat().st_size
        except (OSError, EOFError, wave.Error):
            return False
        return whole and self.card(key) is not None

    def put(self, key: str, made: Path, card: Card) -> None:
        """Take in all that lies in the folder ``made`` under the key's name; the card goes last."""
        for file in made.glob(f"{key}.*"):
            file.replace(self.folder / file.name)
        written = made / CARD
        written.write_text(json.dumps(asdict(card), ensure_ascii=False), encoding="utf-8")
        written.replace(self.file(key, CARD))

    def entries(self) -> list[Entry]:
        """All renderings, the one that nobody used for longest first."""
        sizes: dict[str, int] = {}
        for file in self._files():
            with suppress(FileNotFoundError):  # removed meanwhile
                sizes[file.name[:32]] = sizes.get(file.name[:32], 0) + file.stat().st_size
        cards = ((key, size, self.card(key)) for key, size in sizes.items())
        entries = [Entry(key, card, size, self._used_at(key)) for key, size, card in cards if card]
        return sorted(entries, key=lambda entry: entry.used_at)

    def remove(self, key: str, unused_since: datetime) -> bool:
        """Remove a rendering unless somebody used it since then, or makes it now; tells whether it is gone.

        Its card is first put aside and only then looked at, so that who uses it meanwhile is seen or finds nothing.
        """
        card, aside = self.file(key, CARD), self.folder / f"{GONE}{key}"
        with self._locked(key) as alone:
            if not alone or not card.exists():
                return False
            card.replace(aside)
            if _changed_at(aside) > unused_since:
                aside.replace(card)
                return False
            for file in self.folder.glob(f"{key}.*"):
                file.unlink()
            aside.unlink()
        return True

    def leftovers(self, before: datetime) -> list[Path]:
        """What those left who died while they made or removed something, untouched since ``before``."""
        loose = [file for file in self._files() if self.card(file.name[:32]) is None]
        found = [*loose, *self.folder.glob(f"{WORK}*"), *self.folder.glob(f"{GONE}*")]
        return sorted(path for path in found if path.exists() and _changed_at(path) < before)

    @asynccontextmanager
    async def alone(self, key: str) -> AsyncIterator[None]:
        """Nobody else, in no process, makes or removes this key."""
        with self._lock_file(key).open("wb") as file:
            while not _taken(file.fileno()):
                await asyncio.sleep(WAIT_SECONDS)
            yield

    @contextmanager
    def _locked(self, key: str) -> Iterator[bool]:
        with self._lock_file(key).open("wb") as file:
            yield _taken(file.fileno())

    def _lock_file(self, key: str) -> Path:
        """One for many keys, so that they need not be cleared away."""
        folder = self.folder / LOCKS
        folder.mkdir(parents=True, exist_ok=True)
        return folder / key[:2]

    def _files(self) -> Iterator[Path]:
        return (file for file in self.folder.glob("*.*") if KEY.fullmatch(file.name.partition(".")[0]))

    def _used_at(self, key: str) -> datetime:
        with suppress(FileNotFoundError):
            return _changed_at(self.file(key, CARD))
        return datetime.now(UTC)


def discard(path: Path) -> None:
    """A file, or a folder with all that is in it."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _taken(file: int) -> bool:
    """The lock of an open file, which ends with it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
